-- Who must not see literals can search statements without them.

SELECT set_config('search_path', current_setting('search_path') || ', ' || quote_ident(nspname), true)
FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
WHERE extname = 'pg_trgm';

ALTER TABLE {schema}.statements ADD COLUMN literal_free text;
CREATE INDEX statements_literal_free_trigrams ON {schema}.statements USING gin (literal_free gin_trgm_ops)
    WITH (fastupdate = on, gin_pending_list_limit = 32768);
COMMENT ON COLUMN {schema}.statements.literal_free IS 'The statement without literals and comments, in lower case, for searches by those who must not see literals; empty when it could not be parsed.';
