-- The first page: what came in, and what is used most.

-- :name counted
-- Days that are over mostly have their sums; the others, and today, are counted now. A query that claims to be of the year
-- 9999 does not make it count all days until then.
WITH summed AS (
    SELECT * FROM {schema}.day_sums WHERE day >= %(since)s
), counted AS (
    SELECT days.*
    FROM (
        SELECT past::date AS day
        FROM generate_series(%(since)s::date,
                             (SELECT least(max(day), %(since)s::date + 500) FROM {schema}.statement_days),
                             interval '1 day') AS past
        EXCEPT
        SELECT day FROM summed
    ) AS wanted
    CROSS JOIN LATERAL (
        SELECT * FROM {schema}.statement_days AS days WHERE days.day = wanted.day OFFSET 0
    ) AS days
)

-- :name totals
SELECT day, executions, failed
FROM summed
UNION ALL
SELECT day, sum(executions)::bigint, coalesce(sum(executions) FILTER (WHERE state = 'FAILED'), 0)::bigint
FROM counted
GROUP BY day
ORDER BY day;

-- :name top_users
SELECT value, sum(executions)::bigint AS executions
FROM (
    SELECT unnest(users) AS value, unnest(user_executions) AS executions FROM summed
    UNION ALL
    SELECT user_name, executions FROM counted
) AS users
GROUP BY value
ORDER BY executions DESC, value
LIMIT %(limit)s;

-- :name top_tables
-- Of what is counted now over the statements that ran most: the others hardly change which tables are used most, and they
-- are many.
, most AS (
    SELECT statement_id, sum(executions) AS executions
    FROM counted
    GROUP BY statement_id
    ORDER BY executions DESC, statement_id
    LIMIT 5000
), used AS (
    SELECT object_id, sum(executions)::bigint AS executions
    FROM (
        SELECT unnest(objects) AS object_id, unnest(object_executions) AS executions FROM summed
        UNION ALL
        SELECT object_id, executions
        FROM most
        CROSS JOIN LATERAL (
            SELECT DISTINCT object_id
            FROM {schema}.statement_objects AS one
            WHERE one.statement_id = most.statement_id
            OFFSET 0
        ) AS one
    ) AS each_day
    GROUP BY object_id
    ORDER BY executions DESC, object_id
    LIMIT 1000
)
SELECT ARRAY[catalog, schema, name, branch] AS object, executions
FROM used
CROSS JOIN LATERAL (
    SELECT * FROM {schema}.trino_query_objects AS object WHERE object.object_id = used.object_id OFFSET 0
) AS object
WHERE NOT is_system
ORDER BY executions DESC, used.object_id
LIMIT %(limit)s;

-- :name last_gaps
SELECT cluster, source, cause, gap_start AS since, gap_end AS until, detail
FROM {schema}.gaps
ORDER BY gap_end DESC, gap_id DESC
LIMIT %(limit)s;

-- :name waiting_messages
-- What each is about, by names: an edge, an object and a day, or a statement by its kind and what it uses, and the day
-- of its cost; never by a text.
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
               WHERE statement.statement_id = CASE message.kind
                   WHEN 'COST' THEN (
                       SELECT statement_id
                       FROM {schema}.statements
                       WHERE text_id = split_part(message.entity, ':', 1)::uuid
                       ORDER BY statement_id
                       LIMIT 1)
                   ELSE split_part(message.entity, ':', 1)::uuid END)
               || CASE message.kind WHEN 'COST' THEN ', ' || split_part(message.entity, ':', 2) ELSE '' END
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
