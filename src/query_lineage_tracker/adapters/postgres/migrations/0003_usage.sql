-- Sinks are told how often objects were used.

ALTER TABLE {schema}.outbox
    DROP CONSTRAINT outbox_kind_check,
    ADD CONSTRAINT outbox_kind_check CHECK (kind IN ('QUERY', 'LINEAGE', 'USAGE'));
COMMENT ON COLUMN {schema}.outbox.kind IS 'QUERY, LINEAGE or USAGE.';
COMMENT ON COLUMN {schema}.outbox.entity IS 'QUERY: the statement id; LINEAGE: upstream_id:downstream_id; USAGE: object_id:day.';
COMMENT ON COLUMN {schema}.sent.kind IS 'QUERY, LINEAGE or USAGE.';
