-- Which days are over and may still be told.

-- :name days
-- The last day that is over for an hour, by PostgreSQL's clock unless `now` is told, and the first one that may still be
-- told.
-- A cluster whose ingest has not ended well since then holds a day back, unless that is so for more than a day.
SELECT last_day - %(days)s::integer + 1 AS first_day, last_day
FROM (
    SELECT least(((coalesce(%(now)s::timestamptz, now()) AT TIME ZONE 'UTC') - interval '1 hour')::date - 1,
                 min(((good.last_start AT TIME ZONE 'UTC') - interval '1 hour')::date - 1)) AS last_day
    FROM {schema}.clusters
    CROSS JOIN LATERAL (
        SELECT max(started_at) AS last_start
        FROM {schema}.runs
        WHERE runs.cluster = clusters.cluster AND ended_at IS NOT NULL AND error IS NULL
    ) AS good
    WHERE good.last_start > coalesce(%(now)s::timestamptz, now()) - interval '1 day'
) AS closed;
