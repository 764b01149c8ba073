-- Searches of the page: columns by a part of their names, and EXECUTEs by the prepared text that they ran.

SELECT set_config('search_path', current_setting('search_path') || ', ' || quote_ident(nspname), true)
FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
WHERE extname = 'pg_trgm';

CREATE INDEX object_columns_trigrams ON {schema}.object_columns USING gin (column_name gin_trgm_ops);
CREATE INDEX ON {schema}.trino_queries_history (prepared_text_id, query_id) WHERE prepared_text_id IS NOT NULL;
