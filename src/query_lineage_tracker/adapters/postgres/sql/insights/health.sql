-- The first page: what came in, and what is used most.

-- :name totals
SELECT day, sum(executions)::bigint AS executions,
       coalesce(sum(executions) FILTER (WHERE state = 'FAILED'), 0)::bigint AS failed
FROM {schema}.statement_days
WHERE day >= %(since)s
GROUP BY day
ORDER BY day;

-- :name top_users
SELECT user_name AS value, sum(executions)::bigint AS executions
FROM {schema}.statement_days
WHERE day >= %(since)s
GROUP BY user_name
ORDER BY executions DESC, value
LIMIT %(limit)s;

-- :name top_tables
-- Over the statements that ran most: all the others together hardly change which tables are used most, and are many.
WITH statements AS (
    SELECT statement_id, sum(executions)::bigint AS executions
    FROM {schema}.statement_days
    WHERE day >= %(since)s
    GROUP BY statement_id
    ORDER BY executions DESC, statement_id
    LIMIT 1000
), used AS (
    SELECT one.object_id, sum(executions)::bigint AS executions
    FROM statements
    JOIN {schema}.statement_objects AS one USING (statement_id)
    GROUP BY one.object_id
)
SELECT ARRAY[catalog, schema, name, branch] AS object, executions
FROM used
JOIN {schema}.trino_query_objects AS object USING (object_id)
WHERE NOT is_system
ORDER BY executions DESC, object_id
LIMIT %(limit)s;

-- :name last_gaps
SELECT cluster, source, cause, gap_start AS since, gap_end AS until, detail
FROM {schema}.gaps
ORDER BY gap_end DESC, gap_id DESC
LIMIT %(limit)s;

-- :name waiting_messages
-- What each is about, by names: an edge, an object and a day, or a statement by its kind and what it uses; never by a text.
SELECT message.sink, message.kind, message.entity, message.state, attempts, reason, enqueued_at AS since,
       next_attempt_at AS next_attempt, coalesce(CASE message.kind
           WHEN 'LINEAGE' THEN (
               SELECT string_agg(catalog || '.' || schema || '.' || name, ' → ' ORDER BY place)
               FROM unnest(string_to_array(message.entity, ':')) WITH ORDINALITY AS ends (end_id, place)
               JOIN {schema}.trino_query_objects ON object_id = end_id::bigint)
           WHEN 'USAGE' THEN (
               SELECT catalog || '.' || schema || '.' || name || ', ' || split_part(message.entity, ':', 2)
               FROM {schema}.trino_query_objects
               WHERE object_id = split_part(message.entity, ':', 1)::bigint)
           ELSE (
               SELECT statement.kind || coalesce(' of ' || (
                          SELECT string_agg(DISTINCT catalog || '.' || schema || '.' || name, ', ')
                          FROM {schema}.statement_objects AS used
                          JOIN {schema}.trino_query_objects USING (object_id)
                          WHERE used.statement_id = statement.statement_id), '')
               FROM {schema}.statements AS statement
               WHERE statement.statement_id = message.entity::uuid)
           END, message.entity) AS about
FROM (
    SELECT *
    FROM {schema}.outbox
    WHERE state IN ('PENDING', 'PARKED', 'DEAD')
      AND (%(state)s::text IS NULL OR state = %(state)s)
      AND (%(sink)s::text IS NULL OR sink = %(sink)s)
    ORDER BY updated_at DESC, sink, kind, entity
    LIMIT %(limit)s
) AS message
ORDER BY message.updated_at DESC, message.sink, message.kind, message.entity;
