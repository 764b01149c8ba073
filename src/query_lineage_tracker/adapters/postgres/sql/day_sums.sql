-- Sums of days that are over.

-- :name next_day
-- The latest of the last 400 days that has counters and no sums.
SELECT past::date
FROM generate_series((now() AT TIME ZONE 'UTC')::date - 1, (now() AT TIME ZONE 'UTC')::date - 400, interval '-1 day') AS past
WHERE NOT EXISTS (SELECT FROM {schema}.day_sums WHERE day = past::date)
  AND EXISTS (SELECT FROM {schema}.statement_days WHERE day = past::date)
ORDER BY past DESC
LIMIT 1;

-- :name lock
-- Nobody may be counting or changing what statements use: what a batch changes later it deletes the sums of, what it has
-- changed they hold. In the order of a batch; given up before the server would look for a deadlock.
SELECT set_config('lock_timeout', '700ms', true);
LOCK TABLE {schema}.statement_objects, {schema}.statement_days IN SHARE MODE;

-- :name sum
WITH counted AS MATERIALIZED (
    SELECT user_name, statement_id, executions, state = 'FAILED' AS failed
    FROM {schema}.statement_days
    WHERE day = %(day)s
), users AS (
    SELECT user_name, sum(executions)::bigint AS executions
    FROM counted
    GROUP BY user_name
    ORDER BY executions DESC, user_name
    LIMIT 1000
), objects AS (
    SELECT object_id, sum(executions)::bigint AS executions
    FROM (SELECT statement_id, sum(executions) AS executions FROM counted GROUP BY statement_id) AS executed
    CROSS JOIN LATERAL (
        SELECT DISTINCT object_id
        FROM {schema}.statement_objects AS one
        WHERE one.statement_id = executed.statement_id
        OFFSET 0
    ) AS used
    GROUP BY object_id
    ORDER BY executions DESC, object_id
    LIMIT 1000
)
INSERT INTO {schema}.day_sums (day, executions, failed, users, user_executions, objects, object_executions)
SELECT %(day)s, (SELECT coalesce(sum(executions), 0) FROM counted),
       (SELECT coalesce(sum(executions), 0) FROM counted WHERE failed),
       ARRAY(SELECT user_name FROM users ORDER BY executions DESC, user_name),
       ARRAY(SELECT executions FROM users ORDER BY executions DESC, user_name),
       ARRAY(SELECT object_id FROM objects ORDER BY executions DESC, object_id),
       ARRAY(SELECT executions FROM objects ORDER BY executions DESC, object_id)
ON CONFLICT (day) DO NOTHING;
