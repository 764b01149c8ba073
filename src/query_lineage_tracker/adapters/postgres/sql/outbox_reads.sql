-- What an operator sees and does of the outbox. The names of the columns are those that people see.

-- :name sync_status
SELECT message.sink, message.kind, count(*) FILTER (WHERE message.state = 'PENDING') AS pending,
       count(*) FILTER (WHERE message.state = 'PARKED') AS parked, count(*) FILTER (WHERE message.state = 'DEAD') AS dead,
       count(*) FILTER (WHERE message.state = 'SETTLED') AS settled,
       min(message.enqueued_at) FILTER (WHERE message.state IN ('PENDING', 'PARKED')) AS oldest,
       (SELECT max(sent_at) FROM {schema}.sent
        WHERE sent.sink = message.sink AND sent.kind = message.kind) AS last_delivered,
       max(sinks.halted_reason) AS halted
FROM {schema}.outbox AS message
LEFT JOIN {schema}.sinks USING (sink)
GROUP BY message.sink, message.kind
ORDER BY message.sink, message.kind;

-- :name details
SELECT sink, kind, entity, state, generation, settled_generation, attempts, next_attempt_at, reason, enqueued_at,
       message.updated_at, claimed_by, lease_until, announced_at, sent_at, payload AS sent
FROM {schema}.outbox AS message
LEFT JOIN {schema}.sent USING (sink, kind, entity)
WHERE entity = %(entity)s AND (%(sink)s::text IS NULL OR sink = %(sink)s) AND (%(kind)s::text IS NULL OR kind = %(kind)s)
ORDER BY sink, kind;

-- :name calls
SELECT called_at, sink, kind, entity, generation, attempt, method, path, status, duration_ms, answer,
       encode(body_digest, 'hex') AS body_digest, body_bytes, body
FROM {schema}.delivery_calls
WHERE (%(sink)s::text IS NULL OR sink = %(sink)s)
  AND (%(kind)s::text IS NULL OR kind = %(kind)s)
  AND (%(entity)s::text IS NULL OR entity = %(entity)s)
  AND (NOT %(failed)s OR coalesce(status NOT BETWEEN 200 AND 299, true))
ORDER BY call_id DESC
LIMIT %(limit)s;

-- :name count
SELECT sink, kind, state, count(*) AS messages
FROM {schema}.outbox
WHERE state = ANY(%(states)s)
  AND (%(sink)s::text IS NULL OR sink = %(sink)s)
  AND (%(kind)s::text IS NULL OR kind = %(kind)s)
  AND (%(entity)s::text IS NULL OR entity = %(entity)s)
  AND (lease_until IS NULL OR lease_until < now())
GROUP BY sink, kind, state
ORDER BY sink, kind, state;
