-- Messages that tell the texts of statements besides their representative ones.

-- :name enqueue
-- What an EXECUTE ran is told by the representative text only. A text is told again when its statement was: somebody else
-- has executed that, or it uses other objects.
WITH ran AS (
    SELECT DISTINCT statement_id, history.text_id
    FROM {schema}.trino_queries_history AS history JOIN {schema}.statements AS statement USING (statement_id)
    WHERE query_id >= %(first_id)s AND query_id < %(last_id)s AND history.text_id <> statement.text_id
      AND prepared_text_id IS NULL AND capture <> 'OPEN' AND {schema}.counts(statement.effect, state, outcome)
), untold AS (
    SELECT statement_id || ':' || text_id AS entity
    FROM ran
    JOIN {schema}.outbox AS told ON told.sink = %(sink)s AND told.kind = 'QUERY' AND told.entity = statement_id::text
    WHERE NOT EXISTS (SELECT FROM {schema}.outbox AS message
                      WHERE message.sink = %(sink)s AND message.kind = 'TEXT'
                        AND message.entity = statement_id || ':' || text_id
                        AND message.enqueued_at >= told.enqueued_at)
)
INSERT INTO {schema}.outbox AS message (sink, kind, entity)
SELECT %(sink)s, 'TEXT', entity
FROM untold
ORDER BY entity
ON CONFLICT (sink, kind, entity) DO UPDATE
SET generation = message.generation + 1, state = 'PENDING', attempts = 0, reason = NULL, enqueued_at = now(),
    updated_at = now(),
    next_attempt_at = CASE WHEN message.lease_until > now() THEN message.next_attempt_at ELSE now() END;

-- :name days
SELECT DISTINCT day FROM {schema}.statement_days ORDER BY day;
