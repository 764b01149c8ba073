-- What views are defined as.

-- :name definitions
-- The statement that last created each of the views, in its session.
SELECT DISTINCT ON (view.object_id) view.catalog, view.schema, view.name, texts.text, statement.session_catalog,
       statement.session_schema
FROM unnest(%(catalogs)s::text[], %(schemas)s::text[], %(names)s::text[]) AS wanted (catalog, schema, name)
JOIN {schema}.trino_query_objects AS view USING (catalog, schema, name)
JOIN {schema}.statement_objects AS created ON created.object_id = view.object_id AND created.role = 'TARGET'
JOIN {schema}.statements AS statement ON statement.statement_id = created.statement_id AND statement.effect = 'DEFINES'
JOIN {schema}.counted_days AS days ON days.statement_id = statement.statement_id
JOIN {schema}.query_texts AS texts ON texts.text_id = statement.text_id
WHERE view.namespace = %(namespace)s AND view.branch = ''
ORDER BY view.object_id, days.last_seen DESC, statement.statement_id;
