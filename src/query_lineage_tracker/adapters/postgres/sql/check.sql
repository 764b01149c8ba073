-- What `qlt doctor` asks the database.

-- :name patience
SET LOCAL statement_timeout = '20s';

-- :name server
SELECT current_setting('server_version_num')::integer AS version_num,
       current_setting('server_version') AS version,
       current_setting('server_encoding') AS encoding,
       current_user AS as_user,
       pg_is_in_recovery() AS read_only,
       has_database_privilege(current_database(), 'CREATE') AS may_create,
       pg_size_pretty(pg_database_size(current_database())) AS size,
       (SELECT installed_version FROM pg_available_extensions WHERE name = 'pg_trgm') AS trigrams,
       EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm') AS trigrams_available;

-- :name orphans
-- There are no foreign keys between the big tables; this looks at the newest rows, so that it stays quick.
WITH newest AS (
    SELECT statement_id, text_id FROM {schema}.trino_queries_history ORDER BY query_id DESC LIMIT 10000
), newest_edges AS (
    SELECT upstream_id, downstream_id, last_statement_id FROM {schema}.edges ORDER BY upstream_id DESC LIMIT 10000
)
SELECT (SELECT count(*) FROM newest WHERE NOT EXISTS (
            SELECT FROM {schema}.statements AS statement WHERE statement.statement_id = newest.statement_id))
     + (SELECT count(*) FROM newest WHERE NOT EXISTS (
            SELECT FROM {schema}.query_texts AS stored WHERE stored.text_id = newest.text_id)) AS executions,
       (SELECT count(*) FROM newest_edges AS edge
        WHERE NOT EXISTS (SELECT FROM {schema}.trino_query_objects AS object WHERE object.object_id = edge.upstream_id)
           OR NOT EXISTS (SELECT FROM {schema}.trino_query_objects AS object WHERE object.object_id = edge.downstream_id)
           OR NOT EXISTS (SELECT FROM {schema}.statements AS statement
                          WHERE statement.statement_id = edge.last_statement_id)) AS edges;
