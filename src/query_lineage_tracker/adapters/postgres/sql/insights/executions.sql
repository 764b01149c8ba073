-- The last executions of statements.

-- :name last_executions
-- By statement and user (of any user: null). The bounds of all are told apart from those of each: partitions outside of
-- them are then not even planned for.
SELECT asked.place, last.*
FROM unnest(%(statement_ids)s::uuid[], %(users)s::text[], %(firsts)s::text[], %(lasts)s::text[])
    WITH ORDINALITY AS asked (statement_id, user_name, first, last, place)
CROSS JOIN LATERAL (
    SELECT cluster, query_id, history.user_name AS "user", source, claimed_by,
           coalesce(prepared_text_id, text_id) AS text_id
    FROM {schema}.trino_queries_history AS history
    WHERE history.statement_id = asked.statement_id AND (asked.user_name IS NULL OR history.user_name = asked.user_name)
      AND (state = 'FINISHED' OR outcome = 'UNCERTAIN') AND query_id >= asked.first AND query_id < asked.last
      AND query_id >= %(lowest)s AND query_id < %(highest)s
    ORDER BY query_id DESC
    LIMIT 1
) AS last
ORDER BY asked.place;

-- :name texts
SELECT text_id, text FROM {schema}.query_texts WHERE text_id = ANY(%(text_ids)s);
