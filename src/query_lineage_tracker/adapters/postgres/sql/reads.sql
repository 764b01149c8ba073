-- What the command line shows. The names of the columns are those that people see.

-- :name clusters
SELECT clusters.cluster, namespace, lease.holder AS lease_holder, lease.expires_at AS lease_until,
       (SELECT count(*) FROM {schema}.trino_queries_history AS history
        WHERE history.cluster = clusters.cluster AND history.capture = 'OPEN') AS open_queries
FROM {schema}.clusters
LEFT JOIN {schema}.leases AS lease ON lease.cluster = clusters.cluster AND lease.expires_at > now()
ORDER BY clusters.cluster;

-- :name sources
SELECT known.cluster, known.source, state.watermark,
       round(extract(epoch FROM now() - state.watermark))::bigint AS lag_seconds,
       last.started_at AS last_run, last.error AS last_error,
       sums.inserted AS queries, sums.lost, sums.rejected,
       (SELECT count(*) FROM {schema}.gaps
        WHERE gaps.cluster = known.cluster AND gaps.source = known.source) AS gaps
FROM (SELECT cluster, source FROM {schema}.ingest_state UNION SELECT cluster, source FROM {schema}.runs) AS known
LEFT JOIN {schema}.ingest_state AS state ON state.cluster = known.cluster AND state.source = known.source
LEFT JOIN LATERAL (
    SELECT started_at, error
    FROM {schema}.runs
    WHERE runs.cluster = known.cluster AND runs.source = known.source
    ORDER BY started_at DESC
    LIMIT 1
) AS last ON true
LEFT JOIN LATERAL (
    SELECT coalesce(sum(inserted), 0)::bigint AS inserted, coalesce(sum(lost), 0)::bigint AS lost,
           coalesce(sum(rejected), 0)::bigint AS rejected
    FROM {schema}.runs
    WHERE runs.cluster = known.cluster AND runs.source = known.source
) AS sums ON true
ORDER BY known.cluster, known.source;

-- :name outbox_states
SELECT sink, kind, message.state, count(*) AS messages,
       min(enqueued_at) FILTER (WHERE message.state <> 'SETTLED') AS oldest, max(halted_reason) AS halted
FROM {schema}.outbox AS message
LEFT JOIN {schema}.sinks USING (sink)
GROUP BY sink, kind, message.state
ORDER BY sink, kind, message.state;

-- :name failures
SELECT coalesce(error_code, error_type, 'UNKNOWN') AS reason, count(*) AS count, max(created) AS last_seen
FROM {schema}.trino_queries_history
WHERE state = 'FAILED' AND (%(lowest)s::text IS NULL OR query_id >= %(lowest)s)
  AND (%(since)s::timestamptz IS NULL OR created >= %(since)s)
GROUP BY 1
ORDER BY 2 DESC, 1;

-- :name not_parsed
SELECT error_message AS reason, count(*) AS count
FROM {schema}.statements
WHERE error_message IS NOT NULL
GROUP BY 1
ORDER BY 2 DESC, 1
LIMIT %(limit)s;

-- :name quarantined
SELECT cluster, source, count(*) FILTER (WHERE replayed_at IS NULL) AS waiting,
       count(*) FILTER (WHERE replayed_at IS NOT NULL) AS replayed
FROM {schema}.quarantine
GROUP BY cluster, source
ORDER BY cluster, source;

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

-- :name id_holes
-- A coordinator numbers the queries of a UTC day from 0, and from 0 again after 99999. What is ours is no hole.
WITH ids AS (
    SELECT query_id FROM {schema}.trino_queries_history WHERE cluster = %(cluster)s
    UNION
    SELECT query_id FROM {schema}.own_queries WHERE cluster = %(cluster)s
), numbered AS (
    SELECT query_id, left(query_id, 8) AS day, right(query_id, 5) AS coordinator,
           substring(query_id FROM 17 FOR 5)::integer AS number,
           lag(query_id) OVER one_day AS last_id,
           lag(substring(query_id FROM 17 FOR 5)::integer) OVER one_day AS last_number
    FROM ids
    WHERE (%(lowest)s::text IS NULL OR query_id >= %(lowest)s) AND (%(highest)s::text IS NULL OR query_id < %(highest)s)
    WINDOW one_day AS (PARTITION BY left(query_id, 8), right(query_id, 5) ORDER BY query_id)
), holes AS (
    SELECT *, CASE WHEN last_number < number THEN last_number + 1 ELSE 0 END AS first_missing FROM numbered
)
SELECT to_date(day, 'YYYYMMDD') AS day, coordinator, first_missing, number - 1 AS last_missing,
       number - first_missing AS missing, last_id AS "after", query_id AS "before"
