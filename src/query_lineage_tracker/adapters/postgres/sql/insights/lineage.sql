-- The graph, a hop at a time, and the evidence of its edges.

-- :name edges
-- Of each object the latest edges first, of the one side or the other: planned for its parameters, the query has one. Those
-- that no longer hold only on demand.
SELECT edge.*, upstream.kind AS upstream_kind, downstream.kind AS downstream_kind
FROM unnest(%(object_ids)s::bigint[]) AS asked (object_id)
CROSS JOIN LATERAL (
    SELECT *
    FROM {schema}.edge_states AS edge
    WHERE (%(upstream)s AND edge.downstream_id = asked.object_id
           OR NOT %(upstream)s AND edge.upstream_id = asked.object_id)
      AND (%(since)s::timestamptz IS NULL OR edge.last_seen >= %(since)s)
      AND (%(until)s::timestamptz IS NULL OR edge.first_seen < %(until)s)
      AND (%(ended)s OR NOT edge.ended OR %(into_gone)s AND edge.downstream_gone)
    ORDER BY edge.last_seen DESC, edge.upstream_id, edge.downstream_id
    LIMIT %(limit)s
) AS edge
JOIN {schema}.trino_query_objects AS upstream ON upstream.object_id = edge.upstream_id
JOIN {schema}.trino_query_objects AS downstream ON downstream.object_id = edge.downstream_id
ORDER BY edge.last_seen DESC, edge.upstream_id, edge.downstream_id, edge.kind;

-- :name edges_between
SELECT edge.*
FROM {schema}.edge_states AS edge
WHERE edge.upstream_id = ANY(%(object_ids)s) AND edge.downstream_id = ANY(%(object_ids)s)
  AND (%(since)s::timestamptz IS NULL OR edge.last_seen >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR edge.first_seen < %(until)s)
  AND (%(ended)s OR NOT edge.ended OR %(into_gone)s AND edge.downstream_gone)
ORDER BY edge.upstream_id, edge.downstream_id, edge.kind;

-- :name nodes
SELECT object_id AS id, namespace, ARRAY[catalog, schema, name, branch] AS object, kind, gone,
       (SELECT count(DISTINCT edge.upstream_id)
        FROM {schema}.edge_states AS edge
        WHERE edge.downstream_id = object.object_id AND edge.upstream_id <> ALL(%(object_ids)s)
          AND (%(since)s::timestamptz IS NULL OR edge.last_seen >= %(since)s)
          AND (%(until)s::timestamptz IS NULL OR edge.first_seen < %(until)s)
          AND (%(ended)s OR NOT edge.ended)) AS more_upstream,
       (SELECT count(DISTINCT edge.downstream_id)
        FROM {schema}.edge_states AS edge
        WHERE edge.upstream_id = object.object_id AND edge.downstream_id <> ALL(%(object_ids)s)
          AND (%(since)s::timestamptz IS NULL OR edge.last_seen >= %(since)s)
          AND (%(until)s::timestamptz IS NULL OR edge.first_seen < %(until)s)
          AND (%(ended)s OR NOT edge.ended)) AS more_downstream
FROM {schema}.trino_query_objects AS object
WHERE object_id = ANY(%(object_ids)s)
ORDER BY object_id;

-- :name column_edges
-- A column that is asked for as '' stands for all columns of its object. What influences all rows influences each
-- column.
SELECT edge.*
FROM unnest(%(object_ids)s::bigint[], %(columns)s::text[]) AS asked (object_id, column_name)
CROSS JOIN LATERAL (
    SELECT edge.upstream_id, upstream_column, edge.downstream_id, nullif(downstream_column, '') AS downstream_column,
           subtype, subtype = ANY(%(direct)s) AS direct, edge.kind, first_day, last_day, method, ended
    FROM {schema}.column_edge_states AS edge
    WHERE (%(upstream)s AND edge.downstream_id = asked.object_id
           AND (asked.column_name IN ('', edge.downstream_column) OR %(indirect)s AND edge.downstream_column = '')
           OR NOT %(upstream)s AND edge.upstream_id = asked.object_id
              AND asked.column_name IN ('', edge.upstream_column))
      AND (%(indirect)s OR subtype = ANY(%(direct)s))
      AND (%(since)s::date IS NULL OR edge.last_day >= %(since)s)
      AND (%(until)s::date IS NULL OR edge.first_day <= %(until)s)
      AND (%(ended)s OR NOT edge.ended)
    ORDER BY last_day DESC, edge.upstream_id, upstream_column, edge.downstream_id, edge.downstream_column
    LIMIT %(limit)s
) AS edge
ORDER BY last_day DESC, upstream_id, upstream_column, downstream_id, downstream_column, subtype;

