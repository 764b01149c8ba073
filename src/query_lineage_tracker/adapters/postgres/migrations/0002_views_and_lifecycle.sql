-- What views are defined as where nobody was seen creating them, and what becomes of objects: begun anew, dropped, renamed.

CREATE TABLE {schema}.view_definitions (
    view_id bigint NOT NULL,
    statement_id uuid NOT NULL,
    materialized boolean NOT NULL,
    first_seen timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    PRIMARY KEY (view_id, statement_id)
);
CREATE INDEX view_definitions_of_statement ON {schema}.view_definitions (statement_id);
COMMENT ON TABLE {schema}.view_definitions IS 'A definition of a view that Trino told of. It is evidence of edges like an execution that created the view.';
COMMENT ON COLUMN {schema}.view_definitions.view_id IS 'The view or materialized view.';
COMMENT ON COLUMN {schema}.view_definitions.statement_id IS 'The statement that would create it so; nobody was seen executing it.';
COMMENT ON COLUMN {schema}.view_definitions.materialized IS 'Whether it is a materialized view.';
COMMENT ON COLUMN {schema}.view_definitions.first_seen IS 'Creation of the first execution through which Trino told of it.';
COMMENT ON COLUMN {schema}.view_definitions.last_seen IS 'Creation of the last one; exact to the day.';

CREATE TABLE {schema}.statement_lifecycles (
    statement_id uuid PRIMARY KEY,
    verb text NOT NULL CHECK (verb IN ('BEGINS', 'ENDS', 'RENAMED')),
    object_id bigint NOT NULL,
    new_id bigint,
    CHECK ((verb = 'RENAMED') = (new_id IS NOT NULL))
);
COMMENT ON TABLE {schema}.statement_lifecycles IS 'What a statement, when it succeeds, means for its target as a whole.';
COMMENT ON COLUMN {schema}.statement_lifecycles.statement_id IS 'The statement.';
COMMENT ON COLUMN {schema}.statement_lifecycles.verb IS 'BEGINS: created, or created anew; ENDS: dropped; RENAMED: goes on as another object.';
COMMENT ON COLUMN {schema}.statement_lifecycles.object_id IS 'The target.';
COMMENT ON COLUMN {schema}.statement_lifecycles.new_id IS 'What it is called after a rename.';

CREATE TABLE {schema}.object_renames (
    old_id bigint NOT NULL,
    new_id bigint NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (old_id, new_id)
);
CREATE INDEX object_renames_new ON {schema}.object_renames (new_id);
COMMENT ON TABLE {schema}.object_renames IS 'What an object was renamed to. What had been written under the old name is upstream of the new one as well.';
COMMENT ON COLUMN {schema}.object_renames.old_id IS 'The object under its old name.';
COMMENT ON COLUMN {schema}.object_renames.new_id IS 'The object under its new name.';
COMMENT ON COLUMN {schema}.object_renames.last_at IS 'Creation of the last execution that renamed it so: tables that are built aside and swapped in are renamed daily.';

ALTER TABLE {schema}.trino_query_objects
    ADD COLUMN begun_at timestamptz,
    ADD COLUMN ended_at timestamptz,
    ADD COLUMN alive_at timestamptz,
    ADD COLUMN gone boolean NOT NULL
        GENERATED ALWAYS AS (coalesce(ended_at > coalesce(alive_at, '-infinity'), false)) STORED;
COMMENT ON COLUMN {schema}.trino_query_objects.begun_at IS 'Creation of the last execution that created it or created it anew; empty when none was seen. Edges into it that are older have ended.';
COMMENT ON COLUMN {schema}.trino_query_objects.ended_at IS 'Creation of the last execution that dropped it or renamed it away.';
COMMENT ON COLUMN {schema}.trino_query_objects.alive_at IS 'Creation of the last execution that proves that it was there: one that counts as usage, or created it.';
COMMENT ON COLUMN {schema}.trino_query_objects.gone IS 'Dropped or renamed away, and not seen since.';

