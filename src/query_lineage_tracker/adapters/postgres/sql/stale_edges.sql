-- Edges that a catalog was told of and that nobody has seen for long.

-- :name stale
-- A view holds as long as it is there, whoever looks at it. Edges that were withdrawn, or removed when they ended, no longer
-- stand there. Days count up to the last that was seen at all: while the tracker was off nothing could be seen.
WITH latest AS (
    SELECT namespace, max(last_seen) AS last_seen FROM {schema}.trino_query_objects GROUP BY namespace
)
SELECT sent.sink, upstream.catalog || '.' || upstream.schema || '.' || upstream.name AS upstream,
       downstream.catalog || '.' || downstream.schema || '.' || downstream.name AS downstream, seen.last_seen,
       extract(day FROM latest.last_seen - seen.last_seen)::integer AS days, seen.ended, sent.entity
FROM {schema}.sent
CROSS JOIN LATERAL (
    SELECT split_part(sent.entity, ':', 1)::bigint AS upstream_id, split_part(sent.entity, ':', 2)::bigint AS downstream_id
) AS pair
CROSS JOIN LATERAL (
    SELECT max(state.last_seen) AS last_seen, bool_and(state.ended) AS ended
    FROM {schema}.edge_states AS state
    WHERE (state.upstream_id, state.downstream_id) = (pair.upstream_id, pair.downstream_id)
    HAVING bool_and(state.kind = 'DATA' OR state.ended)
) AS seen
JOIN {schema}.trino_query_objects AS upstream ON upstream.object_id = pair.upstream_id
JOIN {schema}.trino_query_objects AS downstream ON downstream.object_id = pair.downstream_id
JOIN latest ON latest.namespace = downstream.namespace AND seen.last_seen < latest.last_seen - make_interval(days => %(days)s)
WHERE sent.sink = %(sink)s AND sent.kind = 'LINEAGE' AND sent.withdrawn_at IS NULL AND sent.payload ? 'edge'
ORDER BY seen.last_seen, sent.entity;

-- :name moved
-- Edges that stand in the sink by our account and have ended, where it holds what they are called by now.
WITH ended AS (
    SELECT DISTINCT edge.upstream_id, edge.downstream_id
    FROM (SELECT DISTINCT old_id FROM {schema}.object_renames WHERE NOT swapped) AS rename
    CROSS JOIN LATERAL (
        SELECT upstream_id, downstream_id FROM {schema}.edge_states WHERE upstream_id = old_id AND ended
        UNION ALL
        SELECT upstream_id, downstream_id FROM {schema}.edge_states WHERE downstream_id = old_id AND ended
    ) AS edge
)
SELECT sent.entity
FROM ended
JOIN {schema}.sent ON sent.sink = %(sink)s AND sent.kind = 'LINEAGE' AND sent.withdrawn_at IS NULL AND sent.payload ? 'edge'
                  AND sent.entity = ended.upstream_id || ':' || ended.downstream_id
WHERE EXISTS (
    SELECT
    FROM (SELECT ended.upstream_id AS id UNION ALL
          SELECT new_id FROM {schema}.object_renames WHERE old_id = ended.upstream_id) AS upstream
    CROSS JOIN (SELECT ended.downstream_id AS id UNION ALL
                SELECT new_id FROM {schema}.object_renames WHERE old_id = ended.downstream_id) AS downstream
    JOIN {schema}.edge_states AS state
      ON (state.upstream_id, state.downstream_id) = (upstream.id, downstream.id) AND NOT state.ended
    JOIN {schema}.sent AS told ON told.sink = %(sink)s AND told.kind = 'LINEAGE' AND told.payload ? 'edge'
                              AND told.entity = upstream.id || ':' || downstream.id
    WHERE (upstream.id, downstream.id) <> (ended.upstream_id, ended.downstream_id))
  -- A pair may have both kinds.
  AND NOT EXISTS (SELECT FROM {schema}.edge_states AS state
                  WHERE (state.upstream_id, state.downstream_id) = (ended.upstream_id, ended.downstream_id)
                    AND NOT state.ended)
ORDER BY sent.entity;

-- :name withdraw
UPDATE {schema}.sent SET withdrawn_at = now()
WHERE sink = %(sink)s AND kind = 'LINEAGE' AND entity = ANY(%(entities)s);

-- :name seen_again
UPDATE {schema}.sent SET withdrawn_at = NULL
WHERE sink = %(sink)s AND withdrawn_at IS NOT NULL
  AND EXISTS (
      SELECT FROM {schema}.edges AS edge
      WHERE edge.upstream_id = split_part(sent.entity, ':', 1)::bigint
        AND edge.downstream_id = split_part(sent.entity, ':', 2)::bigint AND edge.last_seen > sent.withdrawn_at)
RETURNING entity;

-- :name enqueue
-- In order with whatever else is told of the edge: it is the same message. A claimed one keeps its lease.
INSERT INTO {schema}.outbox AS message (sink, kind, entity)
SELECT %(sink)s, 'LINEAGE', entity FROM unnest(%(entities)s::text[]) AS entity
ORDER BY entity
ON CONFLICT (sink, kind, entity) DO UPDATE
SET generation = message.generation + 1, state = 'PENDING', attempts = 0, reason = NULL, enqueued_at = now(),
    updated_at = now(),
    next_attempt_at = CASE WHEN message.lease_until > now() THEN message.next_attempt_at ELSE now() END;
