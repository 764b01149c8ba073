-- Calls that changed something at receivers.

-- :name insert
INSERT INTO {schema}.delivery_calls (sink, kind, entity, generation, attempt, called_at, method, path, body_digest,
    body_bytes, body, status, answer, duration_ms)
SELECT *
FROM unnest(%(sink)s::text[], %(kind)s::text[], %(entity)s::text[], %(generation)s::bigint[],
            %(attempt)s::integer[], %(called_at)s::timestamptz[], %(method)s::text[], %(path)s::text[],
            %(digest)s::bytea[], %(size)s::integer[], %(body)s::text[], %(status)s::smallint[], %(answer)s::text[],
            %(duration_ms)s::integer[]);

-- :name forget_beyond
-- Ids may have holes, so this keeps at most as many rows, and finds them by the key alone.
DELETE FROM {schema}.delivery_calls WHERE call_id <= (SELECT max(call_id) FROM {schema}.delivery_calls) - %(rows)s;

-- :name forget_older
DELETE FROM {schema}.delivery_calls WHERE called_at < now() - make_interval(days => %(days)s);
