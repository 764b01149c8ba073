-- :name lock
SELECT pg_advisory_xact_lock(hashtextextended('query-lineage-tracker {schema} partitions', 0));

-- :name existing
SELECT substring(partition.relname FROM '\d{8}$')
FROM pg_inherits JOIN pg_class AS partition ON partition.oid = inhrelid
WHERE inhparent = '{schema}.trino_queries_history'::regclass;

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

-- :name detach
ALTER TABLE {schema}.trino_queries_history DETACH PARTITION {schema}."trino_queries_history_p{day}" CONCURRENTLY;

-- :name drop
DROP TABLE {schema}."trino_queries_history_p{day}";