FROM holes
WHERE number > first_missing
ORDER BY query_id DESC
LIMIT %(limit)s;

-- :name queries
-- A cluster at a time, so that its index gives the order; newest first.
WITH used AS (
    SELECT statement_id
    FROM {schema}.trino_query_objects AS object
    JOIN {schema}.statement_objects USING (object_id)
    WHERE %(table)s IN (name, schema || '.' || name, catalog || '.' || schema || '.' || name)
), texts AS (
    SELECT text_id FROM {schema}.query_texts WHERE text ILIKE %(text)s
)
SELECT listed.*
FROM {schema}.clusters AS followed
CROSS JOIN LATERAL (
    SELECT history.cluster, query_id, created, user_name AS "user", source, state, capture, error_code, elapsed_ms,
           statement.kind, stored.text
    FROM {schema}.trino_queries_history AS history
    LEFT JOIN {schema}.statements AS statement USING (statement_id)
    LEFT JOIN {schema}.query_texts AS stored ON stored.text_id = history.text_id
    WHERE history.cluster = followed.cluster
      AND (%(user)s::text IS NULL OR user_name = %(user)s)
      AND (%(source)s::text IS NULL OR source = %(source)s)
      AND (%(state)s::text IS NULL OR state = %(state)s)
      AND (%(since)s::timestamptz IS NULL OR created >= %(since)s)
      AND (%(until)s::timestamptz IS NULL OR created < %(until)s)
      AND (%(lowest)s::text IS NULL OR query_id >= %(lowest)s)
      AND (%(highest)s::text IS NULL OR query_id < %(highest)s)
      AND (%(table)s::text IS NULL OR history.statement_id IN (SELECT statement_id FROM used))
      AND (%(text)s::text IS NULL OR history.text_id IN (SELECT text_id FROM texts)
           OR history.prepared_text_id IN (SELECT text_id FROM texts))
    ORDER BY query_id DESC
    LIMIT %(limit)s
) AS listed
WHERE %(cluster)s::text IS NULL OR followed.cluster = %(cluster)s
ORDER BY listed.query_id DESC, listed.cluster
LIMIT %(limit)s;

-- :name query
SELECT history.cluster, query_id, state, capture, lost_reason, outcome, user_name AS "user", source,
       history.session_catalog, history.session_schema, session_origin, created, started, ended,
       error_type, error_code, history.error_message, array_to_string(resource_group, '.') AS resource_group, query_type,
       update_type, original_user, principal, trace_token, transaction_id, claimed_by, client_info, client_tags,
       elapsed_ms, queued_ms, analysis_ms, planning_ms, execution_ms, cpu_ms, peak_memory_bytes, physical_input_bytes,
       raw_input_rows, written_bytes, written_rows, spilled_bytes, finished_writing, nothing_to_do, told_by, origins,
       description, statement_id, statement.kind,
       statement.effect, statement.coverage, nullif(statement.reasons, '{}') AS reasons, statement.analyzer,
       CASE WHEN statement.engine_digest IS NOT NULL OR statement.error_message IS NULL AND statement.statement_id IS NOT NULL
            THEN {schema}.joined_method(statement.engine_digest IS NOT NULL, statement.error_message IS NULL)
       END AS method,
       statement.error_message AS parse_error, nullif(statement.error_line, 0) AS parse_error_line,
       nullif(statement.error_column, 0) AS parse_error_column, text, prepared_text
FROM {schema}.history_with_text AS history
LEFT JOIN {schema}.statements AS statement USING (statement_id)
WHERE query_id = %(query_id)s AND (%(cluster)s::text IS NULL OR history.cluster = %(cluster)s)
ORDER BY history.cluster;