CREATE VIEW {schema}.evidence AS
SELECT statement_id, day, outcome, first_seen, last_seen FROM {schema}.counted_days
UNION ALL
SELECT statement_id, (last_seen AT TIME ZONE 'UTC')::date, 'COMMITTED', first_seen, last_seen
FROM {schema}.view_definitions;
COMMENT ON VIEW {schema}.evidence IS 'What edges stand on: days of statements whose executions count, and definitions of views.';
COMMENT ON COLUMN {schema}.evidence.statement_id IS 'The statement.';
COMMENT ON COLUMN {schema}.evidence.day IS 'UTC day of the executions, or the last day on which the definition was told.';
COMMENT ON COLUMN {schema}.evidence.outcome IS 'Outcome of the executions; COMMITTED for a definition.';
COMMENT ON COLUMN {schema}.evidence.first_seen IS 'The first of them.';
COMMENT ON COLUMN {schema}.evidence.last_seen IS 'The last of them.';

CREATE OR REPLACE VIEW {schema}.statement_edges AS
-- Not materialized: whoever asks for one statement or one edge must not get all of them computed.
WITH own AS NOT MATERIALIZED (
    SELECT statement.statement_id, source.object_id AS upstream_id, target.object_id AS target_id,
           CASE statement.effect WHEN 'DEFINES' THEN 'DEFINITION' ELSE 'DATA' END AS kind,
           {schema}.joined_method(source.method <> 'PARSED' AND target.method <> 'PARSED',
                                  source.method <> 'ENGINE' AND target.method <> 'ENGINE') AS method
    FROM {schema}.statements AS statement
    JOIN {schema}.statement_objects AS target
      ON target.statement_id = statement.statement_id AND target.role = 'TARGET'
    JOIN {schema}.statement_objects AS source
      ON source.statement_id = statement.statement_id AND source.role = 'SOURCE'
    JOIN {schema}.trino_query_objects AS upstream ON upstream.object_id = source.object_id
    JOIN {schema}.trino_query_objects AS downstream ON downstream.object_id = target.object_id
    WHERE statement.effect IN ('WRITES', 'DEFINES') AND NOT upstream.is_system AND NOT downstream.is_system
)
SELECT statement_id, upstream_id, target_id AS downstream_id, kind, method, target_id,
       NULL::timestamptz AS until
FROM own
WHERE upstream_id <> target_id
UNION ALL
SELECT statement_id, upstream_id, new_id, kind, method, target_id, last_at
FROM own JOIN {schema}.object_renames ON old_id = target_id
WHERE upstream_id NOT IN (target_id, new_id);
COMMENT ON COLUMN {schema}.statement_edges.downstream_id IS 'The object on the target side: the target of the statement, or what that was renamed to.';
COMMENT ON COLUMN {schema}.statement_edges.target_id IS 'The target of the statement.';
COMMENT ON COLUMN {schema}.statement_edges.until IS 'For what the target was renamed to: the moment of the rename. Only earlier executions make this edge.';

CREATE VIEW {schema}.edge_states AS
SELECT edge.upstream_id, edge.downstream_id, edge.kind, edge.first_seen, edge.last_seen, edge.certain, edge.method,
       upstream.gone AS upstream_gone, downstream.gone AS downstream_gone,
       downstream.gone OR coalesce(edge.last_seen < downstream.begun_at, false) AS ended
FROM {schema}.edges AS edge
JOIN {schema}.trino_query_objects AS upstream ON upstream.object_id = edge.upstream_id
JOIN {schema}.trino_query_objects AS downstream ON downstream.object_id = edge.downstream_id;
COMMENT ON VIEW {schema}.edge_states IS 'Edges, and whether they still hold.';
COMMENT ON COLUMN {schema}.edge_states.upstream_id IS 'The object on the source side.';
COMMENT ON COLUMN {schema}.edge_states.downstream_id IS 'The object on the target side.';
COMMENT ON COLUMN {schema}.edge_states.kind IS 'DATA or DEFINITION.';
COMMENT ON COLUMN {schema}.edge_states.first_seen IS 'Creation of the first execution that made it.';
COMMENT ON COLUMN {schema}.edge_states.last_seen IS 'Creation of the last execution that made it.';
COMMENT ON COLUMN {schema}.edge_states.certain IS 'False while only executions with an UNCERTAIN outcome made it.';
COMMENT ON COLUMN {schema}.edge_states.method IS 'How it is known: ENGINE, PARSED or BOTH.';
COMMENT ON COLUMN {schema}.edge_states.upstream_gone IS 'The source side was dropped or renamed away; what came from it is still there.';
COMMENT ON COLUMN {schema}.edge_states.downstream_gone IS 'The target side was dropped or renamed away.';
COMMENT ON COLUMN {schema}.edge_states.ended IS 'The target side is gone, or was created anew since from something else.';

