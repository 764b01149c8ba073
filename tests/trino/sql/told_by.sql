-- Who told of each query.
SELECT query_id, told_by FROM omd.trino_queries_history WHERE cluster = 'trino'
