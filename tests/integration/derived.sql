-- Rows where what is stored differs from what its facts say; there must be none.

(SELECT 'days missing' AS problem, history.*::text AS row FROM (
    SELECT statement_id, (created AT TIME ZONE 'UTC')::date AS day, user_name, state, coalesce(outcome, 'NONE') AS outcome,
           count(*) AS executions, min(created) AS first_seen, max(created) AS last_seen
    FROM omd.trino_queries_history WHERE capture <> 'OPEN' GROUP BY 1, 2, 3, 4, 5
    EXCEPT SELECT * FROM omd.statement_days
) AS history)
UNION ALL
(SELECT 'days too many', days.*::text FROM (
    SELECT * FROM omd.statement_days
    EXCEPT
    SELECT statement_id, (created AT TIME ZONE 'UTC')::date, user_name, state, coalesce(outcome, 'NONE'), count(*),
           min(created), max(created)
    FROM omd.trino_queries_history WHERE capture <> 'OPEN' GROUP BY 1, 2, 3, 4, 5
) AS days)
UNION ALL
(SELECT 'edges differ', edge.*::text FROM (
    (SELECT upstream_id, downstream_id, kind, first_seen, last_seen, certain, method FROM omd.edges
     EXCEPT
     SELECT upstream_id, downstream_id, kind, min(greatest(first_seen, since)), max(least(last_seen, until)),
            bool_or(outcome = 'COMMITTED'), omd.joined_method(bool_or(method <> 'PARSED'), bool_or(method <> 'ENGINE'))
     FROM omd.statement_edges JOIN omd.evidence USING (statement_id)
     WHERE first_seen <= coalesce(until, 'infinity') AND last_seen >= coalesce(since, '-infinity') GROUP BY 1, 2, 3)
    UNION ALL
    (SELECT upstream_id, downstream_id, kind, min(greatest(first_seen, since)), max(least(last_seen, until)),
            bool_or(outcome = 'COMMITTED'), omd.joined_method(bool_or(method <> 'PARSED'), bool_or(method <> 'ENGINE'))
     FROM omd.statement_edges JOIN omd.evidence USING (statement_id)
     WHERE first_seen <= coalesce(until, 'infinity') AND last_seen >= coalesce(since, '-infinity') GROUP BY 1, 2, 3
     EXCEPT
     SELECT upstream_id, downstream_id, kind, first_seen, last_seen, certain, method FROM omd.edges)
) AS edge)
UNION ALL
(SELECT 'column edges differ', edge.*::text FROM (
    (SELECT upstream_id, upstream_column, downstream_id, downstream_column, subtype, kind, first_day, last_day, method
     FROM omd.column_edges
     EXCEPT
     SELECT made.upstream_id, upstream_column, made.downstream_id, downstream_column, subtype, made.kind, min(day), max(day),
            omd.joined_method(bool_or(flow.method <> 'PARSED'), bool_or(flow.method <> 'ENGINE'))
     FROM omd.statement_column_edges AS flow
     JOIN omd.statement_edges AS made ON (made.statement_id, made.source_id, made.target_id)
                                       = (flow.statement_id, flow.upstream_id, flow.downstream_id)
     JOIN omd.evidence ON evidence.statement_id = flow.statement_id
     WHERE first_seen <= coalesce(until, 'infinity') AND last_seen >= coalesce(since, '-infinity') GROUP BY 1, 2, 3, 4, 5, 6)
    UNION ALL
    (SELECT made.upstream_id, upstream_column, made.downstream_id, downstream_column, subtype, made.kind, min(day), max(day),
            omd.joined_method(bool_or(flow.method <> 'PARSED'), bool_or(flow.method <> 'ENGINE'))
     FROM omd.statement_column_edges AS flow
     JOIN omd.statement_edges AS made ON (made.statement_id, made.source_id, made.target_id)
                                       = (flow.statement_id, flow.upstream_id, flow.downstream_id)
     JOIN omd.evidence ON evidence.statement_id = flow.statement_id
     WHERE first_seen <= coalesce(until, 'infinity') AND last_seen >= coalesce(since, '-infinity') GROUP BY 1, 2, 3, 4, 5, 6
     EXCEPT
     SELECT upstream_id, upstream_column, downstream_id, downstream_column, subtype, kind, first_day, last_day, method
     FROM omd.column_edges)
) AS edge)
UNION ALL
(SELECT 'edge of a statement that does not make it', edges.*::text FROM omd.edges
 WHERE NOT EXISTS (SELECT FROM omd.statement_edges AS made
                   WHERE (made.statement_id, made.upstream_id, made.downstream_id, made.kind)
                       = (edges.last_statement_id, edges.upstream_id, edges.downstream_id, edges.kind)))
UNION ALL
(SELECT 'sums differ', sums.day::text FROM omd.day_sums AS sums
 WHERE NOT EXISTS (SELECT FROM omd.statement_days AS days WHERE days.day = sums.day
                   HAVING (sum(executions), coalesce(sum(executions) FILTER (WHERE state = 'FAILED'), 0))
                        = (sums.executions, sums.failed))
    OR EXISTS (SELECT user_name, sum(executions)::bigint FROM omd.statement_days AS days WHERE days.day = sums.day GROUP BY 1
               EXCEPT SELECT unnest(users), unnest(user_executions))
    OR EXISTS (SELECT object_id, sum(executions)::bigint
               FROM omd.statement_days AS days
               JOIN (SELECT DISTINCT statement_id, object_id FROM omd.statement_objects) AS used USING (statement_id)
               WHERE days.day = sums.day GROUP BY 1
               EXCEPT SELECT unnest(objects), unnest(object_executions)))
UNION ALL
(SELECT 'orphan', query_id FROM omd.trino_queries_history AS history
 WHERE NOT EXISTS (SELECT FROM omd.statements WHERE statements.statement_id = history.statement_id)
    OR NOT EXISTS (SELECT FROM omd.query_texts WHERE query_texts.text_id = history.text_id))
UNION ALL
(SELECT 'edge that was not told', state.*::text FROM omd.edge_states AS state
 WHERE NOT ended AND NOT EXISTS (SELECT FROM omd.outbox WHERE kind = 'LINEAGE' AND entity = upstream_id || ':' || downstream_id));
