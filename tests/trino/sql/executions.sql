-- What the history holds of each query.
SELECT query_id, user_name, source, session_catalog, session_schema, state, capture, lost_reason, outcome
FROM omd.trino_queries_history
WHERE cluster = 'trino'
