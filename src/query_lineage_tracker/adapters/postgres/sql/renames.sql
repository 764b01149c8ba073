-- Objects of renamed schemas follow, some a transaction, by the steps of save.sql.

-- :name waiting
SELECT namespace FROM {schema}.schema_renames WHERE NOT followed ORDER BY at LIMIT 1;

-- :name next_schema
SELECT catalog, schema, new_schema, at, followed_to, moved
FROM {schema}.schema_renames
WHERE namespace = %(namespace)s AND NOT followed
ORDER BY at
LIMIT 1
FOR UPDATE;

-- :name next_objects
SELECT object_id
FROM {schema}.trino_query_objects
WHERE namespace = %(namespace)s AND catalog = %(catalog)s AND schema = %(schema)s AND object_id > %(followed_to)s
ORDER BY object_id
LIMIT %(limit)s;

-- :name next_moved
SELECT old_id
FROM {schema}.object_moves JOIN {schema}.trino_query_objects ON object_id = old_id
WHERE namespace = %(namespace)s AND catalog = %(catalog)s AND schema = %(schema)s AND at = %(at)s AND old_id > %(followed_to)s
ORDER BY old_id
LIMIT %(limit)s;

-- :name find_moved
INSERT INTO qlt_renamed (object_id) SELECT unnest(%(object_ids)s::bigint[]);

-- :name find_unmoved
INSERT INTO qlt_renamed (object_id)
SELECT object_id
FROM {schema}.unmoved_objects
WHERE object_id = ANY(%(object_ids)s) AND (new_schema, at) = (%(new_schema)s, %(at)s);

-- :name make_objects
-- But for those whose name becomes longer than the key can hold: they stay as they are.
INSERT INTO {schema}.trino_query_objects (namespace, catalog, schema, name, branch, kind)
SELECT namespace, catalog, %(new_schema)s, name, branch, kind
FROM {schema}.trino_query_objects JOIN qlt_renamed USING (object_id)
WHERE octet_length(catalog || %(new_schema)s || name || branch) <= 2000
ORDER BY name, branch
ON CONFLICT DO NOTHING;

-- :name move_objects
INSERT INTO {schema}.object_moves (old_id, new_id, at)
SELECT old.object_id, new.object_id, %(at)s
FROM qlt_renamed
JOIN {schema}.trino_query_objects AS old USING (object_id)
JOIN {schema}.trino_query_objects AS new
  ON (new.namespace, new.catalog, new.schema, new.name, new.branch)
   = (old.namespace, old.catalog, %(new_schema)s, old.name, old.branch)
ORDER BY 1;

-- :name see_moves
-- Whether their edges hold or have ended is noted as it was before. All objects move before any edge follows: nobody is to
-- be told of an edge from a new name to an old one.
WITH changed AS (
    SELECT old_id AS object_id, at AS ended_at, NULL::timestamptz AS alive_at
    FROM {schema}.object_moves JOIN qlt_renamed ON object_id = old_id
    WHERE at = %(at)s
    UNION ALL
    SELECT new_id, NULL, at FROM {schema}.object_moves JOIN qlt_renamed ON object_id = old_id WHERE at = %(at)s
), objects AS (
    UPDATE {schema}.trino_query_objects AS object
    SET ended_at = greatest(object.ended_at, changed.ended_at), alive_at = greatest(object.alive_at, changed.alive_at)
    FROM changed
    WHERE object.object_id = changed.object_id
)
INSERT INTO qlt_told (kind, entity)
SELECT CASE WHEN state.ended THEN 'ENDED' ELSE 'HOLDS' END, state.upstream_id || ':' || state.downstream_id
FROM changed JOIN {schema}.edge_states AS state ON state.downstream_id = changed.object_id
UNION ALL
SELECT CASE WHEN state.ended THEN 'ENDED' ELSE 'HOLDS' END, state.upstream_id || ':' || state.downstream_id
FROM changed JOIN {schema}.edge_states AS state ON state.upstream_id = changed.object_id;

-- :name followed
UPDATE {schema}.schema_renames
SET moved = %(moved)s, followed = %(followed)s, followed_to = %(followed_to)s
WHERE (namespace, catalog, schema, new_schema, at) = (%(namespace)s, %(catalog)s, %(schema)s, %(new_schema)s, %(at)s);
