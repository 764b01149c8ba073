-- What became of an object is looked up statement by statement: without statistics the planner compared all with all.

CREATE OR REPLACE VIEW {schema}.object_events AS
WITH happened AS NOT MATERIALIZED (
    SELECT lifecycle.object_id, lifecycle.verb, lifecycle.new_id, at
    FROM {schema}.statement_lifecycles AS lifecycle
    CROSS JOIN LATERAL (
        SELECT first_seen, last_seen
        FROM {schema}.statement_days AS days
        WHERE days.statement_id = lifecycle.statement_id AND state = 'FINISHED' AND outcome IN ('NONE', 'COMMITTED')
        OFFSET 0
    ) AS days
    CROSS JOIN LATERAL (VALUES (days.first_seen), (days.last_seen)) AS moment (at)
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

CREATE OR REPLACE VIEW {schema}.unmoved_objects AS
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
               EXISTS (SELECT
                       FROM {schema}.statement_objects AS used
                       CROSS JOIN LATERAL (
                           SELECT first_seen FROM {schema}.evidence WHERE evidence.statement_id = used.statement_id OFFSET 0
                       ) AS days
                       WHERE used.object_id = object.object_id AND days.first_seen <= rename.at));
