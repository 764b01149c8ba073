-- What the tracker says that it asked itself.
SELECT query_id FROM omd.own_queries WHERE cluster = 'trino'
