-- What is about to be sent and must not be sent twice. Only who holds the claim may say so.

-- :name announce
UPDATE {schema}.outbox
SET announced_at = now()
WHERE sink = %(sink)s AND kind = %(kind)s AND entity = %(entity)s AND lease_until = %(lease_until)s
  AND announced_at IS NULL;

-- :name retract
UPDATE {schema}.outbox
SET announced_at = NULL
WHERE sink = %(sink)s AND kind = %(kind)s AND entity = %(entity)s AND lease_until = %(lease_until)s;
