-- Messages that tell how often objects were used, day by day.

-- :name enqueue
-- The earliest day of which something is untold, of all objects that it can be told of, once all earlier days are told:
-- what a parked message waits for holds back its own object only. What was told of a day before its end is not its total.
WITH used AS (
    SELECT DISTINCT object_id, day
    FROM (
        SELECT DISTINCT statement_id, day
        FROM {schema}.counted_days
        WHERE day BETWEEN %(first_day)s AND %(last_day)s
    ) AS days
    JOIN {schema}.statement_objects USING (statement_id)
    JOIN {schema}.trino_query_objects AS object USING (object_id)
    WHERE NOT object.is_system
), messages AS (
    SELECT entity, state, enqueued_at, split_part(entity, ':', 1)::bigint AS object_id
    FROM {schema}.outbox
    WHERE sink = %(sink)s AND kind = 'USAGE'
), untold AS (
    SELECT object_id, day, object_id || ':' || to_char(day, 'YYYY-MM-DD') AS entity
    FROM used
    WHERE NOT EXISTS (SELECT FROM messages
                      WHERE messages.entity = used.object_id || ':' || to_char(used.day, 'YYYY-MM-DD')
                        AND messages.enqueued_at >= (used.day + 1)::timestamp AT TIME ZONE 'UTC')
      AND NOT EXISTS (SELECT FROM messages WHERE messages.object_id = used.object_id AND state = 'PARKED')
)
INSERT INTO {schema}.outbox AS message (sink, kind, entity, enqueued_at)
SELECT %(sink)s, 'USAGE', entity, coalesce(%(now)s::timestamptz, now())
FROM untold
WHERE day = (SELECT min(day) FROM untold) AND NOT EXISTS (SELECT FROM messages WHERE state = 'PENDING')
ORDER BY entity
ON CONFLICT (sink, kind, entity) DO UPDATE
SET generation = message.generation + 1, state = 'PENDING', attempts = 0, reason = NULL,
    enqueued_at = excluded.enqueued_at, updated_at = now(),
    next_attempt_at = CASE WHEN message.lease_until > now() THEN message.next_attempt_at ELSE now() END;

-- :name enqueue_today
-- What was used since it was last told, once the day before is told: an execution may be saved some minutes after it began.
WITH used AS (
    SELECT object_id || ':' || to_char(day, 'YYYY-MM-DD') AS entity, object_id, max(days.last_seen) AS last_seen
    FROM {schema}.counted_days AS days
    JOIN {schema}.statement_objects USING (statement_id)
    JOIN {schema}.trino_query_objects AS object USING (object_id)
    WHERE day = (coalesce(%(now)s::timestamptz, now()) AT TIME ZONE 'UTC')::date AND day = %(last_day)s::date + 1
      AND NOT object.is_system
    GROUP BY object_id, day
), messages AS (
    SELECT entity, state, enqueued_at, split_part(entity, ':', 1)::bigint AS object_id
    FROM {schema}.outbox
    WHERE sink = %(sink)s AND kind = 'USAGE'
)
INSERT INTO {schema}.outbox AS message (sink, kind, entity, enqueued_at)
SELECT %(sink)s, 'USAGE', entity, coalesce(%(now)s::timestamptz, now())
FROM used
WHERE NOT EXISTS (SELECT FROM messages
                  WHERE messages.entity = used.entity
                    AND (messages.enqueued_at > coalesce(%(now)s::timestamptz, now()) - %(every)s::interval
                         OR used.last_seen < messages.enqueued_at - interval '10 minutes'))
  AND NOT EXISTS (SELECT FROM messages WHERE messages.object_id = used.object_id AND state = 'PARKED')
ORDER BY entity
ON CONFLICT (sink, kind, entity) DO UPDATE
SET generation = message.generation + 1, state = 'PENDING', attempts = 0, reason = NULL,
    enqueued_at = excluded.enqueued_at, updated_at = now(),
    next_attempt_at = CASE WHEN message.lease_until > now() THEN message.next_attempt_at ELSE now() END;

-- :name waiting
SELECT EXISTS (SELECT FROM {schema}.outbox WHERE sink = %(sink)s AND kind = 'USAGE' AND state = 'PENDING');

-- :name expire
-- Days that are too old to be told. What was never told of them is still in the view usage_by_day.
WITH old AS (
    DELETE FROM {schema}.outbox
    WHERE sink = %(sink)s AND kind = 'USAGE' AND split_part(entity, ':', 2) < to_char(%(first_day)s::date, 'YYYY-MM-DD')
      AND (lease_until IS NULL OR lease_until < now())
    RETURNING entity, state
), forgotten AS (
    DELETE FROM {schema}.sent USING old
    WHERE sent.sink = %(sink)s AND sent.kind = 'USAGE' AND sent.entity = old.entity
)
SELECT count(*) FILTER (WHERE state <> 'SETTLED') FROM old;
