-- Objects and columns: lists, one object, and its use.

-- :name named
-- By the whole name, in each namespace or one.
SELECT object_id, namespace, ARRAY[catalog, schema, name, branch] AS object
FROM {schema}.trino_query_objects
WHERE namespace IN (SELECT namespace FROM {schema}.clusters)
  AND (%(namespace)s::text IS NULL OR namespace = %(namespace)s)
  AND catalog = %(catalog)s AND schema = %(schema)s AND name = %(name)s AND branch = %(branch)s
ORDER BY namespace;

-- :name named_in_part
-- By the end of the name: the table, or schema and table.
SELECT object_id, namespace, ARRAY[catalog, schema, name, branch] AS object
FROM {schema}.trino_query_objects
WHERE (catalog || '.' || schema || '.' || name) LIKE %(ending)s
  AND name = %(name)s AND (%(schema)s::text IS NULL OR schema = %(schema)s) AND branch = %(branch)s
  AND (%(namespace)s::text IS NULL OR namespace = %(namespace)s)
ORDER BY namespace, catalog, schema
LIMIT 20;

-- :name similar
SELECT ARRAY[catalog, schema, name, branch] AS object
FROM {schema}.trino_query_objects
WHERE (catalog || '.' || schema || '.' || name) ILIKE %(pattern)s AND NOT is_system
ORDER BY catalog, schema, name, branch
LIMIT 3;

-- :name with_column
SELECT object_id FROM {schema}.object_columns WHERE object_id = ANY(%(object_ids)s) AND column_name = %(column)s
UNION
SELECT object_id FROM {schema}.statement_columns WHERE object_id = ANY(%(object_ids)s) AND column_name = %(column)s
UNION
SELECT upstream_id FROM {schema}.column_edges WHERE upstream_id = ANY(%(object_ids)s) AND upstream_column = %(column)s
UNION
SELECT downstream_id
FROM {schema}.column_edges
WHERE downstream_id = ANY(%(object_ids)s) AND downstream_column = %(column)s;

-- :name found
-- So many objects behind a place, in the order of their names, and which of them are wanted.
WITH scanned AS MATERIALIZED (
    SELECT *
    FROM {schema}.trino_query_objects AS object
    WHERE NOT is_system
      AND (%(kind)s::text IS NULL OR kind = %(kind)s)
      AND (%(namespace)s::text IS NULL OR namespace = %(namespace)s)
      AND (%(catalog)s::text IS NULL OR catalog = %(catalog)s)
      AND (%(schema)s::text IS NULL OR schema = %(schema)s)
      AND (%(gone)s::boolean IS NULL OR gone = %(gone)s)
      AND (%(pattern)s::text IS NULL OR (catalog || '.' || schema || '.' || name) ILIKE %(pattern)s)
      AND (%(last)s::text[] IS NULL
           OR (namespace, catalog, schema, name, branch)
              > (%(last)s[1], %(last)s[2], %(last)s[3], %(last)s[4], %(last)s[5]))
    ORDER BY namespace, catalog, schema, name, branch
    LIMIT %(scan)s
), page AS (
    SELECT *
    FROM scanned
    WHERE %(unread_since)s::date IS NULL OR (
        SELECT false
        FROM {schema}.statement_objects AS used
        JOIN {schema}.statements AS statement USING (statement_id)
        JOIN {schema}.statement_days AS days USING (statement_id)
        WHERE used.object_id = scanned.object_id AND used.role = 'SOURCE' AND days.day >= %(unread_since)s
          AND {schema}.counts(statement.effect, days.state, days.outcome)
        LIMIT 1
    ) IS NULL
    ORDER BY namespace, catalog, schema, name, branch
    LIMIT %(limit)s
)
SELECT told.scanned, told.last, page.object_id, page.namespace,
       ARRAY[page.namespace, page.catalog, page.schema, page.name, page.branch] AS place,
       ARRAY[page.catalog, page.schema, page.name, page.branch] AS object, page.kind, page.gone, page.first_seen,
       page.last_seen, counted.*
