-- Every call that changed something at a receiver can be accounted for.

CREATE TABLE {schema}.delivery_calls (
    call_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sink text NOT NULL,
    kind text NOT NULL,
    entity text COLLATE "C" NOT NULL,
    generation bigint NOT NULL,
    attempt integer NOT NULL,
    called_at timestamptz NOT NULL,
    method text NOT NULL,
    path text NOT NULL,
    body_digest bytea NOT NULL,
    body_bytes integer NOT NULL,
    body text NOT NULL,
    status smallint,
    answer text NOT NULL,
    duration_ms integer NOT NULL
);
CREATE INDEX delivery_calls_of_entity ON {schema}.delivery_calls (entity, call_id);
COMMENT ON TABLE {schema}.delivery_calls IS 'Requests to catalogs that were to change something there, the latest ones; QLT_CALLS_DAYS and QLT_CALLS_ROWS say how many.';
COMMENT ON COLUMN {schema}.delivery_calls.call_id IS 'Grows; the order in which calls were stored.';
COMMENT ON COLUMN {schema}.delivery_calls.sink IS 'Name of the sink.';
COMMENT ON COLUMN {schema}.delivery_calls.kind IS 'QUERY, LINEAGE or USAGE.';
COMMENT ON COLUMN {schema}.delivery_calls.entity IS 'As in the outbox.';
COMMENT ON COLUMN {schema}.delivery_calls.generation IS 'Generation of the message that was delivered.';
COMMENT ON COLUMN {schema}.delivery_calls.attempt IS 'Which attempt to deliver it this was.';
COMMENT ON COLUMN {schema}.delivery_calls.called_at IS 'When the request was sent.';
COMMENT ON COLUMN {schema}.delivery_calls.method IS 'HTTP method.';
COMMENT ON COLUMN {schema}.delivery_calls.path IS 'Path, from the address of the API on.';
COMMENT ON COLUMN {schema}.delivery_calls.body_digest IS 'SHA-256 of the whole body.';
COMMENT ON COLUMN {schema}.delivery_calls.body_bytes IS 'Length of the whole body.';
COMMENT ON COLUMN {schema}.delivery_calls.body IS 'How the body began; QLT_CALLS_BODY says how much of it is kept.';
COMMENT ON COLUMN {schema}.delivery_calls.status IS 'HTTP status of the answer; empty when none came.';
COMMENT ON COLUMN {schema}.delivery_calls.answer IS 'The receiver''s own words, shortened, or why there are none.';
COMMENT ON COLUMN {schema}.delivery_calls.duration_ms IS 'Milliseconds until the answer or its failure.';
