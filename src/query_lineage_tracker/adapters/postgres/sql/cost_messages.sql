-- Messages that tell what executions cost, day by day. A day is told once, ever: what comes to it later is not told.

-- :name enqueue
-- Of texts that the sink knows as queries: those of whose statements one has arrived.
WITH known AS MATERIALIZED (
    SELECT statement_id, text_id
    FROM {schema}.outbox AS told JOIN {schema}.statements ON statement_id::text = told.entity
    WHERE told.sink = %(sink)s AND told.kind = 'QUERY' AND settled_generation > 0
), ran AS (
    SELECT DISTINCT known.text_id || ':' || to_char(day, 'YYYY-MM-DD') AS entity
    FROM {schema}.statement_days JOIN known USING (statement_id)
    WHERE day BETWEEN %(first_day)s AND %(last_day)s
)
INSERT INTO {schema}.outbox (sink, kind, entity)
SELECT %(sink)s, 'COST', entity
FROM ran
ORDER BY entity
ON CONFLICT DO NOTHING;

-- :name expire
-- Long after a day may last be enqueued: a clock that goes back must not make it new.
WITH old AS (
    DELETE FROM {schema}.outbox
    WHERE sink = %(sink)s AND kind = 'COST' AND (lease_until IS NULL OR lease_until < now())
      AND split_part(entity, ':', 2) < to_char(%(first_day)s::date - 30, 'YYYY-MM-DD')
    RETURNING entity
)
DELETE FROM {schema}.sent USING old WHERE sent.sink = %(sink)s AND sent.kind = 'COST' AND sent.entity = old.entity;
