-- How the tracker stands, asked once a minute: nothing here counts what is settled, or reads the history.

-- :name sinks
-- Each count reads an index of those that wait, or of those that are dead.
SELECT known.sink, counted.pending, counted.parked, dead.messages,
       coalesce(extract(epoch FROM now() - counted.oldest), 0)::double precision, halted_reason IS NOT NULL
FROM unnest(%(sinks)s::text[]) AS known (sink)
LEFT JOIN {schema}.sinks USING (sink)
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE state = 'PENDING') AS pending, count(*) FILTER (WHERE state = 'PARKED') AS parked,
           min(enqueued_at) FILTER (WHERE state = 'PENDING') AS oldest
    FROM {schema}.outbox AS message
    WHERE message.sink = known.sink AND state IN ('PENDING', 'PARKED')
) AS counted
CROSS JOIN LATERAL (
    SELECT count(*) AS messages FROM {schema}.outbox AS message WHERE message.sink = known.sink AND state = 'DEAD'
) AS dead
ORDER BY known.sink;

-- :name sources
SELECT state.cluster, state.source, state.watermark, last.ended_at
FROM {schema}.ingest_state AS state
LEFT JOIN LATERAL (
    SELECT ended_at
    FROM {schema}.runs
    WHERE runs.cluster = state.cluster AND runs.source = state.source AND error IS NULL AND ended_at IS NOT NULL
    ORDER BY started_at DESC
    LIMIT 1
) AS last ON true
WHERE state.cluster = ANY(%(clusters)s)
ORDER BY state.cluster, state.source;

-- :name quarantined
SELECT known.cluster, count(quarantine_id)
FROM unnest(%(clusters)s::text[]) AS known (cluster)
LEFT JOIN {schema}.quarantine AS row ON row.cluster = known.cluster AND replayed_at IS NULL
GROUP BY known.cluster
ORDER BY known.cluster;
