-- Schemas are dropped with all that is in them.

CREATE TABLE {schema}.statement_schema_drops (
    statement_id uuid PRIMARY KEY,
    catalog text NOT NULL,
    schema text NOT NULL
);
COMMENT ON TABLE {schema}.statement_schema_drops IS 'Statements that, when they succeed, drop a schema with all that is in it (CASCADE).';
COMMENT ON COLUMN {schema}.statement_schema_drops.statement_id IS 'The statement.';
COMMENT ON COLUMN {schema}.statement_schema_drops.catalog IS 'The catalog of the schema.';
COMMENT ON COLUMN {schema}.statement_schema_drops.schema IS 'Its name.';

CREATE TABLE {schema}.schema_drops (
    namespace text NOT NULL,
    catalog text NOT NULL,
    schema text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (namespace, catalog, schema, at)
);
COMMENT ON TABLE {schema}.schema_drops IS 'Schemas that were dropped with all that was in them, which ended by that.';
COMMENT ON COLUMN {schema}.schema_drops.namespace IS 'What the names are unique in.';
COMMENT ON COLUMN {schema}.schema_drops.catalog IS 'The catalog of the schema.';
COMMENT ON COLUMN {schema}.schema_drops.schema IS 'Its name.';
COMMENT ON COLUMN {schema}.schema_drops.at IS 'Creation of the execution that dropped it; of those of one statement on one day the first and the last.';

CREATE OR REPLACE VIEW {schema}.object_events AS
WITH happened AS NOT MATERIALIZED (
    SELECT lifecycle.object_id, lifecycle.verb, lifecycle.new_id, at
    FROM {schema}.statement_lifecycles AS lifecycle
    JOIN {schema}.statement_days AS days USING (statement_id)
    CROSS JOIN LATERAL (VALUES (days.first_seen), (days.last_seen)) AS moment (at)
    WHERE days.state = 'FINISHED' AND days.outcome IN ('NONE', 'COMMITTED')
)
SELECT object_id, at, verb <> 'BEGINS' AS leaves, false AS is_named, new_id FROM happened
UNION ALL
SELECT new_id, at, false, true, NULL FROM happened WHERE verb = 'RENAMED'
UNION ALL
SELECT old_id, at, true, false, new_id FROM {schema}.object_moves
UNION ALL
SELECT new_id, at, false, true, NULL FROM {schema}.object_moves
UNION ALL
SELECT object_id, at, true, false, NULL
FROM {schema}.trino_query_objects JOIN {schema}.schema_drops USING (namespace, catalog, schema);
COMMENT ON COLUMN {schema}.object_events.leaves IS 'It was dropped, alone or with its schema, or renamed; else it was created, created anew, or something was renamed to it.';
