-- Pending messages: claimed with a lease, composed from the current state, settled.

-- :name claim
-- What is due, oldest first. A claim is a lease: next_attempt_at is its end, so what a crashed worker held comes back.
-- The usage of an object is told day by day: an earlier day that is not settled holds back the later ones. Whose claim
-- ended without being settled, may have made calls: nobody but the receiver knows, and that is noted among the calls.
WITH due AS (
    SELECT kind, entity, generation, attempts, claimed_by, lease_until
    FROM {schema}.outbox AS message
    WHERE sink = %(sink)s AND state IN ('PENDING', 'PARKED') AND next_attempt_at <= now()
      AND NOT EXISTS (SELECT FROM {schema}.sinks WHERE sinks.sink = %(sink)s AND halted_reason IS NOT NULL)
      AND NOT (kind = 'USAGE' AND EXISTS (
          SELECT
          FROM {schema}.outbox AS earlier
          WHERE earlier.sink = message.sink AND earlier.kind = 'USAGE' AND earlier.state IN ('PENDING', 'PARKED')
            AND earlier.entity >= split_part(message.entity, ':', 1) || ':' AND earlier.entity < message.entity))
    ORDER BY next_attempt_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
), unsettled AS (
    INSERT INTO {schema}.delivery_calls (sink, kind, entity, generation, attempt, called_at, method, path, body_digest,
        body_bytes, body, status, answer, duration_ms)
    SELECT %(sink)s, kind, entity, generation, attempts, lease_until - make_interval(secs => %(seconds)s), 'UNKNOWN', '',
           ''::bytea, 0, '', NULL, 'unknown whether anything was sent and what came back: ' || claimed_by ||
           ' claimed the message until then, and never settled it', (1000 * %(seconds)s)::integer
    FROM due
    WHERE %(noted)s AND claimed_by IS NOT NULL
)
UPDATE {schema}.outbox AS message
SET claimed_by = %(worker)s, lease_until = now() + make_interval(secs => %(seconds)s),
    next_attempt_at = now() + make_interval(secs => %(seconds)s), attempts = message.attempts + 1, updated_at = now()
FROM due
WHERE message.sink = %(sink)s AND message.kind = due.kind AND message.entity = due.entity
RETURNING message.kind, message.entity, message.generation, message.attempts, message.lease_until;

-- :name waiting
SELECT kind, entity, generation, attempts, next_attempt_at
FROM {schema}.outbox
WHERE sink = %(sink)s AND state IN ('PENDING', 'PARKED')
ORDER BY next_attempt_at, kind, entity
LIMIT %(limit)s;

-- :name delivered
-- Usage that was told while its day went on is no total yet: another one follows when the day is over. A page is read in
-- the order of the key from where the last one ended; with = instead of >= (no generation is settled that is still to come)
-- or a join, the planner takes such messages for rare, and reads and sorts all of them for each page.
SELECT kind, entity, generation, attempts, next_attempt_at
FROM {schema}.outbox AS message
WHERE sink = %(sink)s AND kind = %(kind)s AND entity > %(after)s
  AND state = 'SETTLED' AND settled_generation >= generation
  AND CASE WHEN kind = 'USAGE' THEN enqueued_at >= (split_part(entity, ':', 2)::date + 1)::timestamp AT TIME ZONE 'UTC'
           ELSE true END
  AND (SELECT true FROM {schema}.sent
       WHERE (sent.sink, sent.kind, sent.entity) = (message.sink, message.kind, message.entity))
ORDER BY entity
LIMIT %(limit)s;

-- :name told_of_open_days
SELECT count(*)
FROM {schema}.outbox
JOIN {schema}.sent USING (sink, kind, entity)
WHERE sink = %(sink)s AND kind = 'USAGE' AND state = 'SETTLED' AND settled_generation = generation
  AND enqueued_at < (split_part(entity, ':', 2)::date + 1)::timestamp AT TIME ZONE 'UTC';

