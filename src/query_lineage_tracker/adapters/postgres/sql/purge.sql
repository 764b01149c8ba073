-- Data of a user or of days leave for good. Derived again are counters, edges and column edges, by the steps of save.sql.

-- :name count
-- What `take` and its companions would take. What nobody else uses is found by counting: it has no more uses than leave.
WITH chosen AS MATERIALIZED (
    SELECT cluster, query_id, statement_id, text_id, prepared_text_id
    FROM {schema}.trino_queries_history
    WHERE capture <> 'OPEN'
      AND (%(user)s::text IS NULL OR %(user)s IN (user_name, original_user, principal))
      AND query_id >= %(lowest)s AND query_id < %(highest)s
      AND (%(since)s::date IS NULL OR (created AT TIME ZONE 'UTC')::date >= %(since)s)
      AND (%(until)s::date IS NULL OR (created AT TIME ZONE 'UTC')::date < %(until)s)
), counters AS MATERIALIZED (
    SELECT statement_id
    FROM {schema}.statement_days AS days
    WHERE (%(user)s::text IS NULL OR user_name = %(user)s) AND day IN (SELECT day FROM {schema}.dropped_days)
      AND (%(since)s::date IS NULL OR day >= %(since)s) AND (%(until)s::date IS NULL OR day < %(until)s)
), leaving AS MATERIALIZED (
    SELECT statement_id, count(*) FILTER (WHERE NOT is_counter) AS executions,
           count(*) FILTER (WHERE is_counter) AS counters
    FROM (SELECT statement_id, false FROM chosen UNION ALL SELECT statement_id, true FROM counters)
        AS parts (statement_id, is_counter)
    GROUP BY statement_id
), executed AS (
    SELECT statement_id, count(*) AS executions
    FROM leaving
    JOIN {schema}.trino_queries_history USING (statement_id)
    GROUP BY statement_id
), empty AS MATERIALIZED (
    SELECT statement_id
    FROM leaving
    LEFT JOIN executed USING (statement_id)
    WHERE leaving.executions = coalesce(executed.executions, 0)
      AND leaving.counters = (SELECT count(*) FROM {schema}.statement_days AS days
                              WHERE days.statement_id = leaving.statement_id
                                AND day IN (SELECT day FROM {schema}.dropped_days))
      AND NOT EXISTS (SELECT FROM {schema}.view_definitions AS defined
                      WHERE defined.statement_id = leaving.statement_id)
), leaving_texts AS MATERIALIZED (
    SELECT text_id, sum(uses) AS uses
    FROM (SELECT text_id, 1 FROM chosen
          UNION ALL SELECT prepared_text_id, 1 FROM chosen WHERE prepared_text_id IS NOT NULL
          UNION ALL SELECT text_id, 0 FROM {schema}.statements JOIN empty USING (statement_id))
        AS parts (text_id, uses)
    GROUP BY text_id
), used_texts AS (
    SELECT text_id, count(*) AS uses
    FROM leaving_texts
    JOIN (SELECT text_id FROM {schema}.trino_queries_history
          UNION ALL
          SELECT prepared_text_id FROM {schema}.trino_queries_history WHERE prepared_text_id IS NOT NULL) AS used
        USING (text_id)
    GROUP BY text_id
)
SELECT (SELECT count(*) FROM chosen) AS executions,
       (SELECT count(*) FROM counters) AS counters,
       (SELECT count(*) FROM empty) AS statements,
       (SELECT count(*) FROM leaving_texts LEFT JOIN used_texts USING (text_id)
        WHERE leaving_texts.uses = coalesce(used_texts.uses, 0)) AS texts,
       (SELECT count(*) FROM {schema}.claims AS claim
        WHERE EXISTS (SELECT FROM chosen WHERE (chosen.cluster, chosen.query_id) = (claim.cluster, claim.query_id))
           OR (%(user)s::text IS NULL
               AND (%(since)s::date IS NULL OR event_time >= %(since)s::timestamp AT TIME ZONE 'UTC')
               AND (%(until)s::date IS NULL OR event_time < %(until)s::timestamp AT TIME ZONE 'UTC'))) AS claims,
       (SELECT count(*) FROM {schema}.quarantine
        WHERE (%(user)s::text IS NULL OR position(to_json(%(user)s::text)::text IN payload) > 0)
          AND (%(since)s::date IS NULL OR recorded_at >= %(since)s::timestamp AT TIME ZONE 'UTC')
          AND (%(until)s::date IS NULL OR recorded_at < %(until)s::timestamp AT TIME ZONE 'UTC')) AS quarantined;

