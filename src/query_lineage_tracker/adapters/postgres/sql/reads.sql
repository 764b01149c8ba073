-- What people ask.

-- :name sources
SELECT known.cluster, known.source, state.watermark,
       extract(epoch FROM now() - state.watermark)::float8 AS lag_s,
       (SELECT count(*) FROM {schema}.trino_queries_history AS history
        WHERE history.cluster = known.cluster AND history.capture = 'OPEN') AS open_queries,
       (SELECT count(*) FROM {schema}.gaps
        WHERE gaps.cluster = known.cluster AND gaps.source = known.source) AS gaps,
       lease.holder, run.started_at AS last_run_at, run.error AS last_error
FROM (SELECT cluster, source FROM {schema}.ingest_state UNION SELECT cluster, source FROM {schema}.runs) AS known
LEFT JOIN {schema}.ingest_state AS state ON state.cluster = known.cluster AND state.source = known.source
LEFT JOIN {schema}.leases AS lease ON lease.cluster = known.cluster AND lease.expires_at > now()
LEFT JOIN LATERAL (
    SELECT started_at, error FROM {schema}.runs
    WHERE runs.cluster = known.cluster AND runs.source = known.source
    ORDER BY started_at DESC LIMIT 1
) AS run ON true
ORDER BY known.cluster, known.source;

-- :name outbox_by_state
SELECT sink, state, count(*) AS messages, min(enqueued_at) AS oldest, max(halted_reason) AS halted
FROM {schema}.outbox LEFT JOIN {schema}.sinks USING (sink)
GROUP BY sink, state
ORDER BY sink, state;

-- :name failures
SELECT coalesce(error_code, error_type, 'unknown') AS reason, count(*) AS count
FROM {schema}.trino_queries_history
WHERE state = 'FAILED'
  AND (%(since)s::timestamptz IS NULL
       OR query_id >= to_char(%(since)s AT TIME ZONE 'UTC' - interval '1 day', 'YYYYMMDD') AND created >= %(since)s)
GROUP BY 1
ORDER BY 2 DESC, 1;

-- :name not_parsed
SELECT error_message AS reason, count(*) AS count
FROM {schema}.statements
WHERE error_message IS NOT NULL
GROUP BY 1
ORDER BY 2 DESC, 1
LIMIT %(limit)s;

-- :name totals
SELECT (SELECT count(*) FROM {schema}.trino_queries_history) AS queries,
       (SELECT count(*) FROM {schema}.trino_queries_history WHERE state = 'FAILED') AS failed,
       (SELECT count(*) FROM {schema}.trino_queries_history WHERE capture = 'LOST') AS lost,
       (SELECT count(*) FROM {schema}.statements) AS statements,
       (SELECT count(*) FROM {schema}.statements WHERE error_message IS NOT NULL) AS not_parsed,
       (SELECT count(*) FROM {schema}.trino_query_objects WHERE NOT is_system) AS objects,
       (SELECT count(*) FROM {schema}.edges) AS edges,
       (SELECT count(*) FROM {schema}.column_edges) AS column_edges,
       (SELECT count(*) FROM {schema}.gaps) AS gaps,
       (SELECT count(*) FROM {schema}.quarantine WHERE replayed_at IS NULL) AS quarantined;

-- :name queries
-- A cluster at a time, so that its index gives the order; newest first.
SELECT listed.*
FROM {schema}.clusters AS followed
CROSS JOIN LATERAL (
    SELECT history.cluster, history.query_id, history.state, history.capture, history.outcome,
           history.user_name AS user, history.source, statement.kind, history.created, history.elapsed_ms,
           history.error_code, left(sent.text, 200) AS text
    FROM {schema}.trino_queries_history AS history
    JOIN {schema}.statements AS statement USING (statement_id)
    JOIN {schema}.query_texts AS sent ON sent.text_id = history.text_id
    WHERE history.cluster = followed.cluster {conditions}
    ORDER BY history.query_id DESC
    LIMIT %(limit)s
) AS listed
ORDER BY listed.query_id DESC, listed.cluster
LIMIT %(limit)s;