FROM (
    SELECT count(*) OVER () AS scanned, ARRAY[namespace, catalog, schema, name, branch] AS last
    FROM scanned
    ORDER BY namespace DESC, catalog DESC, schema DESC, name DESC, branch DESC
    LIMIT 1
) AS told
LEFT JOIN page ON true
LEFT JOIN LATERAL (
    SELECT (SELECT count(*) FROM {schema}.object_columns AS known WHERE known.object_id = page.object_id) AS columns,
           (SELECT count(DISTINCT upstream_id) FROM {schema}.edges WHERE downstream_id = page.object_id) AS upstream,
           (SELECT count(DISTINCT downstream_id) FROM {schema}.edges WHERE upstream_id = page.object_id) AS downstream
) AS counted ON true
ORDER BY page.namespace, page.catalog, page.schema, page.name, page.branch;

-- :name one
SELECT object.object_id, object.namespace, ARRAY[catalog, schema, name, branch] AS object, kind, gone, first_seen, last_seen,
       begun_at, ended_at, (SELECT count(*) FROM {schema}.object_columns AS known
                            WHERE known.object_id = object.object_id) AS columns,
       known.origin AS columns_origin, known.known_at AS columns_known_at,
       (SELECT count(DISTINCT upstream_id) FROM {schema}.edges WHERE downstream_id = object.object_id) AS upstream,
       (SELECT count(DISTINCT downstream_id) FROM {schema}.edges WHERE upstream_id = object.object_id) AS downstream,
       used.*
FROM {schema}.trino_query_objects AS object
LEFT JOIN {schema}.column_sets AS known USING (object_id)
CROSS JOIN LATERAL (
    SELECT coalesce(sum(executions) FILTER (WHERE role = 'SOURCE'), 0)::bigint AS reads,
           coalesce(sum(executions) FILTER (WHERE role = 'TARGET'), 0)::bigint AS writes,
           count(DISTINCT user_name) FILTER (WHERE role = 'SOURCE') AS readers,
           max(days.last_seen) FILTER (WHERE role = 'SOURCE') AS last_read,
           max(days.last_seen) FILTER (WHERE role = 'TARGET') AS last_written
    FROM {schema}.statement_objects AS one
    JOIN {schema}.statements AS statement USING (statement_id)
    JOIN {schema}.statement_days AS days USING (statement_id)
    WHERE one.object_id = object.object_id AND days.day >= %(since)s
      AND {schema}.counts(statement.effect, days.state, days.outcome)
) AS used
WHERE object.object_id = %(object_id)s;

-- :name renames
SELECT CASE WHEN old_id = %(object_id)s THEN 'renamed_to' ELSE 'renamed_from' END AS side,
       ARRAY[catalog, schema, name, branch] AS object
FROM {schema}.object_renames
JOIN {schema}.trino_query_objects
  ON object_id = CASE WHEN old_id = %(object_id)s THEN new_id ELSE old_id END
WHERE %(object_id)s IN (old_id, new_id)
ORDER BY last_at DESC;

-- :name columns_of_object
SELECT page.object_id, object.namespace, ARRAY[catalog, schema, name, branch] AS object, column_name AS column, ordinal,
       type, first_day, last_day, counted.*
FROM (
    SELECT *
    FROM {schema}.object_columns AS known
    WHERE known.object_id = %(object_id)s
      AND (%(pattern)s::text IS NULL OR column_name ILIKE %(pattern)s)
      AND (%(last_ordinal)s::bigint IS NULL
           OR (coalesce(ordinal, 2147483647), column_name) > (%(last_ordinal)s, %(last_column)s))
    ORDER BY coalesce(ordinal, 2147483647), column_name
    LIMIT %(limit)s
) AS page
JOIN {schema}.trino_query_objects AS object USING (object_id)
CROSS JOIN LATERAL (
    SELECT (SELECT count(*) FROM {schema}.column_edges AS into_it
            WHERE into_it.downstream_id = page.object_id AND into_it.downstream_column = page.column_name) AS upstream,
           (SELECT count(*) FROM {schema}.column_edges AS out_of_it
            WHERE out_of_it.upstream_id = page.object_id AND out_of_it.upstream_column = page.column_name) AS downstream
) AS counted
ORDER BY coalesce(ordinal, 2147483647), column_name;