-- :name prepared_guess
-- Apart from the query: it is planned for many partitions, and few queries are an EXECUTE.
SELECT text
FROM {schema}.prepared_guesses AS guess
JOIN {schema}.query_texts USING (text_id)
WHERE guess.cluster = %(cluster)s AND guess.query_id = %(query_id)s;

-- :name objects_of_statement
SELECT role, ARRAY[catalog, schema, name, branch] AS object, kind, namespace, method
FROM {schema}.statement_objects
JOIN {schema}.trino_query_objects USING (object_id)
WHERE statement_id = %(statement_id)s
ORDER BY 1, 2;

-- :name edges_of_statement
SELECT ARRAY[upstream.catalog, upstream.schema, upstream.name, upstream.branch] AS upstream,
       ARRAY[downstream.catalog, downstream.schema, downstream.name, downstream.branch] AS downstream,
       made.kind, edge.first_seen, edge.last_seen, edge.certain, made.method
FROM {schema}.statement_edges AS made
JOIN {schema}.trino_query_objects AS upstream ON upstream.object_id = made.upstream_id
JOIN {schema}.trino_query_objects AS downstream ON downstream.object_id = made.downstream_id
LEFT JOIN {schema}.edges AS edge
    ON edge.upstream_id = made.upstream_id AND edge.downstream_id = made.downstream_id AND edge.kind = made.kind
WHERE made.statement_id = %(statement_id)s
ORDER BY 1, 2;

-- :name column_edges_of_statement
SELECT ARRAY[upstream.catalog, upstream.schema, upstream.name, upstream.branch] AS upstream, upstream_column,
       ARRAY[downstream.catalog, downstream.schema, downstream.name, downstream.branch] AS downstream,
       nullif(downstream_column, '') AS downstream_column, subtype, made.method
FROM {schema}.statement_column_edges AS made
JOIN {schema}.trino_query_objects AS upstream ON upstream.object_id = made.upstream_id
JOIN {schema}.trino_query_objects AS downstream ON downstream.object_id = made.downstream_id
WHERE made.statement_id = %(statement_id)s
ORDER BY 3, 4 NULLS LAST, 1, 2, 5;

-- :name unresolved_names_of_statement
SELECT CASE WHEN is_target THEN 'TARGET' ELSE 'SOURCE' END AS role, array_to_string(parts, '.') AS name, reason
FROM {schema}.unresolved_names
WHERE statement_id = %(statement_id)s
ORDER BY 1 DESC, 2;

-- :name messages
SELECT sink, kind, entity, state, attempts, next_attempt_at, reason, enqueued_at, claimed_by
FROM {schema}.outbox
WHERE (%(states)s::text[] IS NULL OR state = ANY(%(states)s))
  AND (%(sink)s::text IS NULL OR sink = %(sink)s)
  AND (%(kind)s::text IS NULL OR kind = %(kind)s)
  AND (%(entity)s::text IS NULL OR entity = %(entity)s)
ORDER BY updated_at DESC, sink, kind, entity
LIMIT %(limit)s;

-- :name quarantine
SELECT quarantine_id AS id, cluster, source, origin, query_id, reason, recorded_at, replayed_at
FROM {schema}.quarantine
WHERE (%(cluster)s::text IS NULL OR cluster = %(cluster)s) AND (%(replayed)s OR replayed_at IS NULL)
ORDER BY quarantine_id
LIMIT %(limit)s;

-- :name quarantined_row
SELECT quarantine_id AS id, cluster, source, origin, query_id, reason, recorded_at, replayed_at, payload
FROM {schema}.quarantine
WHERE quarantine_id = %(id)s;

-- :name to_replay
SELECT quarantine_id AS id, cluster, source, origin, payload
FROM {schema}.quarantine
WHERE replayed_at IS NULL AND cluster = %(cluster)s AND (%(ids)s::bigint[] IS NULL OR quarantine_id = ANY(%(ids)s))
ORDER BY quarantine_id;

-- :name mark_replayed
UPDATE {schema}.quarantine SET replayed_at = now() WHERE quarantine_id = ANY(%(ids)s) AND replayed_at IS NULL;
