-- What views are defined as.

-- :name definitions
-- The statement that last created each of the views, in its session; under an old name while that meant the view.
SELECT DISTINCT ON (view.object_id) view.catalog, view.schema, view.name, texts.text, statement.session_catalog,
       statement.session_schema, statement.statement_id
FROM unnest(%(catalogs)s::text[], %(schemas)s::text[], %(names)s::text[]) AS wanted (catalog, schema, name)
JOIN {schema}.trino_query_objects AS view USING (catalog, schema, name)
CROSS JOIN LATERAL (
    SELECT view.object_id AS id, '-infinity'::timestamptz AS since, 'infinity'::timestamptz AS until
    UNION ALL
    SELECT old_id, since, last_at FROM {schema}.object_renames WHERE new_id = view.object_id
) AS called
JOIN {schema}.statement_objects AS created ON created.object_id = called.id AND created.role = 'TARGET'
JOIN {schema}.statements AS statement ON statement.statement_id = created.statement_id AND statement.effect = 'DEFINES'
JOIN {schema}.evidence AS days
  ON days.statement_id = statement.statement_id AND days.first_seen <= called.until AND days.last_seen >= called.since
JOIN {schema}.query_texts AS texts ON texts.text_id = statement.text_id
WHERE view.namespace = %(namespace)s AND view.branch = ''
ORDER BY view.object_id, least(days.last_seen, called.until) DESC, statement.statement_id;

-- :name wanted_views
-- What was read in the last week and may be a view, in one catalog: the one with most that is unknown. Unknown ones
-- first, then those that have not been asked for longest. Those that Trino refused are asked for in other company: one
-- of them may be why.
WITH due AS (
    SELECT object.object_id, object.catalog, object.schema, object.name, known.last_seen IS NULL AS is_unknown,
           lookup.asked_at, lookup.problem
    FROM {schema}.trino_query_objects AS object
    LEFT JOIN {schema}.view_lookups AS lookup USING (object_id)
    LEFT JOIN LATERAL (
        SELECT max(edge.last_seen) AS last_seen
        FROM {schema}.edges AS edge
        WHERE edge.downstream_id = object.object_id AND edge.kind = 'DEFINITION'
    ) AS known ON true
    WHERE namespace = %(namespace)s AND branch = '' AND NOT is_system AND NOT gone
      AND object.kind IS DISTINCT FROM 'TABLE' AND object.last_seen > now() - interval '7 days'
      AND (lookup.asked_at IS NULL OR lookup.asked_at < now() - make_interval(secs => %(refresh_s)s))
      AND (known.last_seen IS NULL OR known.last_seen < now() - make_interval(secs => %(refresh_s)s))
      AND EXISTS (SELECT FROM {schema}.statement_objects AS used
                  WHERE used.object_id = object.object_id AND used.role = 'SOURCE')
)
SELECT catalog, schema, name
FROM due
WHERE catalog = (SELECT catalog FROM due GROUP BY catalog
                 ORDER BY count(*) FILTER (WHERE is_unknown) DESC, count(*) DESC, catalog LIMIT 1)
ORDER BY is_unknown DESC, asked_at NULLS FIRST,
         CASE WHEN problem IS NOT NULL THEN md5(object_id::text || asked_at::text) END NULLS FIRST, schema, name
LIMIT %(limit)s;

-- :name asked_views
INSERT INTO {schema}.view_lookups AS lookup (object_id, asked_at, problem)
SELECT object_id, now(), %(problem)s
FROM unnest(%(catalogs)s::text[], %(schemas)s::text[], %(names)s::text[]) AS asked (catalog, schema, name)
JOIN {schema}.trino_query_objects USING (catalog, schema, name)
WHERE namespace = %(namespace)s AND branch = ''
ORDER BY object_id
ON CONFLICT (object_id) DO UPDATE SET asked_at = excluded.asked_at, problem = excluded.problem;
