-- Statements that are analyzed again from their stored texts.

-- :name ids
-- In the order of their last execution that succeeded, so that what creates columns comes before what uses them.
SELECT statement_id
FROM {schema}.statements
LEFT JOIN LATERAL (
    SELECT max(last_seen) AS last_seen FROM {schema}.statement_days AS days
    WHERE days.statement_id = statements.statement_id AND state = 'FINISHED'
) AS runs ON true
WHERE namespace = %(namespace)s
  AND (%(which)s = 'ALL' OR %(which)s = 'STALE' AND analyzer <> %(analyzer)s
       OR EXISTS (SELECT FROM {schema}.statements_on_other_columns AS other
                  WHERE other.statement_id = statements.statement_id
                    AND (%(which)s = 'STALE' OR %(which)s = 'LEARNT' AND other.old_columns_hash = '')))
ORDER BY last_seen NULLS FIRST, statement_id
LIMIT %(limit)s;

-- :name statements
SELECT statement.statement_id, fingerprint, session_catalog, session_schema, text_id, text, kind, coverage,
       error_message, engine, runs.last_seen,
       (SELECT jsonb_agg(jsonb_build_array(role, catalog, schema, name, branch))
        FROM {schema}.statement_objects JOIN {schema}.trino_query_objects USING (object_id)
        WHERE statement_id = statement.statement_id) AS objects,
       (SELECT jsonb_agg(jsonb_build_array(catalog, schema, name, branch, column_name))
        FROM {schema}.statement_columns JOIN {schema}.trino_query_objects USING (object_id)
        WHERE statement_id = statement.statement_id AND role = 'SOURCE') AS columns,
       (SELECT jsonb_agg(jsonb_build_array(catalog, schema, name, branch, upstream_column, downstream_column, subtype))
        FROM {schema}.statement_column_edges
        JOIN {schema}.trino_query_objects ON object_id = upstream_id
        WHERE statement_id = statement.statement_id) AS column_edges
FROM unnest(%(statement_ids)s::uuid[]) WITH ORDINALITY AS wanted (statement_id, place)
JOIN {schema}.statements AS statement USING (statement_id)
JOIN {schema}.query_texts USING (text_id)
LEFT JOIN LATERAL (
    SELECT max(last_seen) AS last_seen FROM {schema}.statement_days AS days
    WHERE days.statement_id = statement.statement_id AND state = 'FINISHED'
) AS runs ON true
ORDER BY place;
