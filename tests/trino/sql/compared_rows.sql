-- Every fact of the history, a document a query.
SELECT to_jsonb(history)
FROM omd.trino_queries_history AS history
WHERE cluster = 'trino' AND user_name NOT IN ('query-lineage-tracker', 'readiness')