-- :name of_gone_objects
-- Messages that tell of an object which was dropped or renamed away.
SELECT kind, entity
FROM unnest(%(kinds)s::text[], %(entities)s::text[]) AS wanted (kind, entity)
WHERE CASE kind
      WHEN 'QUERY' THEN EXISTS (
          SELECT FROM {schema}.statement_objects JOIN {schema}.trino_query_objects USING (object_id)
          WHERE statement_id = entity::uuid AND gone)
      WHEN 'TEXT' THEN EXISTS (
          SELECT FROM {schema}.statement_objects JOIN {schema}.trino_query_objects USING (object_id)
          WHERE statement_id = split_part(entity, ':', 1)::uuid AND gone)
      WHEN 'LINEAGE' THEN EXISTS (
          SELECT FROM {schema}.trino_query_objects
          WHERE object_id = ANY(string_to_array(entity, ':')::bigint[]) AND gone)
      WHEN 'USAGE' THEN EXISTS (
          SELECT FROM {schema}.trino_query_objects WHERE object_id = split_part(entity, ':', 1)::bigint AND gone)
      END;

-- :name settle
-- Only claims that are still ours. A generation that moved meanwhile makes the message due at once, whatever came out.
WITH result AS (
    SELECT * FROM unnest(%(sinks)s::text[], %(kinds)s::text[], %(entities)s::text[], %(generations)s::bigint[],
                         %(leases)s::timestamptz[], %(states)s::text[], %(reasons)s::text[], %(pauses)s::float8[],
                         %(tried)s::boolean[])
        AS result (sink, kind, entity, generation, lease_until, state, reason, pause, tried)
), locked AS (
    SELECT sink, kind, entity, result.generation, result.state, result.reason, pause, tried,
           message.generation > result.generation AS moved
    FROM {schema}.outbox AS message JOIN result USING (sink, kind, entity, lease_until)
    ORDER BY sink, kind, entity
    FOR UPDATE OF message
)
UPDATE {schema}.outbox AS message
SET settled_generation = CASE WHEN locked.state = 'SETTLED' THEN locked.generation ELSE message.settled_generation END,
    state = CASE WHEN moved THEN 'PENDING' ELSE locked.state END,
    reason = CASE WHEN moved THEN NULL ELSE locked.reason END,
    attempts = CASE WHEN moved OR locked.state = 'SETTLED' THEN 0
                    WHEN tried THEN message.attempts ELSE greatest(message.attempts - 1, 0) END,
    next_attempt_at = CASE WHEN moved THEN now() ELSE now() + make_interval(secs => pause) END,
    claimed_by = NULL, lease_until = NULL, updated_at = now()
FROM locked
WHERE message.sink = locked.sink AND message.kind = locked.kind AND message.entity = locked.entity;

-- :name remember_sent
INSERT INTO {schema}.sent (sink, kind, entity, payload)
SELECT sink, kind, entity, payload::jsonb
FROM unnest(%(sinks)s::text[], %(kinds)s::text[], %(entities)s::text[], %(payloads)s::text[])
    AS new (sink, kind, entity, payload)
ORDER BY 1, 2, 3
ON CONFLICT (sink, kind, entity) DO UPDATE SET payload = excluded.payload, sent_at = now();

-- :name sent
SELECT kind, entity, payload, sent_at, withdrawn_at
FROM {schema}.sent JOIN unnest(%(kinds)s::text[], %(entities)s::text[]) AS wanted (kind, entity) USING (kind, entity)
WHERE sink = %(sink)s;

-- :name halt
INSERT INTO {schema}.sinks AS stored (sink, halted_reason, halted_at) VALUES (%(sink)s, %(reason)s, now())
ON CONFLICT (sink) DO UPDATE SET halted_reason = excluded.halted_reason, halted_at = now()
WHERE stored.halted_reason IS NULL;

-- :name resume
UPDATE {schema}.sinks SET halted_reason = NULL, halted_at = NULL WHERE sink = %(sink)s AND halted_reason IS NOT NULL;

-- :name halted
SELECT halted_reason FROM {schema}.sinks WHERE sink = %(sink)s;

-- :name query_facts
-- Statements that count, with their representative text; the duration is that of the last execution still stored.
WITH counted AS (
    SELECT statement_id, array_agg(DISTINCT user_name ORDER BY user_name) AS users, min(first_seen) AS first_seen,
           max(last_seen) AS last_seen, sum(executions)::bigint AS executions
    FROM {schema}.counted_days
    WHERE statement_id = ANY(%(statement_ids)s)
    GROUP BY statement_id
)
SELECT statement_id, fingerprint, text, kind, session_catalog, session_schema, users, first_seen, last_seen, executions,
       last_execution.elapsed_ms, coverage
