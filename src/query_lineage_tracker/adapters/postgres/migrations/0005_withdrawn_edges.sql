-- Edges that nobody has seen for long can be withdrawn from a catalog.

ALTER TABLE {schema}.sent ADD COLUMN withdrawn_at timestamptz;
CREATE INDEX sent_withdrawn ON {schema}.sent (sink, entity) WHERE withdrawn_at IS NOT NULL;
COMMENT ON COLUMN {schema}.sent.withdrawn_at IS 'Of an edge: when it was decided that the sink is to hold it no longer, because nobody had seen it for long; empty once it is seen again.';
