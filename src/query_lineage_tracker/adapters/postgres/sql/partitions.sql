-- :name lock
SELECT pg_advisory_xact_lock(hashtextextended('query-lineage-tracker {schema} partitions', 0));

-- :name days
-- A tracker that was killed while it dropped a day leaves it half detached, or detached.
SELECT substring(partition.relname FROM '\d{8}$'),
       CASE WHEN inhdetachpending THEN 'DETACHING' WHEN inhrelid IS NULL THEN 'DETACHED' ELSE 'ATTACHED' END
FROM pg_class AS history
JOIN pg_class AS partition ON partition.relnamespace = history.relnamespace
LEFT JOIN pg_inherits ON inhrelid = partition.oid AND inhparent = history.oid
WHERE history.oid = '{schema}.trino_queries_history'::regclass
  AND partition.relkind = 'r' AND partition.relname ~ '^trino_queries_history_p\d{8}$'
ORDER BY 1;

-- :name create
-- Created apart and attached: that needs no lock on the history which readers or writers would feel. The check spares
-- the scan that would otherwise prove the bounds.
CREATE TABLE {schema}."trino_queries_history_p{day}" (
    LIKE {schema}.trino_queries_history INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS,
    CONSTRAINT day_of_query_id CHECK (query_id >= '{day}' AND query_id < '{next_day}')
);
ALTER TABLE {schema}.trino_queries_history ATTACH PARTITION {schema}."trino_queries_history_p{day}"
    FOR VALUES FROM ('{day}') TO ('{next_day}');
ALTER TABLE {schema}."trino_queries_history_p{day}" DROP CONSTRAINT day_of_query_id;

-- :name remember_dropped
INSERT INTO {schema}.dropped_days (day) VALUES (to_date('{day}', 'YYYYMMDD')) ON CONFLICT DO NOTHING;

-- :name detach
-- Waits for those who read it, and nobody waits for it.
ALTER TABLE {schema}.trino_queries_history DETACH PARTITION {schema}."trino_queries_history_p{day}" CONCURRENTLY;

-- :name finish_detach
ALTER TABLE {schema}.trino_queries_history DETACH PARTITION {schema}."trino_queries_history_p{day}" FINALIZE;

-- :name drop
DROP TABLE {schema}."trino_queries_history_p{day}";

-- :name alone
-- Of several trackers one drops days at a time: two that detach the same day would end each other.
SELECT pg_try_advisory_xact_lock(hashtextextended('query-lineage-tracker {schema} retention', 0))
FROM set_config('idle_in_transaction_session_timeout', '0', true);

-- :name forget_own_queries
DELETE FROM {schema}.own_queries AS own USING {schema}.clusters
WHERE own.cluster = clusters.cluster AND own.query_id < to_char(%(before)s::date, 'YYYYMMDD');

-- :name fold_runs
-- There are thousands a day, and status adds all of them up: older ones become one a UTC day and source.
WITH several AS (
    SELECT cluster, source, (started_at AT TIME ZONE 'UTC')::date AS day
    FROM {schema}.runs
    WHERE started_at < %(before)s::date::timestamp AT TIME ZONE 'UTC'
    GROUP BY 1, 2, 3
    HAVING count(*) > 1
), folded AS (
    DELETE FROM {schema}.runs USING several
    WHERE runs.cluster = several.cluster AND runs.source = several.source
      AND runs.started_at >= day::timestamp AT TIME ZONE 'UTC'
      AND runs.started_at < (day + 1)::timestamp AT TIME ZONE 'UTC'
    RETURNING runs.*, day
)
INSERT INTO {schema}.runs (cluster, source, started_at, ended_at, inserted, advanced, rejected, lost, gaps, statements,
    edges, enqueued, error)
SELECT cluster, source, max(started_at), max(ended_at), sum(inserted), sum(advanced), sum(rejected), sum(lost), sum(gaps),
       sum(statements), sum(edges), sum(enqueued), (array_agg(error ORDER BY started_at DESC))[1]
FROM folded
GROUP BY cluster, source, day;

-- :name forget_claims
DELETE FROM {schema}.claims WHERE event_time < %(before)s::date::timestamp AT TIME ZONE 'UTC';

-- :name forget_rolled_back
DELETE FROM {schema}.rolled_back_transactions WHERE recorded_at < %(before)s::date::timestamp AT TIME ZONE 'UTC';