-- :name begin
INSERT INTO {schema}.operator_actions (actor, origin, action, subject, affected)
VALUES (%(actor)s, %(origin)s, 'PURGE', %(subject)s, 0)
RETURNING action_id;

-- :name add_to_record
UPDATE {schema}.operator_actions SET affected = affected + %(affected)s WHERE action_id = %(record)s;

-- :name clusters
SELECT cluster, namespace FROM {schema}.clusters ORDER BY cluster;

-- :name lock
-- All of them: what leaves may be a text that another cluster's batch has just found.
SELECT FROM {schema}.clusters ORDER BY cluster FOR UPDATE;

-- :name create_table
CREATE TEMPORARY TABLE IF NOT EXISTS qlt_purged (
    query_id text COLLATE "C", statement_id uuid, text_id uuid, prepared_text_id uuid, day date
) ON COMMIT DELETE ROWS;

-- :name find
-- Without locks: looking for a user reads all of the history once.
SELECT query_id
FROM {schema}.trino_queries_history
WHERE cluster = %(cluster)s AND capture <> 'OPEN'
  AND (%(user)s::text IS NULL OR %(user)s IN (user_name, original_user, principal))
  AND query_id > %(after)s AND query_id >= %(lowest)s AND query_id < %(highest)s
  AND (%(since)s::date IS NULL OR (created AT TIME ZONE 'UTC')::date >= %(since)s)
  AND (%(until)s::date IS NULL OR (created AT TIME ZONE 'UTC')::date < %(until)s)
ORDER BY query_id
LIMIT %(limit)s;

-- :name take
WITH taken AS (
    DELETE FROM {schema}.trino_queries_history
    WHERE cluster = %(cluster)s AND query_id = ANY(%(found)s) AND query_id BETWEEN %(first)s AND %(last)s
    RETURNING query_id, statement_id, text_id, prepared_text_id, (created AT TIME ZONE 'UTC')::date
)
INSERT INTO qlt_purged (query_id, statement_id, text_id, prepared_text_id, day) SELECT * FROM taken;

-- :name find_counters
SELECT DISTINCT statement_id
FROM {schema}.statement_days AS days JOIN {schema}.statements AS statement USING (statement_id)
WHERE statement.namespace = %(namespace)s AND (%(user)s::text IS NULL OR user_name = %(user)s)
  AND day IN (SELECT day FROM {schema}.dropped_days)
  AND (%(since)s::date IS NULL OR day >= %(since)s) AND (%(until)s::date IS NULL OR day < %(until)s)
LIMIT %(limit)s;

-- :name take_counters
-- Of days whose history is gone nothing can be counted again: what is counted for the user leaves.
WITH taken AS (
    DELETE FROM {schema}.statement_days
    WHERE statement_id = ANY(%(found)s) AND (%(user)s::text IS NULL OR user_name = %(user)s)
      AND day IN (SELECT day FROM {schema}.dropped_days)
      AND (%(since)s::date IS NULL OR day >= %(since)s) AND (%(until)s::date IS NULL OR day < %(until)s)
    RETURNING statement_id, day
)
INSERT INTO qlt_purged (statement_id, day) SELECT * FROM taken;

-- :name take_claims
DELETE FROM {schema}.claims WHERE cluster = %(cluster)s AND query_id IN (SELECT query_id FROM qlt_purged);

-- :name take_claims_of_days
DELETE FROM {schema}.claims
WHERE cluster = %(cluster)s AND %(user)s::text IS NULL
  AND (%(since)s::date IS NULL OR event_time >= %(since)s::timestamp AT TIME ZONE 'UTC')
  AND (%(until)s::date IS NULL OR event_time < %(until)s::timestamp AT TIME ZONE 'UTC');

