-- Sinks can be told every text of a statement, and what executions cost.

ALTER TABLE {schema}.outbox
    DROP CONSTRAINT outbox_kind_check,
    ADD CONSTRAINT outbox_kind_check CHECK (kind IN ('QUERY', 'LINEAGE', 'USAGE', 'TEXT', 'COST')),
    ADD COLUMN announced_at timestamptz;
COMMENT ON COLUMN {schema}.outbox.kind IS 'QUERY, LINEAGE, USAGE, TEXT or COST.';
COMMENT ON COLUMN {schema}.outbox.entity IS 'QUERY: the statement id; LINEAGE: upstream_id:downstream_id; USAGE: object_id:day; TEXT: statement_id:text_id; COST: text_id:day.';
COMMENT ON COLUMN {schema}.outbox.announced_at IS 'When something was about to be sent that must not be sent twice; empty when nothing was, or when it was surely refused. It stays through requeue and drop.';
COMMENT ON COLUMN {schema}.sent.kind IS 'QUERY, LINEAGE, USAGE, TEXT or COST.';
COMMENT ON COLUMN {schema}.delivery_calls.kind IS 'QUERY, LINEAGE, USAGE, TEXT or COST.';