-- :name columns_found
SELECT page.object_id, page.namespace, ARRAY[catalog, schema, name, branch] AS object, column_name AS column, ordinal,
       type, first_day, last_day, counted.*
FROM (
    SELECT known.*, namespace, catalog, schema, name, branch
    FROM {schema}.object_columns AS known
    JOIN {schema}.trino_query_objects AS object USING (object_id)
    WHERE column_name ILIKE %(pattern)s AND NOT is_system
      AND (%(namespace)s::text IS NULL OR namespace = %(namespace)s)
      AND (%(last_column)s::text IS NULL OR (column_name, known.object_id) > (%(last_column)s, %(last_object)s))
    ORDER BY column_name, known.object_id
    LIMIT %(limit)s
) AS page
CROSS JOIN LATERAL (
    SELECT (SELECT count(*) FROM {schema}.column_edges AS into_it
            WHERE into_it.downstream_id = page.object_id AND into_it.downstream_column = page.column_name) AS upstream,
           (SELECT count(*) FROM {schema}.column_edges AS out_of_it
            WHERE out_of_it.upstream_id = page.object_id AND out_of_it.upstream_column = page.column_name) AS downstream
) AS counted
ORDER BY column_name, page.object_id;

-- :name usage_days
SELECT day, coalesce(sum(executions) FILTER (WHERE role = 'SOURCE'), 0)::bigint AS reads,
       coalesce(sum(executions) FILTER (WHERE role = 'TARGET'), 0)::bigint AS writes,
       count(DISTINCT user_name) FILTER (WHERE role = 'SOURCE') AS readers,
       count(DISTINCT user_name) FILTER (WHERE role = 'TARGET') AS writers
FROM {schema}.statement_objects AS used
JOIN {schema}.statements AS statement USING (statement_id)
JOIN {schema}.statement_days AS days USING (statement_id)
WHERE used.object_id = %(object_id)s AND days.day >= %(since)s
  AND {schema}.counts(statement.effect, days.state, days.outcome)
GROUP BY day
ORDER BY day;

-- :name users_of_object
SELECT user_name AS "user", coalesce(sum(executions) FILTER (WHERE role = 'SOURCE'), 0)::bigint AS reads,
       coalesce(sum(executions) FILTER (WHERE role = 'TARGET'), 0)::bigint AS writes,
       min(days.first_seen) AS first_seen, max(days.last_seen) AS last_seen
FROM {schema}.statement_objects AS used
JOIN {schema}.statements AS statement USING (statement_id)
JOIN {schema}.statement_days AS days USING (statement_id)
WHERE used.object_id = %(object_id)s AND days.day >= %(since)s
  AND {schema}.counts(statement.effect, days.state, days.outcome)
GROUP BY user_name
ORDER BY sum(executions) DESC, user_name
LIMIT %(limit)s;

-- :name readers
-- The latest statements and users first; a statement once an object, with those of the columns asked for that it reads.
WITH reading AS (
    SELECT asked.object_id, used.statement_id, statement.effect,
           array_remove(array_agg(asked.column_name ORDER BY asked.column_name), NULL) AS columns
    FROM unnest(%(object_ids)s::bigint[], %(columns)s::text[]) AS asked (object_id, column_name)
    JOIN {schema}.statement_objects AS used ON used.object_id = asked.object_id AND used.role = 'SOURCE'
    JOIN {schema}.statements AS statement USING (statement_id)
    WHERE (%(effect)s::text IS NULL OR statement.effect = %(effect)s)
      AND (asked.column_name IS NULL
           OR EXISTS (SELECT FROM {schema}.statement_columns AS read
                      WHERE read.statement_id = used.statement_id AND read.role = 'SOURCE'
                        AND read.object_id = asked.object_id AND read.column_name = asked.column_name))
    GROUP BY asked.object_id, used.statement_id, statement.effect
)
SELECT reading.object_id, reading.columns, reading.statement_id, reading.effect, user_name AS "user",
       sum(executions)::bigint AS executions, min(days.first_seen) AS first_seen, max(days.last_seen) AS last_seen
