-- What was read from an object comes from it under its new name, too; names are followed for the time that they were meant.

CREATE INDEX statement_lifecycles_of_object ON {schema}.statement_lifecycles (object_id);
CREATE INDEX statement_lifecycles_new ON {schema}.statement_lifecycles (new_id) WHERE new_id IS NOT NULL;

-- What was renamed before keeps its readers under the old name: their edges were not derived otherwise.
ALTER TABLE {schema}.object_renames
    ADD COLUMN since timestamptz NOT NULL DEFAULT '-infinity',
    ADD COLUMN swapped boolean NOT NULL DEFAULT true,
    DROP CONSTRAINT object_renames_pkey,
    ADD PRIMARY KEY (old_id, new_id, since);
ALTER TABLE {schema}.object_renames ALTER COLUMN since DROP DEFAULT, ALTER COLUMN swapped DROP DEFAULT;
COMMENT ON TABLE {schema}.object_renames IS 'What an object is called now, through one rename or several. Executions that used it under the old name between since and last_at used what has the new name.';
COMMENT ON COLUMN {schema}.object_renames.last_at IS 'Creation of the last execution that renamed it so, or took the first step there: tables that are built aside and swapped in are renamed daily.';
COMMENT ON COLUMN {schema}.object_renames.since IS 'What had the old name before was another object: it was dropped, replaced, or renamed to something else.';
COMMENT ON COLUMN {schema}.object_renames.swapped IS 'Another object took the old name within the hour: who read the old name reads that, and only what was written goes along.';

CREATE VIEW {schema}.statement_pairs AS
SELECT statement.statement_id, source.object_id AS source_id, target.object_id AS target_id,
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
WHERE statement.effect IN ('WRITES', 'DEFINES') AND source.object_id <> target.object_id
  AND NOT upstream.is_system AND NOT downstream.is_system;
COMMENT ON VIEW {schema}.statement_pairs IS 'From what to what a statement moves data, or which view it defines over what, by the names in it.';
COMMENT ON COLUMN {schema}.statement_pairs.statement_id IS 'The statement.';
COMMENT ON COLUMN {schema}.statement_pairs.source_id IS 'A source of the statement.';
COMMENT ON COLUMN {schema}.statement_pairs.target_id IS 'The target of the statement.';
COMMENT ON COLUMN {schema}.statement_pairs.kind IS 'DATA or DEFINITION.';
COMMENT ON COLUMN {schema}.statement_pairs.method IS 'How both are known: ENGINE, PARSED or BOTH.';

CREATE OR REPLACE VIEW {schema}.statement_edges AS
-- Four parts and not two lists of names joined: each part can be asked for by the ids that it shows.
SELECT statement_id, source_id AS upstream_id, target_id AS downstream_id, kind, method, target_id,
       NULL::timestamptz AS until, source_id, NULL::timestamptz AS since
FROM {schema}.statement_pairs
UNION ALL
SELECT statement_id, source_id, new_id, kind, method, target_id, last_at, source_id, since
FROM {schema}.statement_pairs JOIN {schema}.object_renames ON old_id = target_id
WHERE source_id <> new_id
UNION ALL
SELECT statement_id, new_id, target_id, kind, method, target_id, last_at, source_id, since
FROM {schema}.statement_pairs JOIN {schema}.object_renames ON old_id = source_id AND NOT swapped
WHERE target_id <> new_id
UNION ALL
SELECT statement_id, read.new_id, written.new_id, kind, method, target_id, least(read.last_at, written.last_at), source_id,
       greatest(read.since, written.since)
FROM {schema}.statement_pairs
JOIN {schema}.object_renames AS read ON read.old_id = source_id AND NOT read.swapped
JOIN {schema}.object_renames AS written ON written.old_id = target_id
WHERE read.new_id <> written.new_id;
COMMENT ON COLUMN {schema}.statement_edges.upstream_id IS 'The object on the source side: a source of the statement, or what that was renamed to.';
COMMENT ON COLUMN {schema}.statement_edges.until IS 'For what was renamed: the moment of the rename. Only earlier executions make this edge.';
COMMENT ON COLUMN {schema}.statement_edges.source_id IS 'The source of the statement.';
COMMENT ON COLUMN {schema}.statement_edges.since IS 'For what was renamed: since when the old name meant it. Only later executions make this edge.';

