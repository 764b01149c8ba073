-- What ingest asks and records outside of a batch.

-- :name state
SELECT watermark, position FROM {schema}.ingest_state WHERE cluster = %(cluster)s AND source = %(source)s;

-- :name open_queries
SELECT query_id FROM {schema}.trino_queries_history WHERE cluster = %(cluster)s AND capture = 'OPEN';

-- :name own_queries
-- Trino forgets within hours; what is older need not be recognised any more.
SELECT query_id FROM {schema}.own_queries
WHERE cluster = %(cluster)s AND recorded_at > now() - interval '7 days'
  AND query_id >= to_char((now() AT TIME ZONE 'UTC') - interval '8 days', 'YYYYMMDD');

-- :name record_own_query
INSERT INTO {schema}.own_queries (cluster, query_id) VALUES (%(cluster)s, %(query_id)s) ON CONFLICT DO NOTHING;

-- :name known_statements
SELECT statement_id, effect, analyzer, kind,
       (SELECT min(known_at) FROM {schema}.statements_on_other_columns AS other
        WHERE other.statement_id = statements.statement_id) AS columns_changed,
       engine_digest, engine_at
FROM {schema}.statements
WHERE statement_id = ANY(%(statement_ids)s);

-- :name begin_run
INSERT INTO {schema}.runs (cluster, source) VALUES (%(cluster)s, %(source)s) RETURNING run_id;

-- :name end_run
UPDATE {schema}.runs
SET ended_at = now(), inserted = %(inserted)s, advanced = %(advanced)s, rejected = %(rejected)s, lost = %(lost)s,
    gaps = %(gaps)s, statements = %(statements)s, edges = %(edges)s, enqueued = %(enqueued)s, error = %(error)s
WHERE run_id = %(run_id)s;
