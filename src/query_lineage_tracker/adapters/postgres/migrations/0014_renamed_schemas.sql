-- Schemas are renamed with all that is in them.

CREATE TABLE {schema}.statement_schema_renames (
    statement_id uuid PRIMARY KEY,
    catalog text NOT NULL,
    schema text NOT NULL,
    new_schema text NOT NULL
);
COMMENT ON TABLE {schema}.statement_schema_renames IS 'Statements that, when they succeed, rename a schema.';
COMMENT ON COLUMN {schema}.statement_schema_renames.statement_id IS 'The statement.';
COMMENT ON COLUMN {schema}.statement_schema_renames.catalog IS 'The catalog of the schema.';
COMMENT ON COLUMN {schema}.statement_schema_renames.schema IS 'Its old name.';
COMMENT ON COLUMN {schema}.statement_schema_renames.new_schema IS 'Its new name.';

CREATE TABLE {schema}.schema_renames (
    namespace text NOT NULL,
    catalog text NOT NULL,
    schema text NOT NULL,
    new_schema text NOT NULL,
    at timestamptz NOT NULL,
    moved boolean NOT NULL DEFAULT false,
    followed boolean NOT NULL DEFAULT false,
    followed_to bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (namespace, catalog, schema, at, new_schema)
);
COMMENT ON TABLE {schema}.schema_renames IS 'Schemas that were renamed. Their objects follow some at a time, for there may be many: all are moved first, then their edges follow.';
COMMENT ON COLUMN {schema}.schema_renames.namespace IS 'What the names are unique in.';
COMMENT ON COLUMN {schema}.schema_renames.catalog IS 'The catalog of the schema.';
COMMENT ON COLUMN {schema}.schema_renames.schema IS 'Its old name.';
COMMENT ON COLUMN {schema}.schema_renames.new_schema IS 'Its new name.';
COMMENT ON COLUMN {schema}.schema_renames.at IS 'Creation of the execution that renamed it; of those of one statement on one day the first and the last.';
COMMENT ON COLUMN {schema}.schema_renames.moved IS 'Whether all objects that were in it are known under their new names.';
COMMENT ON COLUMN {schema}.schema_renames.followed IS 'Whether their edges have followed as well.';
COMMENT ON COLUMN {schema}.schema_renames.followed_to IS 'The last object that was moved, or whose edges followed.';

CREATE TABLE {schema}.object_moves (
    old_id bigint NOT NULL,
    new_id bigint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (old_id, at, new_id)
);
CREATE INDEX object_moves_new ON {schema}.object_moves (new_id);
COMMENT ON TABLE {schema}.object_moves IS 'Objects that go on under another name because their schema was renamed.';
COMMENT ON COLUMN {schema}.object_moves.old_id IS 'The object under its old name.';
COMMENT ON COLUMN {schema}.object_moves.new_id IS 'The object under its new name.';
COMMENT ON COLUMN {schema}.object_moves.at IS 'When the schema was renamed.';

CREATE VIEW {schema}.object_events AS
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
SELECT new_id, at, false, true, NULL FROM {schema}.object_moves;
COMMENT ON VIEW {schema}.object_events IS 'What became of objects and when: of executions of a statement on a day the first and the last.';
COMMENT ON COLUMN {schema}.object_events.object_id IS 'The object.';
COMMENT ON COLUMN {schema}.object_events.at IS 'Creation of the execution.';
COMMENT ON COLUMN {schema}.object_events.leaves IS 'It was dropped or renamed; else it was created, created anew, or something was renamed to it.';
COMMENT ON COLUMN {schema}.object_events.is_named IS 'Something was renamed to it.';
COMMENT ON COLUMN {schema}.object_events.new_id IS 'What it was renamed to.';

CREATE VIEW {schema}.unmoved_objects AS
SELECT rename.namespace, rename.catalog, rename.schema, rename.new_schema, rename.at, object.object_id
FROM {schema}.schema_renames AS rename
JOIN {schema}.trino_query_objects AS object USING (namespace, catalog, schema)
WHERE NOT EXISTS (SELECT FROM {schema}.object_moves AS move
                  WHERE move.old_id = object.object_id AND move.at = rename.at)
  AND coalesce((SELECT NOT leaves
                FROM {schema}.object_events AS event
                WHERE event.object_id = object.object_id AND event.at < rename.at
                ORDER BY event.at DESC, leaves
                LIMIT 1),
               EXISTS (SELECT FROM {schema}.statement_objects AS used JOIN {schema}.evidence AS days USING (statement_id)
                       WHERE used.object_id = object.object_id AND days.first_seen <= rename.at));
COMMENT ON VIEW {schema}.unmoved_objects IS 'Objects that were in a schema when it was renamed, and are not known under the new name yet.';
COMMENT ON COLUMN {schema}.unmoved_objects.namespace IS 'What the names are unique in.';
COMMENT ON COLUMN {schema}.unmoved_objects.catalog IS 'The catalog of the schema.';
COMMENT ON COLUMN {schema}.unmoved_objects.schema IS 'Its old name.';
COMMENT ON COLUMN {schema}.unmoved_objects.new_schema IS 'Its new name.';
COMMENT ON COLUMN {schema}.unmoved_objects.at IS 'When it was renamed.';
COMMENT ON COLUMN {schema}.unmoved_objects.object_id IS 'The object: it was the last thing created under its name before, or used before when nobody was seen creating it.';
COMMENT ON COLUMN {schema}.delivery_calls.method IS 'HTTP method; UNKNOWN for what a worker may have sent that never settled its claim.';