CREATE OR REPLACE VIEW {schema}.edge_states AS
SELECT edge.upstream_id, edge.downstream_id, edge.kind, edge.first_seen, edge.last_seen, edge.certain, edge.method,
       upstream.gone AS upstream_gone, downstream.gone AS downstream_gone,
       downstream.gone OR coalesce(edge.last_seen < downstream.begun_at, false)
       OR upstream.gone
          AND (EXISTS (SELECT FROM {schema}.object_renames AS rename
                       WHERE rename.old_id = edge.upstream_id AND NOT rename.swapped
                         AND edge.last_seen BETWEEN rename.since AND rename.last_at)
               OR NOT EXISTS (SELECT FROM {schema}.statement_objects AS used
                              WHERE used.statement_id = edge.last_statement_id AND used.role = 'SOURCE'
                                AND used.object_id = edge.upstream_id)) AS ended
FROM {schema}.edges AS edge
JOIN {schema}.trino_query_objects AS upstream ON upstream.object_id = edge.upstream_id
JOIN {schema}.trino_query_objects AS downstream ON downstream.object_id = edge.downstream_id;
COMMENT ON COLUMN {schema}.edge_states.upstream_gone IS 'The source side was dropped or renamed away.';
COMMENT ON COLUMN {schema}.edge_states.ended IS 'The target side is gone, or was created anew since from something else; or the source side is gone, and what was read goes by another name: what came from a dropped table is still there.';

CREATE VIEW {schema}.column_edge_states AS
SELECT edge.upstream_id, edge.upstream_column, edge.downstream_id, edge.downstream_column, edge.subtype, edge.kind,
       edge.first_day, edge.last_day, edge.method,
       downstream.gone OR coalesce(edge.last_day < (downstream.begun_at AT TIME ZONE 'UTC')::date, false)
       OR upstream.gone
          AND EXISTS (SELECT FROM {schema}.edge_states AS state
                      WHERE (state.upstream_id, state.downstream_id, state.kind)
                          = (edge.upstream_id, edge.downstream_id, edge.kind) AND state.ended) AS ended
FROM {schema}.column_edges AS edge
JOIN {schema}.trino_query_objects AS upstream ON upstream.object_id = edge.upstream_id
JOIN {schema}.trino_query_objects AS downstream ON downstream.object_id = edge.downstream_id;
COMMENT ON VIEW {schema}.column_edge_states IS 'Column edges, and whether they still hold.';
COMMENT ON COLUMN {schema}.column_edge_states.upstream_id IS 'The object on the source side.';
COMMENT ON COLUMN {schema}.column_edge_states.upstream_column IS 'Its column.';
COMMENT ON COLUMN {schema}.column_edge_states.downstream_id IS 'The object on the target side.';
COMMENT ON COLUMN {schema}.column_edge_states.downstream_column IS 'Its column; empty for what influences all rows.';
COMMENT ON COLUMN {schema}.column_edge_states.subtype IS 'How the value flows, or what it influences.';
COMMENT ON COLUMN {schema}.column_edge_states.kind IS 'DATA or DEFINITION.';
COMMENT ON COLUMN {schema}.column_edge_states.first_day IS 'UTC day of the first execution that made it.';
COMMENT ON COLUMN {schema}.column_edge_states.last_day IS 'UTC day of the last execution that made it.';
COMMENT ON COLUMN {schema}.column_edge_states.method IS 'How it is known: ENGINE, PARSED or BOTH.';
COMMENT ON COLUMN {schema}.column_edge_states.ended IS 'As of its edge; a target side that was created anew ends what was not seen since that day.';
