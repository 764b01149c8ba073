SELECT started_at, ended_at, error FROM omd.runs WHERE cluster = 'trino' AND source = 'trino' ORDER BY started_at
