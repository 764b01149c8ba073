-- What operators change. Each change is recorded in its own transaction.

-- :name record
INSERT INTO {schema}.operator_actions (actor, origin, action, subject, affected)
VALUES (%(actor)s, %(origin)s, %(action)s, %(subject)s, %(affected)s);

-- :name actions
SELECT acted_at, actor, origin, action, subject, affected
FROM {schema}.operator_actions
ORDER BY action_id DESC
LIMIT %(limit)s;

-- :name requeue
-- Due at once, as if it had never been tried. What a worker holds now stays with it.
UPDATE {schema}.outbox
SET state = 'PENDING', attempts = 0, reason = NULL, next_attempt_at = now(), updated_at = now()
WHERE state = ANY(%(states)s)
  AND (%(sink)s::text IS NULL OR sink = %(sink)s)
  AND (%(kind)s::text IS NULL OR kind = %(kind)s)
  AND (%(entity)s::text IS NULL OR entity = %(entity)s)
  AND (lease_until IS NULL OR lease_until < now());

-- :name drop
-- The row stays: a message that is enqueued again needs a generation that no receiver has seen.
UPDATE {schema}.outbox
SET state = 'SETTLED', reason = 'dropped', attempts = 0, claimed_by = NULL, lease_until = NULL, updated_at = now()
WHERE state = ANY(%(states)s)
  AND (%(sink)s::text IS NULL OR sink = %(sink)s)
  AND (%(kind)s::text IS NULL OR kind = %(kind)s)
  AND (%(entity)s::text IS NULL OR entity = %(entity)s)
  AND (lease_until IS NULL OR lease_until < now());

-- :name resume
UPDATE {schema}.sinks SET halted_reason = NULL, halted_at = NULL WHERE sink = %(sink)s AND halted_reason IS NOT NULL;