FROM counted
JOIN {schema}.statements USING (statement_id)
JOIN {schema}.query_texts USING (text_id)
LEFT JOIN LATERAL (
    SELECT elapsed_ms
    FROM {schema}.trino_queries_history AS history
    WHERE history.statement_id = counted.statement_id
      AND history.query_id >= to_char(counted.last_seen AT TIME ZONE 'UTC', 'YYYYMMDD')
      AND history.query_id < to_char((counted.last_seen AT TIME ZONE 'UTC')::date + 2, 'YYYYMMDD')
      AND history.capture <> 'OPEN'
    ORDER BY history.query_id DESC
    LIMIT 1
) AS last_execution ON true;

-- :name text_facts
-- One text of a statement, by the executions that are still stored.
SELECT statement_id, fingerprint, text, kind, statement.session_catalog, statement.session_schema, users, first_seen,
       last_seen, executions, elapsed_ms, coverage, wanted.text_id
FROM unnest(%(statement_ids)s::uuid[], %(text_ids)s::uuid[]) AS wanted (statement_id, text_id)
JOIN {schema}.statements AS statement USING (statement_id)
JOIN {schema}.query_texts AS stored ON stored.text_id = wanted.text_id
CROSS JOIN LATERAL (
    SELECT array_agg(DISTINCT user_name ORDER BY user_name) AS users, min(created) AS first_seen,
           max(created) AS last_seen, count(*) AS executions,
           (array_agg(elapsed_ms ORDER BY query_id DESC))[1] AS elapsed_ms
    FROM {schema}.trino_queries_history AS history
    WHERE history.text_id = wanted.text_id AND history.statement_id = wanted.statement_id
      AND prepared_text_id IS NULL AND capture <> 'OPEN' AND {schema}.counts(statement.effect, state, outcome)
    HAVING count(*) > 0
) AS executed;

-- :name cost_facts
-- Of executions whose CPU time is known, of all statements that the text stands for. Senders of events may tell numbers
-- whose sum no bigint holds.
SELECT wanted.text_id, wanted.day, text, statement_ids, executions, cpu_ms, elapsed_ms
FROM unnest(%(text_ids)s::uuid[], %(days)s::date[]) AS wanted (text_id, day)
JOIN {schema}.query_texts USING (text_id)
CROSS JOIN LATERAL (
    SELECT array_agg(DISTINCT statement_id) AS statement_ids, count(*) AS executions,
           least(sum(cpu_ms), %(most)s)::bigint AS cpu_ms,
           least(coalesce(sum(elapsed_ms), 0), %(most)s)::bigint AS elapsed_ms
    FROM {schema}.statements AS statement JOIN {schema}.trino_queries_history AS history USING (statement_id)
    WHERE statement.text_id = wanted.text_id AND capture = 'COMPLETE' AND cpu_ms IS NOT NULL
      AND query_id >= to_char(wanted.day, 'YYYYMMDD') AND query_id < to_char(wanted.day + 1, 'YYYYMMDD')
    HAVING count(*) > 0
) AS executed;

-- :name statement_objects
SELECT statement_id, role, namespace, catalog, schema, name, branch
FROM {schema}.statement_objects JOIN {schema}.trino_query_objects USING (object_id)
WHERE statement_id = ANY(%(statement_ids)s) AND NOT is_system
ORDER BY statement_id, role, catalog, schema, name, branch;

-- :name lineage_facts
-- A pair may have both kinds, when a view became a table or the other way round: the one that was seen last is told.
SELECT DISTINCT ON (upstream_id, downstream_id) upstream_id, downstream_id,
       upstream.namespace, upstream.catalog, upstream.schema, upstream.name, upstream.branch,
       downstream.namespace, downstream.catalog, downstream.schema, downstream.name, downstream.branch,
       edges.kind, text, session_catalog, session_schema, last_statement_id, edges.first_seen, edges.last_seen, certain,
       method,
       (SELECT ended FROM {schema}.edge_states AS state
        WHERE (state.upstream_id, state.downstream_id, state.kind)
            = (edges.upstream_id, edges.downstream_id, edges.kind)) AS ended,
       (SELECT ARRAY[old.namespace, old.catalog, old.schema, old.name, old.branch]
        FROM {schema}.object_renames AS rename
        JOIN {schema}.statement_objects AS used
          ON used.statement_id = last_statement_id AND used.role = 'SOURCE' AND used.object_id = rename.old_id
        JOIN {schema}.trino_query_objects AS old ON old.object_id = rename.old_id
        WHERE rename.new_id = edges.upstream_id
        ORDER BY rename.last_at DESC
        LIMIT 1) AS read_as
