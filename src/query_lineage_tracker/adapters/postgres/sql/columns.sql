-- Columns of objects: what is known of them, and what is told.

-- :name columns
SELECT catalog, schema, name, known_at, origin, array_agg(column_name ORDER BY ordinal),
       array_agg(type ORDER BY ordinal)
FROM unnest(%(catalogs)s::text[], %(schemas)s::text[], %(names)s::text[]) AS wanted (catalog, schema, name)
JOIN {schema}.trino_query_objects AS object USING (catalog, schema, name)
JOIN {schema}.column_sets USING (object_id)
JOIN {schema}.object_columns USING (object_id)
WHERE namespace = %(namespace)s AND branch = '' AND known_at IS NOT NULL AND ordinal IS NOT NULL
GROUP BY catalog, schema, name, known_at, origin;

-- :name tell_sets
-- Only what is newer than what is known, and of OpenMetadata only what nobody else told; returns those that are really
-- other columns.
WITH told AS (
    INSERT INTO {schema}.column_sets AS stored (object_id, columns_hash, origin, known_at)
    SELECT object_id, columns_hash, origin, known_at
    FROM unnest(%(object_ids)s::bigint[], %(hashes)s::bytea[], %(origins)s::text[], %(times)s::timestamptz[])
        AS new (object_id, columns_hash, origin, known_at)
    ORDER BY object_id
    ON CONFLICT (object_id) DO UPDATE
    SET columns_hash = excluded.columns_hash, origin = excluded.origin, known_at = excluded.known_at
    WHERE stored.known_at IS NULL
       OR (excluded.known_at > stored.known_at
           AND (excluded.origin <> 'OPENMETADATA' OR stored.origin = 'OPENMETADATA'))
    RETURNING object_id, columns_hash
)
SELECT object_id, before.columns_hash IS DISTINCT FROM told.columns_hash
FROM told LEFT JOIN {schema}.column_sets AS before USING (object_id);

-- :name tell_columns
WITH new AS (
    SELECT * FROM unnest(%(object_ids)s::bigint[], %(columns)s::text[], %(ordinals)s::integer[], %(types)s::text[])
        AS new (object_id, column_name, ordinal, type)
), gone AS (
    UPDATE {schema}.object_columns AS stored SET ordinal = NULL
    WHERE stored.object_id IN (SELECT object_id FROM new) AND ordinal IS NOT NULL
      AND NOT EXISTS (SELECT FROM new WHERE new.object_id = stored.object_id
                                        AND new.column_name = stored.column_name)
)
INSERT INTO {schema}.object_columns AS stored (object_id, column_name, ordinal, type)
SELECT object_id, column_name, ordinal, type FROM new
ORDER BY object_id, column_name
ON CONFLICT (object_id, column_name) DO UPDATE
SET ordinal = excluded.ordinal, type = coalesce(excluded.type, stored.type)
WHERE (stored.ordinal, stored.type) IS DISTINCT FROM (excluded.ordinal, coalesce(excluded.type, stored.type));

-- :name asked
INSERT INTO {schema}.column_sets (object_id, asked_at, problem)
SELECT object_id, now(), problem FROM unnest(%(object_ids)s::bigint[], %(problems)s::text[]) AS new (object_id, problem)
ORDER BY object_id
ON CONFLICT (object_id) DO UPDATE SET asked_at = now(), problem = excluded.problem;

-- :name wanted
-- What statements of the last week were analyzed by, in one catalog: the one with most that is unknown. Unknown ones
-- first, then those that have not been asked for longest.
WITH due AS (
    SELECT object.catalog, object.schema, object.name, known.known_at IS NULL AS is_unknown, known.asked_at
    FROM {schema}.trino_query_objects AS object
    LEFT JOIN {schema}.column_sets AS known USING (object_id)
    WHERE namespace = %(namespace)s AND branch = '' AND NOT is_system
      AND object.last_seen > now() - interval '7 days'
      AND (known.asked_at IS NULL OR known.asked_at < now() - make_interval(secs => %(refresh_s)s))
      AND EXISTS (SELECT FROM {schema}.statement_objects AS used
                  WHERE used.object_id = object.object_id AND used.columns_hash IS NOT NULL)
)
SELECT catalog, schema, name
FROM due
WHERE catalog = (SELECT catalog FROM due GROUP BY catalog
                 ORDER BY count(*) FILTER (WHERE is_unknown) DESC, count(*) DESC, catalog LIMIT 1)
ORDER BY is_unknown DESC, asked_at NULLS FIRST, schema, name
LIMIT %(limit)s;

-- :name asked_of_openmetadata
INSERT INTO {schema}.column_sets (object_id, openmetadata_asked_at)
SELECT object_id, now() FROM unnest(%(object_ids)s::bigint[], %(problems)s::text[]) AS new (object_id, problem)
ORDER BY object_id
ON CONFLICT (object_id) DO UPDATE SET openmetadata_asked_at = now();

-- :name wanted_of_openmetadata
-- What statements of the last week were analyzed by and nobody else tells; where Trino is asked, only after it was.
SELECT object.catalog, object.schema, object.name
FROM {schema}.trino_query_objects AS object
LEFT JOIN {schema}.column_sets AS known USING (object_id)
WHERE namespace = %(namespace)s AND branch = '' AND NOT is_system
  AND object.last_seen > now() - interval '7 days'
  AND (known.known_at IS NULL OR known.origin = 'OPENMETADATA')
  AND (known.asked_at IS NOT NULL OR NOT %(trino_first)s)
  AND (openmetadata_asked_at IS NULL OR openmetadata_asked_at < now() - make_interval(secs => %(refresh_s)s))
  AND EXISTS (SELECT FROM {schema}.statement_objects AS used
              WHERE used.object_id = object.object_id AND used.columns_hash IS NOT NULL)
ORDER BY known.known_at IS NULL DESC, catalog, schema, name
LIMIT %(limit)s;
