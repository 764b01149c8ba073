-- Counters that are not what a count of the history says.
SELECT counted, days
FROM (
    SELECT statement_id, (created AT TIME ZONE 'UTC')::date AS day, user_name, state, coalesce(outcome, 'NONE') AS outcome,
           count(*) AS executions, min(created) AS first_seen, max(created) AS last_seen
    FROM omd.trino_queries_history
    WHERE capture <> 'OPEN'
    GROUP BY 1, 2, 3, 4, 5
) AS counted
FULL JOIN omd.statement_days AS days USING (statement_id, day, user_name, state, outcome)
WHERE (counted.executions, counted.first_seen, counted.last_seen)
    IS DISTINCT FROM (days.executions, days.first_seen, days.last_seen)