FROM reading
JOIN {schema}.statement_days AS days USING (statement_id)
WHERE days.day >= %(since)s AND days.day < %(until)s
  AND {schema}.counts(reading.effect, days.state, days.outcome)
GROUP BY reading.object_id, reading.columns, reading.statement_id, reading.effect, user_name
ORDER BY max(days.last_seen) DESC, reading.statement_id, user_name
LIMIT %(limit)s;

-- :name names
SELECT object_id, ARRAY[catalog, schema, name, branch] AS object
FROM {schema}.trino_query_objects
WHERE object_id = ANY(%(object_ids)s);

-- :name costs
-- By statement first: a query counts for each of its tables, and there are fewer statements than executions.
-- Senders of events may tell numbers whose sum no bigint holds.
WITH taken AS MATERIALIZED (
    SELECT CASE %(by)s WHEN 'user' THEN user_name WHEN 'tool' THEN coalesce(claimed_by ->> 'tool', source, 'unknown')
           END AS value, CASE %(by)s WHEN 'table' THEN statement_id END AS statement_id,
           count(*) AS executions, count(*) FILTER (WHERE state = 'FAILED') AS failed,
           coalesce(sum(cpu_ms), 0) AS cpu_ms, coalesce(sum(elapsed_ms), 0) AS elapsed_ms,
           coalesce(max(peak_memory_bytes), 0)::bigint AS peak_memory_bytes,
           coalesce(sum(physical_input_bytes), 0) AS input_bytes,
           coalesce(sum(raw_input_rows), 0) AS input_rows,
           coalesce(sum(written_bytes), 0) AS written_bytes,
           coalesce(sum(written_rows), 0) AS written_rows,
           coalesce(sum(spilled_bytes), 0) AS spilled_bytes
    FROM {schema}.trino_queries_history
    WHERE query_id >= %(lowest)s AND query_id < %(highest)s AND created >= %(since)s AND created < %(until)s
    GROUP BY 1, 2
), split AS (
    SELECT value, (SELECT ARRAY[catalog, schema, name, branch]
                   FROM {schema}.trino_query_objects AS object
                   WHERE object.object_id = used.object_id) AS object,
           executions, failed, cpu_ms, elapsed_ms, peak_memory_bytes, input_bytes, input_rows, written_bytes,
           written_rows, spilled_bytes
    FROM taken
    LEFT JOIN LATERAL (
        SELECT DISTINCT object_id
        FROM {schema}.statement_objects AS one
        WHERE one.statement_id = taken.statement_id
    ) AS used ON true
)
SELECT value, object, sum(executions)::bigint AS executions, sum(failed)::bigint AS failed,
       least(sum(cpu_ms), %(most)s)::bigint AS cpu_ms, least(sum(elapsed_ms), %(most)s)::bigint AS elapsed_ms,
       max(peak_memory_bytes) AS peak_memory_bytes, least(sum(input_bytes), %(most)s)::bigint AS input_bytes,
       least(sum(input_rows), %(most)s)::bigint AS input_rows,
       least(sum(written_bytes), %(most)s)::bigint AS written_bytes,
       least(sum(written_rows), %(most)s)::bigint AS written_rows,
       least(sum(spilled_bytes), %(most)s)::bigint AS spilled_bytes
FROM split
WHERE value IS NOT NULL OR object IS NOT NULL
GROUP BY value, object
ORDER BY CASE %(sort)s
             WHEN 'executions' THEN sum(executions) WHEN 'failed' THEN sum(failed)
             WHEN 'cpu_ms' THEN sum(cpu_ms) WHEN 'elapsed_ms' THEN sum(elapsed_ms)
             WHEN 'peak_memory_bytes' THEN max(peak_memory_bytes)
             WHEN 'input_bytes' THEN sum(input_bytes) WHEN 'input_rows' THEN sum(input_rows)
             WHEN 'written_bytes' THEN sum(written_bytes) WHEN 'written_rows' THEN sum(written_rows)
             WHEN 'spilled_bytes' THEN sum(spilled_bytes)
         END DESC, value, object
LIMIT %(limit)s;
