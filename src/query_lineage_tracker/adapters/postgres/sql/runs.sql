-- What a statement's last run adds to what every message about the statement says.

-- :name last_run
-- The last execution that counts, if it is still stored.
SELECT query_id, claimed_by ->> 'tool', coalesce(claimed_by ->> 'model', claimed_by ->> 'job')
FROM {schema}.trino_queries_history AS history JOIN {schema}.statements USING (statement_id)
WHERE statement_id = %(statement_id)s
  AND query_id >= to_char(%(last_seen)s AT TIME ZONE 'UTC', 'YYYYMMDD')
  AND query_id < to_char((%(last_seen)s AT TIME ZONE 'UTC')::date + 2, 'YYYYMMDD')
  AND {schema}.counts(effect, state, outcome)
ORDER BY query_id DESC
LIMIT 1;

-- :name flows
SELECT upstream.namespace, upstream.catalog, upstream.schema, upstream.name, upstream.branch, upstream_column,
       downstream.namespace, downstream.catalog, downstream.schema, downstream.name, downstream.branch,
       downstream_column, subtype
FROM {schema}.statement_column_edges
JOIN {schema}.trino_query_objects AS upstream ON upstream.object_id = upstream_id
JOIN {schema}.trino_query_objects AS downstream ON downstream.object_id = downstream_id
WHERE statement_id = %(statement_id)s AND NOT upstream.is_system AND NOT downstream.is_system
ORDER BY downstream_id, downstream_column, upstream.catalog, upstream.schema, upstream.name, upstream.branch,
         upstream_column, subtype;

-- :name columns
-- Of the objects that are known as a whole.
SELECT namespace, catalog, schema, name, branch, column_name, type
FROM {schema}.trino_query_objects JOIN {schema}.object_columns USING (object_id)
WHERE ordinal IS NOT NULL
  AND object_id IN (SELECT object_id FROM {schema}.statement_objects WHERE statement_id = %(statement_id)s)
ORDER BY object_id, ordinal;