FROM {schema}.edges
JOIN unnest(%(upstream_ids)s::bigint[], %(downstream_ids)s::bigint[]) AS wanted (upstream_id, downstream_id)
    USING (upstream_id, downstream_id)
JOIN {schema}.trino_query_objects AS upstream ON upstream.object_id = upstream_id
JOIN {schema}.trino_query_objects AS downstream ON downstream.object_id = downstream_id
JOIN {schema}.statements ON statement_id = last_statement_id
JOIN {schema}.query_texts USING (text_id)
ORDER BY upstream_id, downstream_id, edges.last_seen DESC, edges.kind;

-- :name names_of_ends
SELECT upstream_id, downstream_id,
       upstream.namespace, upstream.catalog, upstream.schema, upstream.name, upstream.branch,
       downstream.namespace, downstream.catalog, downstream.schema, downstream.name, downstream.branch
FROM unnest(%(upstream_ids)s::bigint[], %(downstream_ids)s::bigint[]) AS wanted (upstream_id, downstream_id)
JOIN {schema}.trino_query_objects AS upstream ON upstream.object_id = upstream_id
JOIN {schema}.trino_query_objects AS downstream ON downstream.object_id = downstream_id;

-- :name column_flows
SELECT upstream_id, downstream_id, kind, downstream_column, array_agg(DISTINCT upstream_column ORDER BY upstream_column),
       subtype, {schema}.joined_method(bool_or(method <> 'PARSED'), bool_or(method <> 'ENGINE'))
FROM {schema}.column_edges
JOIN unnest(%(upstream_ids)s::bigint[], %(downstream_ids)s::bigint[]) AS wanted (upstream_id, downstream_id)
    USING (upstream_id, downstream_id)
GROUP BY upstream_id, downstream_id, kind, downstream_column, subtype
ORDER BY upstream_id, downstream_id, kind, downstream_column, subtype;

-- :name usage_facts
-- An execution counts once, also when it reads and writes the object.
SELECT wanted.object_id, wanted.day, object.namespace, object.catalog, object.schema, object.name, object.branch,
       sum(days.executions)::bigint, coalesce(sum(days.executions) FILTER (WHERE used.reads), 0)::bigint,
       coalesce(sum(days.executions) FILTER (WHERE used.writes), 0)::bigint, count(DISTINCT days.user_name)
FROM unnest(%(object_ids)s::bigint[], %(days)s::date[]) AS wanted (object_id, day)
JOIN {schema}.trino_query_objects AS object ON object.object_id = wanted.object_id AND NOT object.is_system
CROSS JOIN LATERAL (
    SELECT statement_id, bool_or(role = 'SOURCE') AS reads, bool_or(role = 'TARGET') AS writes
    FROM {schema}.statement_objects
    WHERE statement_objects.object_id = wanted.object_id
    GROUP BY statement_id
) AS used
JOIN {schema}.counted_days AS days ON days.statement_id = used.statement_id AND days.day = wanted.day
GROUP BY 1, 2, 3, 4, 5, 6, 7;

-- :name settle_gone
-- Nothing is left to tell of these entities.
UPDATE {schema}.outbox AS message
SET state = CASE WHEN message.generation > gone.generation THEN 'PENDING' ELSE 'SETTLED' END, attempts = 0,
    settled_generation = gone.generation, reason = NULL, claimed_by = NULL, lease_until = NULL, next_attempt_at = now(),
    updated_at = now()
FROM unnest(%(sinks)s::text[], %(kinds)s::text[], %(entities)s::text[], %(generations)s::bigint[],
            %(leases)s::timestamptz[]) AS gone (sink, kind, entity, generation, lease_until)
WHERE message.sink = gone.sink AND message.kind = gone.kind AND message.entity = gone.entity
  AND message.lease_until = gone.lease_until;