CREATE FUNCTION {schema}.beneath_views(object bigint) RETURNS SETOF bigint
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH RECURSIVE reached AS (
            SELECT object_id, kind = 'VIEW' AS is_view
            FROM {schema}.trino_query_objects
            WHERE object_id = beneath_views.object
            UNION
            SELECT beneath.object_id, beneath.kind = 'VIEW'
            FROM reached
            JOIN {schema}.edge_states AS edge
              ON edge.downstream_id = reached.object_id AND edge.kind = 'DEFINITION' AND NOT edge.ended
            JOIN {schema}.trino_query_objects AS beneath ON beneath.object_id = edge.upstream_id
            WHERE reached.is_view
        )
        SELECT object_id
        FROM reached
        WHERE is_view IS NOT TRUE
           OR NOT EXISTS (SELECT FROM {schema}.edge_states AS edge
                          WHERE edge.downstream_id = object_id AND edge.kind = 'DEFINITION' AND NOT edge.ended);
    END;
COMMENT ON FUNCTION {schema}.beneath_views(bigint) IS 'The objects that a view stands on in the end, through views over views; anything else, and a view of which no definition is known, stands for itself.';

CREATE VIEW {schema}.edges_through_views AS
SELECT beneath AS upstream_id, edge.downstream_id, min(edge.first_seen) AS first_seen, max(edge.last_seen) AS last_seen,
       bool_or(edge.certain) AS certain, bool_and(edge.ended) AS ended
FROM {schema}.edge_states AS edge
CROSS JOIN LATERAL {schema}.beneath_views(edge.upstream_id) AS beneath
WHERE edge.kind = 'DATA' AND beneath <> edge.downstream_id
GROUP BY beneath, edge.downstream_id;
COMMENT ON VIEW {schema}.edges_through_views IS 'Where data came from, with views expanded into what they stand on. Ask for one downstream object.';
COMMENT ON COLUMN {schema}.edges_through_views.upstream_id IS 'A table or materialized view, or a view of which no definition is known.';
COMMENT ON COLUMN {schema}.edges_through_views.downstream_id IS 'The object on the target side.';
COMMENT ON COLUMN {schema}.edges_through_views.first_seen IS 'Creation of the first execution that made one of the edges.';
COMMENT ON COLUMN {schema}.edges_through_views.last_seen IS 'Creation of the last execution that made one of the edges.';
COMMENT ON COLUMN {schema}.edges_through_views.certain IS 'False while only executions with an UNCERTAIN outcome made them.';
COMMENT ON COLUMN {schema}.edges_through_views.ended IS 'Whether all of the edges have ended.';

CREATE OR REPLACE VIEW {schema}.unused_tables AS
SELECT object.object_id, object.namespace, object.catalog, object.schema, object.name, object.branch, object.kind,
       object.first_seen, (SELECT max(day) FROM {schema}.usage_by_day AS usage
                           WHERE usage.object_id = object.object_id AND usage.role = 'SOURCE') AS last_read_day,
       (SELECT max(day) FROM {schema}.usage_by_day AS usage
        WHERE usage.object_id = object.object_id AND usage.role = 'TARGET') AS last_written_day
FROM {schema}.trino_query_objects AS object
WHERE NOT object.is_system AND NOT object.gone
  AND NOT EXISTS (SELECT FROM {schema}.usage_by_day AS usage
                  WHERE usage.object_id = object.object_id AND usage.role = 'SOURCE'
                    AND usage.day > (now() AT TIME ZONE 'UTC')::date - 90);
COMMENT ON VIEW {schema}.unused_tables IS 'Objects that are there and that no counted execution has read for 90 days.';