-- :name where_cluster
AND history.cluster = %(cluster)s

-- :name where_user
AND history.user_name = %(user)s

-- :name where_state
AND history.state = %(state)s

-- :name where_source
AND history.source = %(source)s

-- :name where_error_code
AND history.error_code = %(error_code)s

-- :name where_text
AND (history.text_id IN (SELECT text_id FROM {schema}.query_texts WHERE text ILIKE %(text)s)
     OR history.prepared_text_id IN (SELECT text_id FROM {schema}.query_texts WHERE text ILIKE %(text)s))

-- :name where_since
AND history.query_id >= to_char(%(since)s::timestamptz AT TIME ZONE 'UTC' - interval '1 day', 'YYYYMMDD')
AND history.created >= %(since)s

-- :name where_until
AND history.query_id < to_char(%(until)s::timestamptz AT TIME ZONE 'UTC' + interval '2 days', 'YYYYMMDD')
AND history.created < %(until)s

-- :name where_before
AND (history.query_id < %(before)s OR history.query_id = %(before)s AND history.cluster > %(before_cluster)s)

-- :name query
SELECT history.*, statement.kind, statement.effect, statement.coverage, statement.reasons, statement.fingerprint,
       statement.analyzer, statement.error_line AS problem_line, statement.error_column AS problem_column,
       statement.error_message AS problem
FROM {schema}.history_with_text AS history
JOIN {schema}.statements AS statement USING (statement_id)
WHERE history.query_id = %(query_id)s AND (%(cluster)s::text IS NULL OR history.cluster = %(cluster)s)
ORDER BY history.cluster
LIMIT 1;

-- :name objects_of_statement
SELECT role, namespace, catalog, schema, name, branch, kind
FROM {schema}.statement_objects JOIN {schema}.trino_query_objects USING (object_id)
WHERE statement_id = %(statement_id)s
ORDER BY role, catalog, schema, name, branch;

-- :name columns_of_statement
SELECT concat_ws('.', upstream.catalog, upstream.schema, upstream.name) AS upstream, upstream_column,
       concat_ws('.', downstream.catalog, downstream.schema, downstream.name) AS downstream, downstream_column, subtype
FROM {schema}.statement_column_edges
JOIN {schema}.trino_query_objects AS upstream ON upstream.object_id = upstream_id
JOIN {schema}.trino_query_objects AS downstream ON downstream.object_id = downstream_id
WHERE statement_id = %(statement_id)s
ORDER BY downstream_column, upstream, upstream_column, subtype;

-- :name unresolved_of_statement
SELECT array_to_string(parts, '.') AS name, is_target AS target, reason
FROM {schema}.unresolved_names
WHERE statement_id = %(statement_id)s
ORDER BY 1, 2;

-- :name messages
SELECT sink, kind, entity, state, generation, attempts, next_attempt_at, reason, enqueued_at
FROM {schema}.outbox
WHERE (%(sink)s::text IS NULL OR sink = %(sink)s) AND (%(states)s::text[] IS NULL OR state = ANY(%(states)s))
ORDER BY updated_at DESC, sink, kind, entity
LIMIT %(limit)s;

-- :name quarantine
SELECT quarantine_id, cluster, source, origin, query_id, reason, payload, recorded_at, replayed_at
FROM {schema}.quarantine
WHERE (%(cluster)s::text IS NULL OR cluster = %(cluster)s)
  AND (%(ids)s::bigint[] IS NULL OR quarantine_id = ANY(%(ids)s))
  AND (%(replayed)s OR replayed_at IS NULL)
ORDER BY quarantine_id
LIMIT %(limit)s;

-- :name mark_replayed
UPDATE {schema}.quarantine SET replayed_at = now() WHERE quarantine_id = ANY(%(ids)s) AND replayed_at IS NULL;

-- :name gaps
SELECT cluster, source, cause, gap_start AS start, gap_end AS end, detail, recorded_at
FROM {schema}.gaps
WHERE %(cluster)s::text IS NULL OR cluster = %(cluster)s
ORDER BY gap_end DESC, gap_id DESC
LIMIT %(limit)s;