-- :name column_edges_between
SELECT edge.upstream_id, upstream_column, edge.downstream_id, nullif(downstream_column, '') AS downstream_column, subtype,
       subtype = ANY(%(direct)s) AS direct, edge.kind, first_day, last_day, method, ended
FROM {schema}.column_edge_states AS edge
WHERE edge.upstream_id = ANY(%(object_ids)s) AND edge.downstream_id = ANY(%(object_ids)s)
  AND (%(indirect)s OR subtype = ANY(%(direct)s))
  AND (%(since)s::date IS NULL OR edge.last_day >= %(since)s)
  AND (%(until)s::date IS NULL OR edge.first_day <= %(until)s)
  AND (%(ended)s OR NOT edge.ended)
ORDER BY edge.upstream_id, upstream_column, edge.downstream_id, downstream_column, subtype
LIMIT %(limit)s;

-- :name evidence
-- The statements that make an edge, the latest first. Definitions that Trino told of have nobody who executed them. What
-- is known of a statement is asked for statement by statement: an edge has few of them, and they are many.
SELECT made.statement_id, statement.kind, statement.coverage, made.method, coalesce(told.executions, 0) AS executions,
       coalesce(told.users, '{}') AS users, told.first_seen, told.last_seen, stored.text, statement.namespace,
       statement.session_catalog, statement.session_schema
FROM (
    SELECT DISTINCT made.statement_id, made.method, made.since, made.until
    FROM {schema}.statement_edges AS made
    WHERE made.upstream_id = %(upstream_id)s AND made.downstream_id = %(downstream_id)s
      AND (%(upstream_column)s::text IS NULL
           OR EXISTS (SELECT FROM {schema}.statement_column_edges AS flow
                      WHERE flow.statement_id = made.statement_id AND flow.upstream_id = made.source_id
                        AND flow.downstream_id = made.target_id AND flow.upstream_column = %(upstream_column)s
                        AND flow.downstream_column = coalesce(%(downstream_column)s, '')))
) AS made
JOIN {schema}.statements AS statement USING (statement_id)
LEFT JOIN {schema}.query_texts AS stored ON stored.text_id = statement.text_id
CROSS JOIN LATERAL (
    SELECT sum(executions)::bigint AS executions, min(first_seen) AS first_seen, max(last_seen) AS last_seen,
           (array_agg(DISTINCT user_name ORDER BY user_name) FILTER (WHERE user_name IS NOT NULL))[1:20] AS users
    FROM (
        SELECT executions, user_name, first_seen, last_seen
        FROM {schema}.statement_days AS days
        WHERE days.statement_id = made.statement_id
          AND {schema}.counts(statement.effect, days.state, days.outcome)
        UNION ALL
        SELECT 0, NULL, first_seen, last_seen
        FROM {schema}.view_definitions AS defined
        WHERE defined.statement_id = made.statement_id
    ) AS days
    WHERE days.first_seen <= coalesce(made.until, 'infinity') AND days.last_seen >= coalesce(made.since, '-infinity')
) AS told
WHERE told.last_seen IS NOT NULL
ORDER BY told.last_seen DESC, made.statement_id
LIMIT %(limit)s;

-- :name direct_columns
-- Columns into which a column flows in these statements, for highlighting where an expression stands. The upstream object
-- may have had another name then.
SELECT DISTINCT statement_id, downstream_column
FROM {schema}.statement_column_edges
WHERE statement_id = ANY(%(statement_ids)s) AND downstream_column <> ''
  AND upstream_id IN (SELECT %(upstream_id)s UNION ALL
                      SELECT old_id FROM {schema}.object_renames WHERE new_id = %(upstream_id)s)
  AND (%(upstream_column)s::text IS NULL OR upstream_column = %(upstream_column)s)
  AND (%(downstream_column)s::text IS NULL OR downstream_column = %(downstream_column)s)
ORDER BY statement_id, downstream_column;
