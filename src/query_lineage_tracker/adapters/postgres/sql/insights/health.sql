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
