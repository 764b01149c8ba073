-- What Trino itself can still be asked about.

-- :name undescribed
-- By the coordinator's own clock: the watermark is the last end that a poll saw.
SELECT history.query_id
FROM {schema}.trino_queries_history AS history
JOIN {schema}.ingest_state AS polled ON polled.cluster = history.cluster AND polled.source = 'trino'
WHERE history.cluster = %(cluster)s
  AND history.ended >= polled.watermark - make_interval(secs => %(remembered_s)s)
  AND history.description IS NULL AND history.outcome IS NOT NULL AND history.capture = 'COMPLETE'
  AND history.told_by @> '{POLL}'
ORDER BY history.ended, history.query_id
LIMIT %(limit)s;