-- :name take_quarantined
DELETE FROM {schema}.quarantine
WHERE cluster = %(cluster)s AND (%(user)s::text IS NULL OR position(to_json(%(user)s::text)::text IN payload) > 0)
  AND (%(since)s::date IS NULL OR recorded_at >= %(since)s::timestamp AT TIME ZONE 'UTC')
  AND (%(until)s::date IS NULL OR recorded_at < %(until)s::timestamp AT TIME ZONE 'UTC');

-- :name find_days
INSERT INTO qlt_recount (statement_id, day) SELECT DISTINCT statement_id, day FROM qlt_purged;

-- :name empty_statements
SELECT statement_id
FROM (SELECT DISTINCT statement_id FROM qlt_purged) AS purged
WHERE NOT EXISTS (SELECT FROM {schema}.statement_days AS days WHERE days.statement_id = purged.statement_id)
  AND NOT EXISTS (SELECT FROM {schema}.view_definitions AS defined WHERE defined.statement_id = purged.statement_id)
  AND NOT EXISTS (SELECT FROM {schema}.trino_queries_history AS history
                  WHERE history.statement_id = purged.statement_id);

-- :name note_texts
INSERT INTO qlt_purged (text_id) SELECT text_id FROM {schema}.statements WHERE statement_id = ANY(%(statement_ids)s);

-- :name replace_texts
-- A text that stands for a statement others have executed as well gives way to one of theirs. What was told of its cost, or
-- may have been, is not told again under the other one.
WITH replaced AS (
    UPDATE {schema}.statements AS statement
    SET text_id = other.text_id,
        error_line = CASE WHEN error_line IS NOT NULL THEN 0 END,
        error_column = CASE WHEN error_column IS NOT NULL THEN 0 END
    FROM (SELECT DISTINCT statement_id, text_id FROM qlt_purged WHERE text_id IS NOT NULL) AS purged
    CROSS JOIN LATERAL (
        SELECT history.text_id
        FROM {schema}.trino_queries_history AS history
        WHERE history.statement_id = purged.statement_id AND history.prepared_text_id IS NULL
        ORDER BY history.query_id DESC
        LIMIT 1
    ) AS other
    WHERE statement.statement_id = purged.statement_id AND statement.text_id = purged.text_id
      AND NOT EXISTS (SELECT FROM {schema}.trino_queries_history AS history WHERE history.text_id = purged.text_id)
    RETURNING purged.text_id AS old_id, other.text_id AS new_id
)
INSERT INTO {schema}.outbox (sink, kind, entity, state, settled_generation, announced_at, reason)
SELECT DISTINCT sink, kind, new_id || ':' || split_part(entity, ':', 2), 'SETTLED', 1, now(), 'told of another text'
FROM replaced JOIN {schema}.outbox ON kind = 'COST' AND split_part(entity, ':', 1) = old_id::text
ORDER BY 1, 2, 3
ON CONFLICT DO NOTHING;

-- :name forget_texts
DELETE FROM {schema}.query_texts AS stored
USING (SELECT text_id FROM qlt_purged UNION SELECT prepared_text_id FROM qlt_purged) AS purged
WHERE stored.text_id = purged.text_id
  AND NOT EXISTS (SELECT FROM {schema}.statements WHERE statements.text_id = purged.text_id)
  AND NOT EXISTS (SELECT FROM {schema}.trino_queries_history AS history WHERE history.text_id = purged.text_id)
  AND NOT EXISTS (SELECT FROM {schema}.trino_queries_history AS history
                  WHERE history.prepared_text_id = purged.text_id);

-- :name forget_calls
-- They hold texts and users as they were sent.
DELETE FROM {schema}.delivery_calls
WHERE kind IN ('QUERY', 'TEXT') AND split_part(entity, ':', 1) IN (SELECT statement_id::text FROM qlt_purged);

-- :name forget_sent
DELETE FROM {schema}.sent WHERE kind IN ('QUERY', 'TEXT') AND split_part(entity, ':', 1) = ANY(%(entities)s);
