-- One batch, in the order of its steps. The temporary tables hold what the batch brings and what it changes.
--
-- A batch is small and the tables are big, but the planner cannot know: it sees tables that were empty a minute ago and
-- temporary ones without statistics. LATERAL with OFFSET 0 says it: look these few up by their keys, never scan.

-- :name create_batch_tables
CREATE TEMPORARY TABLE IF NOT EXISTS qlt_batch ON COMMIT DELETE ROWS AS
SELECT query_id, statement_id, text_id, prepared_text_id, user_name, source, session_catalog, session_schema,
       session_origin, state, created, started, ended, error_type, error_code, error_message, resource_group,
       query_type, update_type, client_info, client_tags, original_user, principal, trace_token, transaction_id,
       cpu_ms, elapsed_ms, queued_ms, analysis_ms, planning_ms, execution_ms, peak_memory_bytes, physical_input_bytes,
       raw_input_rows, written_bytes, spilled_bytes, written_rows, finished_writing, nothing_to_do, claimed_by,
       capture, outcome, told_by, origins, description
FROM {schema}.trino_queries_history WITH NO DATA;
-- Stored executions that the batch taught us something about, as they will be; old_*: as they are.
CREATE TEMPORARY TABLE IF NOT EXISTS qlt_changed ON COMMIT DELETE ROWS AS
SELECT qlt_batch.*, lost_reason, history.statement_id AS old_statement_id, history.user_name AS old_user_name,
       history.created AS old_created, history.state AS old_state, history.capture AS old_capture,
       history.outcome AS old_outcome
FROM qlt_batch, {schema}.trino_queries_history AS history WITH NO DATA;
-- Executions that ended with this batch.
CREATE TEMPORARY TABLE IF NOT EXISTS qlt_days ON COMMIT DELETE ROWS AS
SELECT statement_id, day, user_name, state, outcome, executions, first_seen, last_seen
FROM {schema}.statement_days WITH NO DATA;
-- The same a key of statement_days. happened: it succeeded, whether it counts or not; fresh: the key is new; new_user: the
-- first execution of the user that counts.
CREATE TEMPORARY TABLE IF NOT EXISTS qlt_counted ON COMMIT DELETE ROWS AS
SELECT statement_id, day, outcome, first_seen, last_seen, true AS counts, true AS happened, true AS fresh,
       true AS new_user
FROM {schema}.statement_days WITH NO DATA;
-- Edges that executions which count made with this batch.
CREATE TEMPORARY TABLE IF NOT EXISTS qlt_made ON COMMIT DELETE ROWS AS
SELECT statement_id, upstream_id, downstream_id, kind, method, target_id, until, source_id, since
FROM {schema}.statement_edges WITH NO DATA;
-- Days that are counted again from the history, because what was counted before has changed.
CREATE TEMPORARY TABLE IF NOT EXISTS qlt_recount ON COMMIT DELETE ROWS AS
SELECT statement_id, day FROM {schema}.statement_days WITH NO DATA;
-- Edges that are derived again from all their evidence.
CREATE TEMPORARY TABLE IF NOT EXISTS qlt_rebuild ON COMMIT DELETE ROWS AS
SELECT upstream_id, downstream_id, kind FROM {schema}.edges WITH NO DATA;
-- Objects whose names are followed again, what they are called by that, and which of that is news.
CREATE TEMPORARY TABLE IF NOT EXISTS qlt_renamed ON COMMIT DELETE ROWS AS
SELECT object_id FROM {schema}.trino_query_objects WITH NO DATA;
CREATE TEMPORARY TABLE IF NOT EXISTS qlt_renames ON COMMIT DELETE ROWS AS
SELECT old_id, new_id, since, last_at, swapped FROM {schema}.object_renames WITH NO DATA;
CREATE TEMPORARY TABLE IF NOT EXISTS qlt_new_names ON COMMIT DELETE ROWS AS
SELECT old_id, new_id FROM {schema}.object_renames WITH NO DATA;
-- What sinks must be told.
CREATE TEMPORARY TABLE IF NOT EXISTS qlt_told ON COMMIT DELETE ROWS AS
SELECT kind, entity FROM {schema}.outbox WITH NO DATA;

-- :name lock_cluster
-- The conflicting row is locked even when nothing is updated.
INSERT INTO {schema}.clusters AS cluster (cluster, namespace) VALUES (%(cluster)s, %(namespace)s)
ON CONFLICT (cluster) DO UPDATE SET namespace = excluded.namespace WHERE cluster.namespace <> excluded.namespace;

-- :name lock_namespace
-- Clusters over one metastore share statements, objects and edges. The memory: so that the pending list of the trigram
-- index is merged in one pass.
SELECT pg_advisory_xact_lock(hashtextextended('query-lineage-tracker {schema} ' || %(namespace)s, 0)),
       set_config('work_mem', '64MB', true);

-- :name lease_epoch
SELECT epoch, holder FROM {schema}.leases WHERE cluster = %(cluster)s FOR SHARE;

-- :name believe_texts
DELETE FROM {schema}.doubted_texts WHERE text_id = ANY(%(text_ids)b::uuid[]);

-- :name stored_texts
SELECT text_id FROM {schema}.query_texts WHERE text_id = ANY(%(text_ids)b::uuid[]);

-- :name texts
INSERT INTO {schema}.query_texts (text_id, text)
SELECT text_id, text
FROM unnest(%(text_ids)b::uuid[], %(texts)b::text[]) AS new (text_id, text)
ORDER BY text_id
ON CONFLICT (text_id) DO NOTHING;

-- :name stored_results
SELECT statement_id, result_hash, engine, engine_at FROM {schema}.statements WHERE statement_id = ANY(%(statement_ids)s);

-- :name statements_purged
-- Of those that were taken to be stored when the batch was analyzed.
SELECT count(*)
FROM unnest(%(statement_ids)b::uuid[]) AS used (statement_id)
WHERE NOT EXISTS (SELECT FROM {schema}.statements WHERE statements.statement_id = used.statement_id OFFSET 0);

-- :name object_ids
SELECT catalog, schema, name, branch, object_id
FROM {schema}.trino_query_objects
JOIN unnest(%(catalogs)s::text[], %(schemas)s::text[], %(names)s::text[], %(branches)s::text[])
    AS wanted (catalog, schema, name, branch) USING (catalog, schema, name, branch)
WHERE namespace = %(namespace)s;

-- :name new_objects
INSERT INTO {schema}.trino_query_objects (namespace, catalog, schema, name, branch)
SELECT %(namespace)s, catalog, schema, name, branch
FROM unnest(%(catalogs)s::text[], %(schemas)s::text[], %(names)s::text[], %(branches)s::text[])
    AS new (catalog, schema, name, branch)
RETURNING catalog, schema, name, branch, object_id;

-- :name rebuild_edges_of_statements
INSERT INTO qlt_rebuild (upstream_id, downstream_id, kind)
SELECT upstream_id, downstream_id, kind FROM {schema}.statement_edges WHERE statement_id = ANY(%(statement_ids)s);

-- :name forget_results
WITH statements AS (DELETE FROM {schema}.statements WHERE statement_id = ANY(%(statement_ids)s)),
     objects AS (DELETE FROM {schema}.statement_objects WHERE statement_id = ANY(%(statement_ids)s)),
     columns AS (DELETE FROM {schema}.statement_columns WHERE statement_id = ANY(%(statement_ids)s)),
     names AS (DELETE FROM {schema}.unresolved_names WHERE statement_id = ANY(%(statement_ids)s)),
     lifecycles AS (DELETE FROM {schema}.statement_lifecycles WHERE statement_id = ANY(%(statement_ids)s)),
     schema_renames AS (DELETE FROM {schema}.statement_schema_renames WHERE statement_id = ANY(%(statement_ids)s)),
     schema_drops AS (DELETE FROM {schema}.statement_schema_drops WHERE statement_id = ANY(%(statement_ids)s))
DELETE FROM {schema}.statement_column_edges WHERE statement_id = ANY(%(statement_ids)s);

-- :name used_objects
SELECT statement_id, array_agg(DISTINCT object_id ORDER BY object_id)
FROM {schema}.statement_objects
WHERE statement_id = ANY(%(statement_ids)s)
GROUP BY statement_id;

-- :name forget_sums_of_statements
DELETE FROM {schema}.day_sums
WHERE day IN (SELECT day FROM {schema}.statement_days WHERE statement_id = ANY(%(statement_ids)s));

-- :name copy_statements
COPY {schema}.statements (statement_id, namespace, fingerprint, session_catalog, session_schema, text_id, kind, effect,
    coverage, reasons, error_line, error_column, error_message, analyzer, result_hash, engine, engine_digest,
    engine_at, session_verb, session_names, literal_free) FROM STDIN;

-- :name copy_statement_objects
COPY {schema}.statement_objects (statement_id, role, object_id, columns_hash, method) FROM STDIN;

-- :name copy_statement_columns
COPY {schema}.statement_columns (statement_id, role, object_id, column_name) FROM STDIN;

-- :name copy_unresolved_names
COPY {schema}.unresolved_names (statement_id, parts, is_target, reason) FROM STDIN;

-- :name copy_statement_lifecycles
COPY {schema}.statement_lifecycles (statement_id, verb, object_id, new_id) FROM STDIN;

-- :name copy_statement_schema_renames
COPY {schema}.statement_schema_renames (statement_id, catalog, schema, new_schema) FROM STDIN;

-- :name copy_statement_schema_drops
COPY {schema}.statement_schema_drops (statement_id, catalog, schema) FROM STDIN;

-- :name copy_statement_column_edges
COPY {schema}.statement_column_edges (statement_id, upstream_id, upstream_column, downstream_id, downstream_column,
    subtype, method) FROM STDIN;

-- :name confirmed
UPDATE {schema}.statements SET analyzer = %(analyzer)s, analyzed_at = now()
WHERE statement_id = ANY(%(statement_ids)s) AND analyzer <> %(analyzer)s;

-- :name confirmed_literal_free
-- Statements of a time when these were not stored, or were made in another way.
UPDATE {schema}.statements AS stored SET literal_free = new.literal_free
FROM unnest(%(statement_ids)s::uuid[], %(texts)s::text[]) AS new (statement_id, literal_free)
WHERE stored.statement_id = new.statement_id AND stored.literal_free IS DISTINCT FROM new.literal_free;

-- :name confirmed_engine
UPDATE {schema}.statements AS stored SET engine_at = new.engine_at
FROM unnest(%(statement_ids)s::uuid[], %(times)s::timestamptz[]) AS new (statement_id, engine_at)
WHERE stored.statement_id = new.statement_id
  AND (new.engine_at > stored.engine_at OR stored.engine_at IS NULL AND new.engine_at IS NOT NULL);

-- :name went_by_columns
-- A statement whose result is what it was, though it went by other columns.
UPDATE {schema}.statement_objects AS used
SET columns_hash = new.columns_hash
FROM unnest(%(statement_ids)s::uuid[], %(object_ids)s::bigint[], %(hashes)s::bytea[])
    AS new (statement_id, object_id, columns_hash)
WHERE used.statement_id = new.statement_id AND used.object_id = new.object_id
  AND used.columns_hash IS DISTINCT FROM new.columns_hash;

-- :name copy_batch
COPY qlt_batch FROM STDIN;

-- :name drop_own_queries
DELETE FROM qlt_batch USING {schema}.own_queries AS own
WHERE own.cluster = %(cluster)s AND own.query_id = qlt_batch.query_id;

-- :name insert_new
-- Conflicts are the executions that are stored already; the lock of the cluster keeps everybody else out.
WITH inserted AS (
    INSERT INTO {schema}.trino_queries_history
        (cluster, query_id, statement_id, text_id, prepared_text_id, user_name, source, session_catalog,
        session_schema, session_origin, state, created, started, ended, error_type, error_code, error_message,
        resource_group, query_type, update_type, client_info, client_tags, original_user, principal, trace_token,
        transaction_id, cpu_ms, elapsed_ms, queued_ms, analysis_ms, planning_ms, execution_ms, peak_memory_bytes,
        physical_input_bytes, raw_input_rows, written_bytes, spilled_bytes, written_rows, finished_writing,
        nothing_to_do, claimed_by, capture, outcome, told_by, origins, description)
    SELECT %(cluster)s, * FROM qlt_batch ORDER BY query_id
    ON CONFLICT (cluster, query_id) DO NOTHING
    RETURNING query_id, statement_id, created, user_name, state, outcome, capture
), counted AS (
    INSERT INTO qlt_days (statement_id, day, user_name, state, outcome, executions, first_seen, last_seen)
    SELECT statement_id, (created AT TIME ZONE 'UTC')::date, user_name, state, coalesce(outcome, 'NONE'), count(*),
           min(created), max(created)
    FROM inserted
    WHERE capture <> 'OPEN'
    GROUP BY 1, 2, 3, 4, 5
)
SELECT (SELECT count(*) FROM inserted),
       ARRAY(SELECT query_id FROM qlt_batch WHERE query_id NOT IN (SELECT query_id FROM inserted));

-- :name stored_executions
-- Only those of which the batch may tell something new: what a poll reads again mostly tells nothing. One who tells again,
-- in the same state, what he or a better teller has told already tells nothing new but what was unknown.
SELECT stored.query_id, stored.statement_id, stored.text_id, stored.prepared_text_id, stored.user_name, stored.source,
       stored.session_catalog, stored.session_schema, stored.session_origin, stored.state, stored.created,
       stored.started, stored.ended, stored.error_type, stored.error_code, stored.error_message,
       stored.resource_group, stored.query_type, stored.update_type, stored.client_info, stored.client_tags,
       stored.original_user, stored.principal, stored.trace_token, stored.transaction_id, stored.cpu_ms,
       stored.elapsed_ms, stored.queued_ms, stored.analysis_ms, stored.planning_ms, stored.execution_ms,
       stored.peak_memory_bytes, stored.physical_input_bytes, stored.raw_input_rows, stored.written_bytes,
       stored.spilled_bytes, stored.written_rows, stored.finished_writing, stored.nothing_to_do, stored.claimed_by,
       stored.capture, stored.outcome, stored.told_by, stored.origins, stored.description, stored.lost_reason
FROM qlt_batch AS new
CROSS JOIN LATERAL (
    SELECT *
    FROM {schema}.trino_queries_history AS history
    WHERE history.cluster = %(cluster)s AND history.query_id = new.query_id
      AND history.query_id BETWEEN %(lowest)s AND %(highest)s
    OFFSET 0
) AS stored
WHERE new.query_id = ANY(%(query_ids)s)
  AND NOT (stored.state = new.state AND cardinality(new.told_by) = 1 AND new.origins IS NULL
           AND new.told_by <@ stored.told_by AND coalesce(stored.origins - new.told_by[1], '{}') = '{}'
           AND (new.prepared_text_id IS NOT NULL,
                coalesce(array_position('{CONFIGURED,RECORDED,REST,EVENT}', new.session_origin), 0))
               <= (stored.prepared_text_id IS NOT NULL,
                   coalesce(array_position('{CONFIGURED,RECORDED,REST,EVENT}', stored.session_origin), 0))
           AND (stored.source, stored.started, stored.ended, stored.error_type, stored.error_code,
                stored.error_message, stored.resource_group, stored.query_type, stored.update_type,
                stored.client_info, stored.client_tags, stored.original_user, stored.principal, stored.trace_token,
                stored.transaction_id, stored.cpu_ms, stored.elapsed_ms, stored.queued_ms, stored.analysis_ms,
                stored.planning_ms, stored.execution_ms, stored.peak_memory_bytes, stored.physical_input_bytes,
                stored.raw_input_rows, stored.written_bytes, stored.spilled_bytes, stored.written_rows,
                stored.finished_writing, stored.nothing_to_do, stored.claimed_by)
               IS NOT DISTINCT FROM
               (coalesce(stored.source, new.source), coalesce(stored.started, new.started),
                coalesce(stored.ended, new.ended), coalesce(stored.error_type, new.error_type),
                coalesce(stored.error_code, new.error_code), coalesce(stored.error_message, new.error_message),
                coalesce(stored.resource_group, new.resource_group), coalesce(stored.query_type, new.query_type),
                coalesce(stored.update_type, new.update_type), coalesce(stored.client_info, new.client_info),
                coalesce(stored.client_tags, new.client_tags), coalesce(stored.original_user, new.original_user),
                coalesce(stored.principal, new.principal), coalesce(stored.trace_token, new.trace_token),
                coalesce(stored.transaction_id, new.transaction_id), coalesce(stored.cpu_ms, new.cpu_ms),
                coalesce(stored.elapsed_ms, new.elapsed_ms), coalesce(stored.queued_ms, new.queued_ms),
                coalesce(stored.analysis_ms, new.analysis_ms), coalesce(stored.planning_ms, new.planning_ms),
                coalesce(stored.execution_ms, new.execution_ms),
                coalesce(stored.peak_memory_bytes, new.peak_memory_bytes),
                coalesce(stored.physical_input_bytes, new.physical_input_bytes),
                coalesce(stored.raw_input_rows, new.raw_input_rows),
                coalesce(stored.written_bytes, new.written_bytes), coalesce(stored.spilled_bytes, new.spilled_bytes),
                coalesce(stored.written_rows, new.written_rows),
                coalesce(stored.finished_writing, new.finished_writing),
                coalesce(stored.nothing_to_do, new.nothing_to_do), coalesce(stored.claimed_by, new.claimed_by)));

-- :name effects
SELECT statement_id, effect FROM {schema}.statements WHERE statement_id = ANY(%(statement_ids)s);

-- :name rolled_back
SELECT transaction_id FROM {schema}.rolled_back_transactions
WHERE cluster = %(cluster)s AND transaction_id = ANY(%(transaction_ids)s);

-- :name record_rolled_back
INSERT INTO {schema}.rolled_back_transactions (cluster, transaction_id)
SELECT %(cluster)s, unnest(%(transaction_ids)s::text[])
ON CONFLICT DO NOTHING;

-- :name void_rolled_back
-- Stored already, and what was written counts no more. Those that are still open are looked up when they end.
WITH void AS (
    UPDATE {schema}.trino_queries_history
    SET outcome = 'NOT_WRITTEN', updated_at = now()
    WHERE cluster = %(cluster)s AND transaction_id = ANY(%(transaction_ids)s) AND outcome IN ('COMMITTED', 'UNCERTAIN')
    RETURNING statement_id, created
), counted AS (
    INSERT INTO qlt_recount (statement_id, day) SELECT statement_id, (created AT TIME ZONE 'UTC')::date FROM void
)
SELECT count(*) FROM void;

-- :name copy_changed
COPY qlt_changed FROM STDIN;

-- :name update_changed
UPDATE {schema}.trino_queries_history AS history
SET statement_id = change.statement_id, text_id = change.text_id, prepared_text_id = change.prepared_text_id,
    user_name = change.user_name, source = change.source, session_catalog = change.session_catalog,
    session_schema = change.session_schema, session_origin = change.session_origin, state = change.state,
    created = change.created, started = change.started, ended = change.ended, error_type = change.error_type,
    error_code = change.error_code, error_message = change.error_message, resource_group = change.resource_group,
    query_type = change.query_type, update_type = change.update_type, client_info = change.client_info,
    client_tags = change.client_tags, original_user = change.original_user, principal = change.principal,
    trace_token = change.trace_token, transaction_id = change.transaction_id, cpu_ms = change.cpu_ms,
    elapsed_ms = change.elapsed_ms, queued_ms = change.queued_ms, analysis_ms = change.analysis_ms,
    planning_ms = change.planning_ms, execution_ms = change.execution_ms,
    peak_memory_bytes = change.peak_memory_bytes, physical_input_bytes = change.physical_input_bytes,
    raw_input_rows = change.raw_input_rows, written_bytes = change.written_bytes,
    spilled_bytes = change.spilled_bytes, written_rows = change.written_rows,
    finished_writing = change.finished_writing, nothing_to_do = change.nothing_to_do, claimed_by = change.claimed_by,
    capture = change.capture, outcome = change.outcome, told_by = change.told_by, origins = change.origins,
    description = change.description, lost_reason = change.lost_reason, updated_at = now()
FROM qlt_changed AS change
WHERE history.cluster = %(cluster)s AND history.query_id = change.query_id
  AND history.query_id BETWEEN %(lowest)s AND %(highest)s;

-- :name count_changed
WITH ended AS (
    INSERT INTO qlt_days (statement_id, day, user_name, state, outcome, executions, first_seen, last_seen)
    SELECT statement_id, (created AT TIME ZONE 'UTC')::date, user_name, state, coalesce(outcome, 'NONE'), count(*),
           min(created), max(created)
    FROM qlt_changed
    WHERE old_capture = 'OPEN' AND capture <> 'OPEN'
    GROUP BY 1, 2, 3, 4, 5
)
INSERT INTO qlt_recount (statement_id, day)
SELECT unnest(ARRAY[old_statement_id, statement_id]),
       unnest(ARRAY[(old_created AT TIME ZONE 'UTC')::date, (created AT TIME ZONE 'UTC')::date])
FROM qlt_changed
WHERE old_capture <> 'OPEN'
  AND (old_statement_id, old_user_name, old_created, old_state, old_capture, old_outcome)
      IS DISTINCT FROM (statement_id, user_name, created, state, capture, outcome);

-- :name undescribed
-- Who described it after all is right.
UPDATE {schema}.trino_queries_history AS history
SET description = told.description, updated_at = now()
FROM unnest(%(query_ids)s::text[], %(reasons)s::text[]) AS told (query_id, description)
WHERE history.cluster = %(cluster)s AND history.query_id = told.query_id
  AND history.query_id BETWEEN %(lowest)s AND %(highest)s
  AND coalesce(history.description, '') NOT IN ('EVENT', 'REST', told.description);

-- :name lose
-- A write whose end was never seen may have committed.
WITH lost AS (
    UPDATE {schema}.trino_queries_history AS history
    SET capture = 'LOST', lost_reason = given_up.reason, updated_at = now(),
        outcome = CASE WHEN statement.effect NOT IN ('WRITES', 'DEFINES') THEN NULL
                       WHEN EXISTS (SELECT FROM {schema}.rolled_back_transactions AS void
                                    WHERE void.cluster = history.cluster
                                      AND void.transaction_id = history.transaction_id) THEN 'NOT_WRITTEN'
                       ELSE 'UNCERTAIN' END
    FROM unnest(%(query_ids)s::text[], %(reasons)s::text[]) AS given_up (query_id, reason), {schema}.statements AS statement
    WHERE history.cluster = %(cluster)s AND history.query_id = given_up.query_id AND history.capture = 'OPEN'
      AND history.query_id BETWEEN %(lowest)s AND %(highest)s AND statement.statement_id = history.statement_id
    RETURNING history.statement_id, created, user_name, state, outcome
), counted AS (
    INSERT INTO qlt_days (statement_id, day, user_name, state, outcome, executions, first_seen, last_seen)
    SELECT statement_id, (created AT TIME ZONE 'UTC')::date, user_name, state, coalesce(outcome, 'NONE'), count(*),
           min(created), max(created)
    FROM lost
    GROUP BY 1, 2, 3, 4, 5
)
SELECT count(*) FROM lost;

-- :name count_days
-- The outer query sees statement_days as it was before: what is not there is new.
WITH counted AS (
    INSERT INTO {schema}.statement_days AS days (statement_id, day, user_name, state, outcome, executions, first_seen,
        last_seen)
    SELECT statement_id, day, user_name, state, outcome, sum(executions), min(first_seen), max(last_seen)
    FROM qlt_days
    WHERE day NOT IN (SELECT day FROM {schema}.dropped_days)
    GROUP BY 1, 2, 3, 4, 5
    ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (statement_id, day, user_name, state, outcome) DO UPDATE
    SET executions = days.executions + excluded.executions,
        first_seen = least(days.first_seen, excluded.first_seen),
        last_seen = greatest(days.last_seen, excluded.last_seen)
    RETURNING statement_id, day, user_name, state, outcome, first_seen, last_seen
)
INSERT INTO qlt_counted (statement_id, day, outcome, first_seen, last_seen, counts, happened, fresh, new_user)
SELECT counted.statement_id, counted.day, counted.outcome, counted.first_seen, counted.last_seen,
       {schema}.counts(statement.effect, counted.state, counted.outcome),
       counted.state = 'FINISHED' AND counted.outcome IN ('NONE', 'COMMITTED'),
       before.statement_id IS NULL,
       before.statement_id IS NULL AND NOT EXISTS (
           SELECT FROM {schema}.statement_days AS other
           WHERE other.statement_id = counted.statement_id AND other.user_name = counted.user_name
             AND {schema}.counts(statement.effect, other.state, other.outcome)
           OFFSET 0)
FROM counted
CROSS JOIN LATERAL (
    SELECT effect FROM {schema}.statements WHERE statement_id = counted.statement_id OFFSET 0
) AS statement
LEFT JOIN LATERAL (
    SELECT statement_id
    FROM {schema}.statement_days AS days
    WHERE (days.statement_id, days.day, days.user_name, days.state, days.outcome)
        = (counted.statement_id, counted.day, counted.user_name, counted.state, counted.outcome)
    OFFSET 0
) AS before ON true;

-- :name define_views
-- A definition that Trino told of is counted like an execution of the statement that would create the view, but that is
-- not when the view began. Known ones are news when they are seen on another day: edges remember when they were seen.
WITH told AS (
    INSERT INTO {schema}.view_definitions AS stored (view_id, statement_id, materialized, first_seen, last_seen)
    SELECT view_id, statement_id, materialized, min(first_seen), max(last_seen)
    FROM unnest(%(view_ids)s::bigint[], %(statement_ids)s::uuid[], %(materialized)s::boolean[],
                %(first)s::timestamptz[], %(last)s::timestamptz[])
        AS new (view_id, statement_id, materialized, first_seen, last_seen)
    GROUP BY 1, 2, 3
    ORDER BY 1, 2
    ON CONFLICT (view_id, statement_id) DO UPDATE
    SET first_seen = least(stored.first_seen, excluded.first_seen),
        last_seen = greatest(stored.last_seen, excluded.last_seen)
    WHERE excluded.first_seen < stored.first_seen OR excluded.last_seen > stored.last_seen
    RETURNING statement_id, first_seen, last_seen
)
INSERT INTO qlt_counted (statement_id, day, outcome, first_seen, last_seen, counts, happened, fresh, new_user)
SELECT statement_id, (last_seen AT TIME ZONE 'UTC')::date, 'COMMITTED', first_seen, last_seen, true, false, true, false
FROM told;

-- :name see_objects
-- The outer query sees the objects as they were before. Edges of what was gone and is seen again may hold again.
WITH updated AS (
    UPDATE {schema}.trino_query_objects AS object
    SET first_seen = least(object.first_seen, seen.first_seen), last_seen = greatest(object.last_seen, seen.last_seen),
        alive_at = greatest(object.alive_at, seen.alive_at)
    FROM (
        SELECT object_id, min(first_seen) AS first_seen, max(last_seen) AS last_seen,
               max(last_seen) FILTER (WHERE counts) AS alive_at
        FROM qlt_counted AS counted
        CROSS JOIN LATERAL (
            SELECT object_id FROM {schema}.statement_objects WHERE statement_id = counted.statement_id OFFSET 0
        ) AS used
        GROUP BY object_id
    ) AS seen
    WHERE object.object_id = seen.object_id
      AND (object.first_seen IS NULL OR seen.first_seen < object.first_seen OR seen.last_seen > object.last_seen
           OR seen.alive_at > coalesce(object.alive_at, '-infinity'))
    RETURNING object.object_id, object.ended_at, object.gone
), revived AS (
    SELECT updated.object_id
    FROM updated
    CROSS JOIN LATERAL (
        SELECT gone FROM {schema}.trino_query_objects AS object WHERE object.object_id = updated.object_id OFFSET 0
    ) AS before
    WHERE updated.ended_at IS NOT NULL AND before.gone AND NOT updated.gone
)
INSERT INTO qlt_told (kind, entity)
SELECT 'ENDED', edge.upstream_id || ':' || edge.downstream_id
FROM revived JOIN {schema}.edges AS edge ON edge.downstream_id = revived.object_id
UNION ALL
SELECT CASE WHEN state.ended THEN 'ENDED' ELSE 'HOLDS' END, state.upstream_id || ':' || state.downstream_id
FROM revived JOIN {schema}.edge_states AS state ON state.upstream_id = revived.object_id;

-- :name see_schema_drops
INSERT INTO {schema}.schema_drops (namespace, catalog, schema, at)
SELECT %(namespace)s, catalog, schema, at
FROM (SELECT * FROM qlt_counted WHERE happened) AS counted
JOIN {schema}.statement_schema_drops USING (statement_id)
CROSS JOIN LATERAL (VALUES (first_seen), (last_seen)) AS moment (at)
ORDER BY 2, 3, 4
ON CONFLICT DO NOTHING;

-- :name end_objects_of_dropped
-- With a schema ends all that is known of it, and later what is told late. Whether edges hold or have ended is noted as it
-- was before the batch; names are followed again where the drop is older than what is known.
WITH used AS MATERIALIZED (
    SELECT object_id, true AS is_news
    FROM (SELECT * FROM qlt_counted WHERE happened) AS counted
    JOIN {schema}.statement_schema_drops USING (statement_id)
    JOIN {schema}.trino_query_objects AS object USING (catalog, schema)
    WHERE object.namespace = %(namespace)s
    UNION ALL
    SELECT object_id, false
    FROM (SELECT * FROM qlt_counted WHERE counts OR happened) AS counted
    CROSS JOIN LATERAL (
        SELECT object_id FROM {schema}.statement_objects WHERE statement_id = counted.statement_id
        UNION ALL
        SELECT unnest(ARRAY[object_id, new_id])
        FROM {schema}.statement_lifecycles
        WHERE statement_id = counted.statement_id
    ) AS named
    WHERE EXISTS (SELECT FROM {schema}.schema_drops)
), dropped AS MATERIALIZED (
    SELECT object_id, is_news, first_at, last_at, ended_at
    FROM (SELECT object_id, bool_or(is_news) AS is_news FROM used GROUP BY object_id) AS one
    JOIN {schema}.trino_query_objects AS object USING (object_id)
    CROSS JOIN LATERAL (
        SELECT min(at) AS first_at, max(at) AS last_at
        FROM {schema}.schema_drops AS gone
        WHERE (gone.namespace, gone.catalog, gone.schema) = (object.namespace, object.catalog, object.schema)
    ) AS gone
    WHERE is_news OR last_at > coalesce(ended_at, '-infinity')
), objects AS (
    UPDATE {schema}.trino_query_objects AS object
    SET ended_at = last_at
    FROM dropped
    WHERE object.object_id = dropped.object_id AND last_at > coalesce(object.ended_at, '-infinity')
), states AS (
    INSERT INTO qlt_told (kind, entity)
    SELECT CASE WHEN state.ended THEN 'ENDED' ELSE 'HOLDS' END, state.upstream_id || ':' || state.downstream_id
    FROM dropped JOIN {schema}.edge_states AS state ON state.downstream_id = dropped.object_id
    UNION ALL
    SELECT CASE WHEN state.ended THEN 'ENDED' ELSE 'HOLDS' END, state.upstream_id || ':' || state.downstream_id
    FROM dropped JOIN {schema}.edge_states AS state ON state.upstream_id = dropped.object_id
)
INSERT INTO qlt_renamed (object_id)
SELECT object_id
FROM dropped
WHERE is_news AND first_at <= ended_at
  AND (EXISTS (SELECT FROM {schema}.statement_lifecycles AS lifecycle
               WHERE lifecycle.object_id = dropped.object_id AND lifecycle.verb = 'RENAMED')
       OR EXISTS (SELECT FROM {schema}.object_moves WHERE old_id = dropped.object_id));

-- :name see_lifecycles
-- What succeeded: objects begin, end, and go on under another name, which is alive by that. Whether their edges hold or
-- have ended is noted as it was before the batch; tell_ended tells those for which it has changed. Names are followed
-- again where something was renamed, or was no rename after all, and where something older happened to what was renamed.
WITH happened AS (
    SELECT verb, object_id, new_id, min(first_seen) AS first_at, max(last_seen) AS at
    FROM qlt_counted AS counted
    CROSS JOIN LATERAL (
        SELECT verb, object_id, new_id
        FROM {schema}.statement_lifecycles
        WHERE statement_id = counted.statement_id
        OFFSET 0
    ) AS lifecycle
    WHERE happened
    GROUP BY 1, 2, 3
), changed AS (
    SELECT object_id, max(at) FILTER (WHERE verb = 'BEGINS') AS begun_at,
           max(at) FILTER (WHERE verb IN ('ENDS', 'RENAMED')) AS ended_at,
           max(at) FILTER (WHERE verb IN ('BEGINS', 'NAMED')) AS alive_at
    FROM (SELECT verb, object_id, at FROM happened
          UNION ALL SELECT 'NAMED', new_id, at FROM happened WHERE verb = 'RENAMED') AS one
    GROUP BY object_id
), objects AS (
    UPDATE {schema}.trino_query_objects AS object
    SET begun_at = greatest(object.begun_at, changed.begun_at), ended_at = greatest(object.ended_at, changed.ended_at),
        alive_at = greatest(object.alive_at, changed.alive_at)
    FROM changed
    WHERE object.object_id = changed.object_id
      AND (greatest(object.begun_at, changed.begun_at), greatest(object.ended_at, changed.ended_at),
           greatest(object.alive_at, changed.alive_at))
          IS DISTINCT FROM (object.begun_at, object.ended_at, object.alive_at)
), states AS (
    INSERT INTO qlt_told (kind, entity)
    SELECT CASE WHEN state.ended THEN 'ENDED' ELSE 'HOLDS' END, state.upstream_id || ':' || state.downstream_id
    FROM changed JOIN {schema}.edge_states AS state ON state.downstream_id = changed.object_id
    UNION ALL
    SELECT CASE WHEN state.ended THEN 'ENDED' ELSE 'HOLDS' END, state.upstream_id || ':' || state.downstream_id
    FROM changed
    JOIN {schema}.trino_query_objects AS object USING (object_id)
    JOIN {schema}.edge_states AS state ON state.upstream_id = changed.object_id
    WHERE object.gone OR changed.ended_at IS NOT NULL
)
INSERT INTO qlt_renamed (object_id)
SELECT unnest(ARRAY[object_id, new_id])
FROM {schema}.statement_lifecycles
WHERE verb = 'RENAMED'
  AND statement_id IN (SELECT statement_id FROM qlt_counted UNION ALL SELECT statement_id FROM qlt_recount)
UNION
SELECT object_id
FROM happened JOIN {schema}.trino_query_objects AS object USING (object_id)
WHERE happened.verb <> 'RENAMED' AND happened.first_at <= object.ended_at
  AND (EXISTS (SELECT FROM {schema}.statement_lifecycles AS lifecycle
               WHERE lifecycle.object_id = happened.object_id AND lifecycle.verb = 'RENAMED')
       OR EXISTS (SELECT FROM {schema}.object_moves WHERE old_id = happened.object_id));

-- :name see_schema_renames
-- Their objects follow later, some at a time.
INSERT INTO {schema}.schema_renames (namespace, catalog, schema, new_schema, at)
SELECT %(namespace)s, catalog, schema, new_schema, at
FROM (SELECT * FROM qlt_counted WHERE happened) AS counted
JOIN {schema}.statement_schema_renames USING (statement_id)
CROSS JOIN LATERAL (VALUES (first_seen), (last_seen)) AS moment (at)
ORDER BY 2, 3, 5, 4
ON CONFLICT DO NOTHING;

-- :name reopen_schemas
-- What is told late of an object that was in a renamed schema has that followed once more, from this object on.
WITH touched AS MATERIALIZED (
    SELECT DISTINCT object_id
    FROM (
        SELECT object_id FROM qlt_renamed
        UNION ALL
        SELECT object_id FROM qlt_counted JOIN {schema}.statement_objects USING (statement_id) WHERE counts
    ) AS used
    JOIN {schema}.trino_query_objects AS object USING (object_id)
    JOIN {schema}.schema_renames USING (namespace, catalog, schema)
    WHERE EXISTS (SELECT FROM {schema}.schema_renames)
), late AS (
    SELECT namespace, catalog, schema, new_schema, at, min(object_id) AS object_id
    FROM touched
    CROSS JOIN LATERAL (
        SELECT namespace, catalog, schema, new_schema, at
        FROM {schema}.unmoved_objects AS unmoved
        WHERE unmoved.object_id = touched.object_id
        OFFSET 0
    ) AS rename
    GROUP BY 1, 2, 3, 4, 5
)
UPDATE {schema}.schema_renames AS rename
SET followed = false, moved = false,
    followed_to = CASE WHEN moved THEN late.object_id - 1 ELSE least(followed_to, late.object_id - 1) END
FROM late
WHERE (rename.namespace, rename.catalog, rename.schema, rename.new_schema, rename.at)
    = (late.namespace, late.catalog, late.schema, late.new_schema, late.at);

-- :name find_renamed
-- With all that their names ever were or became.
WITH RECURSIVE reached AS (
    SELECT object_id FROM qlt_renamed
    UNION
    SELECT other.object_id
    FROM reached
    CROSS JOIN LATERAL (
        SELECT new_id AS object_id
        FROM {schema}.statement_lifecycles AS lifecycle
        WHERE lifecycle.object_id = reached.object_id AND verb = 'RENAMED'
        UNION ALL
        SELECT object_id FROM {schema}.statement_lifecycles WHERE new_id = reached.object_id
        UNION ALL
        SELECT new_id FROM {schema}.object_moves WHERE old_id = reached.object_id
        UNION ALL
        SELECT old_id FROM {schema}.object_moves WHERE new_id = reached.object_id
    ) AS other
)
INSERT INTO qlt_renamed (object_id) SELECT object_id FROM reached EXCEPT SELECT object_id FROM qlt_renamed;

-- :name find_renames
-- What became of objects, in the order of time, cuts the use of a name into spans. A span that ends with a rename goes on
-- under the new name, and there with what became of that at that moment. Between the end of an object and the beginning of
-- the next one of its name there is nothing, so equal spans around that are one. Of executions of a day the first and the
-- last count.
WITH RECURSIVE events AS (
    SELECT DISTINCT object_id, at, leaves, is_named, new_id
    FROM {schema}.object_events
    WHERE object_id IN (SELECT object_id FROM qlt_renamed)
), spans AS (
    SELECT object_id, coalesce(lag(at) OVER following, '-infinity') AS since, at AS last_at, new_id,
           new_id IS NULL AND coalesce(lag(leaves) OVER following, false) AS is_empty,
           new_id IS NOT NULL AND coalesce(lead(is_named) OVER following AND lead(at) OVER following <= at + interval '1 hour',
                                           false) AS swapped
    FROM events
    WINDOW following AS (PARTITION BY object_id ORDER BY at, leaves DESC, new_id)
), compared AS (
    SELECT *, (lag(new_id) OVER following, lag(swapped) OVER following) IS DISTINCT FROM (new_id, swapped) AS is_other
    FROM spans
    WHERE NOT is_empty
    WINDOW following AS (PARTITION BY object_id ORDER BY last_at)
), numbered AS (
    SELECT *, count(*) FILTER (WHERE is_other) OVER (PARTITION BY object_id ORDER BY last_at) AS number FROM compared
), steps AS MATERIALIZED (
    SELECT object_id, new_id, min(since) AS since, max(last_at) AS last_at, swapped
    FROM numbered
    WHERE new_id IS NOT NULL
    GROUP BY object_id, number, new_id, swapped
), paths AS (
    SELECT object_id AS old_id, new_id, since, last_at, swapped, last_at AS at FROM steps
    UNION
    SELECT paths.old_id, steps.new_id, paths.since, paths.last_at, paths.swapped OR steps.swapped, steps.last_at
    FROM paths JOIN steps ON steps.object_id = paths.new_id AND paths.at BETWEEN steps.since AND steps.last_at
)
INSERT INTO qlt_renames (old_id, new_id, since, last_at, swapped)
SELECT old_id, new_id, since, last_at, bool_and(swapped)
FROM paths
WHERE old_id <> new_id
GROUP BY old_id, new_id, since, last_at;

-- :name find_new_names
WITH stored AS (
    SELECT old_id, new_id, since, last_at, swapped
    FROM {schema}.object_renames
    WHERE old_id IN (SELECT object_id FROM qlt_renamed)
)
INSERT INTO qlt_new_names (old_id, new_id)
SELECT DISTINCT old_id, new_id
FROM ((SELECT * FROM stored EXCEPT SELECT * FROM qlt_renames)
      UNION ALL (SELECT * FROM qlt_renames EXCEPT SELECT * FROM stored)) AS differs;

-- :name forget_renames
DELETE FROM {schema}.object_renames USING qlt_new_names AS other
WHERE object_renames.old_id = other.old_id AND object_renames.new_id = other.new_id;

-- :name store_renames
INSERT INTO {schema}.object_renames (old_id, new_id, since, last_at, swapped)
SELECT old_id, new_id, since, last_at, swapped
FROM qlt_renames JOIN qlt_new_names USING (old_id, new_id)
ORDER BY 1, 2, 3;

-- :name rebuild_edges_of_renamed
-- Those that are told by other names than before, once as they were and once as they are.
INSERT INTO qlt_rebuild (upstream_id, downstream_id, kind)
SELECT edge.upstream_id, edge.downstream_id, edge.kind
FROM qlt_new_names AS other
CROSS JOIN LATERAL (
    SELECT upstream_id, downstream_id, kind
    FROM {schema}.statement_edges
    WHERE target_id = other.old_id AND downstream_id = other.new_id
    UNION ALL
    SELECT upstream_id, downstream_id, kind
    FROM {schema}.statement_edges
    WHERE source_id = other.old_id AND upstream_id = other.new_id
    OFFSET 0
) AS edge;

-- :name tell_kinds_of_renamed
UPDATE {schema}.trino_query_objects AS object
SET kind = old.kind
FROM qlt_new_names AS other JOIN {schema}.trino_query_objects AS old ON old.object_id = other.old_id
WHERE object.object_id = other.new_id AND object.kind IS NULL AND old.kind IS NOT NULL;

-- :name tell_object_kinds
UPDATE {schema}.trino_query_objects AS object
SET kind = told.kind
FROM (
    SELECT DISTINCT ON (object_id) object_id,
           CASE target.kind WHEN 'CREATE_VIEW' THEN 'VIEW'
                WHEN 'CREATE_MATERIALIZED_VIEW' THEN 'MATERIALIZED_VIEW' WHEN 'REFRESH' THEN 'MATERIALIZED_VIEW'
                ELSE 'TABLE' END AS kind
    FROM qlt_counted AS counted
    CROSS JOIN LATERAL (
        SELECT used.object_id, statement.kind
        FROM {schema}.statements AS statement
        JOIN {schema}.statement_objects AS used ON used.statement_id = statement.statement_id AND used.role = 'TARGET'
        WHERE statement.statement_id = counted.statement_id
        OFFSET 0
    ) AS target
    WHERE counted.fresh AND counted.counts AND counted.outcome = 'COMMITTED'
    ORDER BY object_id, counted.last_seen DESC
) AS told
WHERE object.object_id = told.object_id AND object.kind IS DISTINCT FROM told.kind;

-- :name see_columns
INSERT INTO {schema}.object_columns AS stored (object_id, column_name, first_day, last_day)
SELECT object_id, column_name, min(day), max(day)
FROM qlt_counted AS counted
CROSS JOIN LATERAL (
    SELECT object_id, column_name FROM {schema}.statement_columns WHERE statement_id = counted.statement_id OFFSET 0
) AS used
WHERE fresh AND counts
GROUP BY object_id, column_name
ORDER BY object_id, column_name
ON CONFLICT (object_id, column_name) DO UPDATE
SET first_day = least(stored.first_day, excluded.first_day), last_day = greatest(stored.last_day, excluded.last_day)
WHERE stored.first_day IS NULL OR excluded.first_day < stored.first_day OR excluded.last_day > stored.last_day;

-- :name find_made_edges
-- As statement_edges says it, but each statement is looked at once.
WITH pairs AS MATERIALIZED (
    SELECT pair.*
    FROM (SELECT DISTINCT statement_id FROM qlt_counted WHERE counts) AS counted
    CROSS JOIN LATERAL (
        SELECT * FROM {schema}.statement_pairs WHERE statement_id = counted.statement_id OFFSET 0
    ) AS pair
)
INSERT INTO qlt_made (statement_id, upstream_id, downstream_id, kind, method, target_id, until, source_id, since)
SELECT statement_id, read.id, written.id, kind, method, target_id, least(read.last_at, written.last_at), source_id,
       greatest(read.since, written.since)
FROM pairs
CROSS JOIN LATERAL (
    SELECT source_id AS id, NULL::timestamptz AS since, NULL::timestamptz AS last_at
    UNION ALL
    SELECT new_id, since, last_at FROM {schema}.object_renames WHERE old_id = source_id AND NOT swapped
) AS read
CROSS JOIN LATERAL (
    SELECT target_id AS id, NULL::timestamptz AS since, NULL::timestamptz AS last_at
    UNION ALL
    SELECT new_id, since, last_at FROM {schema}.object_renames WHERE old_id = target_id
) AS written
WHERE read.id <> written.id;

-- :name make_edges
-- The outer query sees edges as they were before. Another method alone is no news. What may have ended before is noted.
WITH made AS (
    INSERT INTO {schema}.edges AS edge (upstream_id, downstream_id, kind, first_seen, last_seen, certain,
        last_statement_id, method)
    SELECT upstream_id, downstream_id, kind, min(greatest(first_seen, since)), max(least(last_seen, until)),
           bool_or(outcome = 'COMMITTED'),
           (array_agg(statement_id ORDER BY least(last_seen, until) DESC, statement_id))[1],
           {schema}.joined_method(bool_or(method <> 'PARSED'), bool_or(method <> 'ENGINE'))
    FROM qlt_counted JOIN qlt_made USING (statement_id)
    WHERE counts AND first_seen <= coalesce(until, 'infinity') AND last_seen >= coalesce(since, '-infinity')
    GROUP BY 1, 2, 3
    ORDER BY 1, 2, 3
    ON CONFLICT (upstream_id, downstream_id, kind) DO UPDATE
    SET first_seen = least(edge.first_seen, excluded.first_seen),
        last_seen = greatest(edge.last_seen, excluded.last_seen),
        certain = edge.certain OR excluded.certain,
        last_statement_id = CASE WHEN excluded.last_seen > edge.last_seen THEN excluded.last_statement_id
                                 ELSE edge.last_statement_id END,
        method = CASE WHEN edge.method = excluded.method THEN edge.method ELSE 'BOTH' END
    WHERE excluded.first_seen < edge.first_seen OR excluded.last_seen > edge.last_seen
       OR excluded.certain AND NOT edge.certain OR edge.method NOT IN ('BOTH', excluded.method)
    RETURNING upstream_id, downstream_id, kind, certain
), compared AS (
    SELECT made.upstream_id, made.downstream_id, made.certain, before.certain AS old_certain,
           before.last_seen AS old_last_seen
    FROM made
    LEFT JOIN LATERAL (
        SELECT certain, last_seen FROM {schema}.edges
        WHERE (edges.upstream_id, edges.downstream_id, edges.kind) = (made.upstream_id, made.downstream_id, made.kind)
        OFFSET 0
    ) AS before ON true
), news AS (
    SELECT upstream_id, downstream_id, old_certain IS NULL AS is_new
    FROM compared
    WHERE old_certain IS DISTINCT FROM certain
), told AS (
    INSERT INTO qlt_told (kind, entity) SELECT 'LINEAGE', upstream_id || ':' || downstream_id FROM news
), noted AS (
    INSERT INTO qlt_told (kind, entity)
    SELECT 'ENDED', upstream_id || ':' || downstream_id
    FROM compared JOIN {schema}.trino_query_objects AS object ON object.object_id = downstream_id
    WHERE old_last_seen < greatest(object.begun_at, object.ended_at)
    UNION ALL
    SELECT CASE WHEN state.ended THEN 'ENDED' ELSE 'HOLDS' END, compared.upstream_id || ':' || compared.downstream_id
    FROM compared
    JOIN {schema}.trino_query_objects AS object ON object.object_id = compared.upstream_id AND object.gone
    JOIN {schema}.edge_states AS state USING (upstream_id, downstream_id)
)
SELECT count(*) FILTER (WHERE is_new) FROM news;

-- :name make_column_edges
WITH made AS (
    INSERT INTO {schema}.column_edges AS edge (upstream_id, upstream_column, downstream_id, downstream_column, subtype,
        kind, first_day, last_day, method)
    SELECT made.upstream_id, upstream_column, made.downstream_id, downstream_column, subtype, made.kind, min(day),
           max(day), {schema}.joined_method(bool_or(flow.method <> 'PARSED'), bool_or(flow.method <> 'ENGINE'))
    FROM qlt_counted AS counted
    JOIN qlt_made AS made USING (statement_id)
    CROSS JOIN LATERAL (
        SELECT upstream_column, downstream_column, subtype, method
        FROM {schema}.statement_column_edges AS flow
        WHERE (flow.statement_id, flow.upstream_id, flow.downstream_id)
            = (made.statement_id, made.source_id, made.target_id)
        OFFSET 0
    ) AS flow
    WHERE fresh AND counts AND first_seen <= coalesce(until, 'infinity') AND last_seen >= coalesce(since, '-infinity')
    GROUP BY 1, 2, 3, 4, 5, 6
    ORDER BY 1, 3, 6, 2, 4, 5
    ON CONFLICT (upstream_id, downstream_id, kind, upstream_column, downstream_column, subtype) DO UPDATE
    SET first_day = least(edge.first_day, excluded.first_day), last_day = greatest(edge.last_day, excluded.last_day),
        method = CASE WHEN edge.method = excluded.method THEN edge.method ELSE 'BOTH' END
    WHERE excluded.first_day < edge.first_day OR excluded.last_day > edge.last_day
       OR edge.method NOT IN ('BOTH', excluded.method)
    RETURNING upstream_id, upstream_column, downstream_id, downstream_column, subtype, kind
)
INSERT INTO qlt_told (kind, entity)
SELECT DISTINCT 'LINEAGE', upstream_id || ':' || downstream_id
FROM made
WHERE NOT EXISTS (
    SELECT FROM {schema}.column_edges AS before
    WHERE (before.upstream_id, before.downstream_id, before.kind, before.upstream_column, before.downstream_column,
           before.subtype)
        = (made.upstream_id, made.downstream_id, made.kind, made.upstream_column, made.downstream_column, made.subtype)
    OFFSET 0);

-- :name days_to_recount
SELECT count(*) FROM qlt_recount;

-- :name edges_to_rebuild
SELECT count(*) FROM qlt_rebuild;

-- :name clear_days
TRUNCATE qlt_days;

-- :name recount_days
WITH wanted AS (
    SELECT DISTINCT statement_id, day FROM qlt_recount WHERE day NOT IN (SELECT day FROM {schema}.dropped_days)
), forgotten AS (
    DELETE FROM {schema}.statement_days USING wanted
    WHERE statement_days.statement_id = wanted.statement_id AND statement_days.day = wanted.day
    RETURNING statement_days.statement_id, statement_days.day, user_name, state, outcome
), found AS (
    SELECT wanted.statement_id, wanted.day, user_name, state, coalesce(outcome, 'NONE') AS outcome, count(*) AS executions,
           min(created) AS first_seen, max(created) AS last_seen
    FROM wanted
    JOIN {schema}.trino_queries_history AS history
      ON history.statement_id = wanted.statement_id
     AND history.query_id >= to_char(wanted.day - 1, 'YYYYMMDD')
     AND history.query_id < to_char(wanted.day + 2, 'YYYYMMDD')
     AND (history.created AT TIME ZONE 'UTC')::date = wanted.day
    WHERE history.capture <> 'OPEN'
    GROUP BY 1, 2, 3, 4, 5
), counted AS (
    INSERT INTO qlt_counted (statement_id, day, outcome, first_seen, last_seen, counts, happened, fresh, new_user)
    SELECT found.statement_id, day, outcome, first_seen, last_seen, {schema}.counts(effect, state, outcome),
           state = 'FINISHED' AND outcome IN ('NONE', 'COMMITTED'),
           (found.statement_id, day, user_name, state, outcome) NOT IN (SELECT * FROM forgotten), false
    FROM found JOIN {schema}.statements USING (statement_id)
)
INSERT INTO qlt_days (statement_id, day, user_name, state, outcome, executions, first_seen, last_seen)
SELECT * FROM found;

-- :name store_recounted_days
INSERT INTO {schema}.statement_days (statement_id, day, user_name, state, outcome, executions, first_seen, last_seen)
SELECT statement_id, day, user_name, state, outcome, executions, first_seen, last_seen FROM qlt_days;

-- :name rebuild_edges_of_recounted
INSERT INTO qlt_rebuild (upstream_id, downstream_id, kind)
SELECT upstream_id, downstream_id, kind
FROM {schema}.statement_edges
WHERE statement_id IN (SELECT statement_id FROM qlt_recount);

-- :name rebuild_edges
WITH wanted AS (
    SELECT DISTINCT upstream_id, downstream_id, kind FROM qlt_rebuild
), facts AS (
    SELECT upstream_id, downstream_id, kind, min(greatest(first_seen, since)) AS first_seen,
           max(least(last_seen, until)) AS last_seen, bool_or(outcome = 'COMMITTED') AS certain,
           (array_agg(statement_id ORDER BY least(last_seen, until) DESC, statement_id))[1] AS last_statement_id,
           {schema}.joined_method(bool_or(method <> 'PARSED'), bool_or(method <> 'ENGINE')) AS method
    FROM wanted
    CROSS JOIN LATERAL (
        SELECT statement_id, method, since, until
        FROM {schema}.statement_edges AS made
        WHERE (made.upstream_id, made.downstream_id, made.kind) = (wanted.upstream_id, wanted.downstream_id, wanted.kind)
        OFFSET 0
    ) AS made
    CROSS JOIN LATERAL (
        SELECT first_seen, last_seen, outcome
        FROM {schema}.evidence
        WHERE evidence.statement_id = made.statement_id
        OFFSET 0
    ) AS days
    WHERE first_seen <= coalesce(until, 'infinity') AND last_seen >= coalesce(since, '-infinity')
    GROUP BY 1, 2, 3
), vanished AS (
    DELETE FROM {schema}.edges AS edge USING wanted
    WHERE (edge.upstream_id, edge.downstream_id, edge.kind) = (wanted.upstream_id, wanted.downstream_id, wanted.kind)
      AND NOT EXISTS (SELECT FROM facts WHERE (facts.upstream_id, facts.downstream_id, facts.kind)
                                            = (edge.upstream_id, edge.downstream_id, edge.kind))
    RETURNING edge.upstream_id, edge.downstream_id
), made AS (
    INSERT INTO {schema}.edges AS edge (upstream_id, downstream_id, kind, first_seen, last_seen, certain,
        last_statement_id, method)
    SELECT * FROM facts ORDER BY 1, 2, 3
    ON CONFLICT (upstream_id, downstream_id, kind) DO UPDATE
    SET first_seen = excluded.first_seen, last_seen = excluded.last_seen, certain = excluded.certain,
        last_statement_id = excluded.last_statement_id, method = excluded.method
    WHERE (edge.first_seen, edge.last_seen, edge.certain, edge.last_statement_id, edge.method)
        IS DISTINCT FROM (excluded.first_seen, excluded.last_seen, excluded.certain, excluded.last_statement_id,
                          excluded.method)
    RETURNING upstream_id, downstream_id, kind, certain
), news AS (
    SELECT upstream_id, downstream_id, before.upstream_id IS NULL AS is_new
    FROM made LEFT JOIN {schema}.edges AS before USING (upstream_id, downstream_id, kind)
    WHERE before.upstream_id IS NULL OR before.certain <> made.certain
), told AS (
    INSERT INTO qlt_told (kind, entity)
    SELECT 'LINEAGE', upstream_id || ':' || downstream_id
    FROM (SELECT upstream_id, downstream_id FROM news UNION SELECT upstream_id, downstream_id FROM vanished) AS changed
)
SELECT count(*) FILTER (WHERE is_new) FROM news;

-- :name rebuild_column_edges
WITH wanted AS (
    SELECT DISTINCT upstream_id, downstream_id, kind FROM qlt_rebuild
), facts AS (
    SELECT upstream_id, upstream_column, downstream_id, downstream_column, subtype, kind,
           min(first_day) AS first_day, max(last_day) AS last_day,
           {schema}.joined_method(bool_or(flow.method <> 'PARSED'), bool_or(flow.method <> 'ENGINE')) AS method
    FROM wanted
    CROSS JOIN LATERAL (
        SELECT statement_id, source_id, target_id, since, until
        FROM {schema}.statement_edges AS made
        WHERE (made.upstream_id, made.downstream_id, made.kind) = (wanted.upstream_id, wanted.downstream_id, wanted.kind)
        OFFSET 0
    ) AS made
    CROSS JOIN LATERAL (
        SELECT min(day) AS first_day, max(day) AS last_day
        FROM {schema}.evidence
        WHERE evidence.statement_id = made.statement_id
          AND first_seen <= coalesce(until, 'infinity') AND last_seen >= coalesce(since, '-infinity')
    ) AS days
    CROSS JOIN LATERAL (
        SELECT upstream_column, downstream_column, subtype, method
        FROM {schema}.statement_column_edges AS flow
        WHERE (flow.statement_id, flow.upstream_id, flow.downstream_id)
            = (made.statement_id, made.source_id, made.target_id)
        OFFSET 0
    ) AS flow
    WHERE days.first_day IS NOT NULL
    GROUP BY 1, 2, 3, 4, 5, 6
), vanished AS (
    DELETE FROM {schema}.column_edges AS edge USING wanted
    WHERE (edge.upstream_id, edge.downstream_id, edge.kind) = (wanted.upstream_id, wanted.downstream_id, wanted.kind)
      AND NOT EXISTS (
          SELECT FROM facts
          WHERE (facts.upstream_id, facts.downstream_id, facts.kind, facts.upstream_column, facts.downstream_column,
                 facts.subtype)
              = (edge.upstream_id, edge.downstream_id, edge.kind, edge.upstream_column, edge.downstream_column,
                 edge.subtype))
    RETURNING edge.upstream_id, edge.downstream_id
), made AS (
    INSERT INTO {schema}.column_edges AS edge (upstream_id, upstream_column, downstream_id, downstream_column, subtype,
        kind, first_day, last_day, method)
    SELECT * FROM facts ORDER BY 1, 3, 6, 2, 4, 5
    ON CONFLICT (upstream_id, downstream_id, kind, upstream_column, downstream_column, subtype) DO UPDATE
    SET first_day = excluded.first_day, last_day = excluded.last_day, method = excluded.method
    WHERE (edge.first_day, edge.last_day, edge.method)
        IS DISTINCT FROM (excluded.first_day, excluded.last_day, excluded.method)
    RETURNING upstream_id, upstream_column, downstream_id, downstream_column, subtype, kind
), news AS (
    SELECT upstream_id, downstream_id
    FROM made LEFT JOIN {schema}.column_edges AS before
        USING (upstream_id, downstream_id, kind, upstream_column, downstream_column, subtype)
    WHERE before.upstream_id IS NULL
)
INSERT INTO qlt_told (kind, entity)
SELECT 'LINEAGE', upstream_id || ':' || downstream_id
FROM (SELECT upstream_id, downstream_id FROM news UNION SELECT upstream_id, downstream_id FROM vanished) AS changed;

-- :name forget_sums
DELETE FROM {schema}.day_sums WHERE day IN (SELECT day FROM qlt_counted UNION SELECT day FROM qlt_recount);

-- :name tell_ended
-- Edges that hold no longer, or again; where a state was noted twice, what HOLDS comes from before the batch. What holds
-- again is withdrawn no longer.
WITH noted AS (
    DELETE FROM qlt_told WHERE kind IN ('HOLDS', 'ENDED') RETURNING kind, entity
), before AS (
    SELECT entity, bool_and(kind = 'ENDED') AS ended FROM noted GROUP BY entity
), turned AS (
    SELECT entity, before.ended
    FROM before
    JOIN LATERAL (
        SELECT bool_and(ended) AS ended FROM {schema}.edge_states
        WHERE upstream_id = split_part(entity, ':', 1)::bigint AND downstream_id = split_part(entity, ':', 2)::bigint
    ) AS now ON now.ended <> before.ended
), back AS (
    UPDATE {schema}.sent SET withdrawn_at = NULL
    FROM turned
    WHERE sent.kind = 'LINEAGE' AND sent.entity = turned.entity AND turned.ended AND sent.sink = ANY(%(sinks)s)
      AND sent.withdrawn_at IS NOT NULL
)
INSERT INTO qlt_told (kind, entity) SELECT 'LINEAGE', entity FROM turned;

-- :name forget_untold_ends
-- An edge that has ended before anybody was told of it is no news.
DELETE FROM qlt_told AS told
WHERE kind = 'LINEAGE'
  AND NOT EXISTS (SELECT FROM {schema}.outbox AS message
                  WHERE message.sink = ANY(%(sinks)s) AND message.kind = 'LINEAGE' AND message.entity = told.entity)
  AND (SELECT bool_and(ended) FROM {schema}.edge_states
       WHERE upstream_id = split_part(told.entity, ':', 1)::bigint
         AND downstream_id = split_part(told.entity, ':', 2)::bigint);

-- :name tell_statements
-- A statement without an object that a catalog could know is not told.
INSERT INTO qlt_told (kind, entity)
SELECT 'QUERY', told.statement_id::text
FROM (
    SELECT statement_id FROM qlt_counted WHERE counts AND new_user
    UNION
    SELECT statement_id FROM {schema}.counted_days WHERE statement_id = ANY(%(replaced)s)
    UNION
    SELECT statement_id FROM qlt_recount
) AS told
WHERE EXISTS (
    SELECT
    FROM {schema}.statement_objects AS used JOIN {schema}.trino_query_objects AS object USING (object_id)
    WHERE used.statement_id = told.statement_id AND NOT object.is_system
    OFFSET 0);

-- :name enqueue
-- A claimed message keeps its lease: it is due again when that is settled.
INSERT INTO {schema}.outbox AS message (sink, kind, entity)
SELECT DISTINCT sink, kind, entity
FROM qlt_told CROSS JOIN unnest(%(sinks)s::text[]) AS sink
ORDER BY sink, kind, entity
ON CONFLICT (sink, kind, entity) DO UPDATE
SET generation = message.generation + 1, state = 'PENDING', attempts = 0, reason = NULL, enqueued_at = now(),
    updated_at = now(),
    next_attempt_at = CASE WHEN message.lease_until > now() THEN message.next_attempt_at ELSE now() END;

-- :name claims
INSERT INTO {schema}.claims (digest, cluster, run_id, job_namespace, job_name, event_type, event_time, producer, query_id,
    inputs, outputs, columns, sql)
SELECT digest, %(cluster)s, run_id, job_namespace, job_name, event_type, event_time, producer, query_id, inputs::jsonb,
       outputs::jsonb, columns::jsonb, sql
FROM unnest(%(digests)s::bytea[], %(run_ids)s::text[], %(job_namespaces)s::text[], %(job_names)s::text[],
            %(event_types)s::text[], %(event_times)s::timestamptz[], %(producers)s::text[], %(query_ids)s::text[],
            %(inputs)s::text[], %(outputs)s::text[], %(columns)s::text[], %(sqls)s::text[])
    AS new (digest, run_id, job_namespace, job_name, event_type, event_time, producer, query_id, inputs, outputs,
            columns, sql)
ORDER BY digest
ON CONFLICT (digest) DO NOTHING;

-- :name gaps
INSERT INTO {schema}.gaps (cluster, source, cause, gap_start, gap_end, detail)
SELECT %(cluster)s, %(source)s, cause, gap_start, gap_end, detail
FROM unnest(%(causes)s::text[], %(starts)s::timestamptz[], %(ends)s::timestamptz[], %(details)s::text[])
    AS new (cause, gap_start, gap_end, detail)
ON CONFLICT DO NOTHING;

-- :name quarantine
-- In the order of the rows, as people read them; a digest holds its cluster, whose lock keeps everybody else out.
INSERT INTO {schema}.quarantine (digest, cluster, source, origin, query_id, reason, payload)
SELECT digest, %(cluster)s, %(source)s, origin, query_id, reason, payload
FROM unnest(%(digests)s::bytea[], %(origins)s::text[], %(query_ids)s::text[], %(reasons)s::text[],
            %(payloads)s::text[]) WITH ORDINALITY AS new (digest, origin, query_id, reason, payload, place)
ORDER BY place
ON CONFLICT (digest) DO NOTHING;

-- :name move
INSERT INTO {schema}.ingest_state AS stored (cluster, source, watermark, position)
VALUES (%(cluster)s, %(source)s, %(watermark)s, coalesce(%(position)s::jsonb, '{}'))
ON CONFLICT (cluster, source) DO UPDATE
SET watermark = greatest(stored.watermark, excluded.watermark),
    position = coalesce(%(position)s::jsonb, stored.position), updated_at = now()
WHERE (stored.watermark, stored.position)
    IS DISTINCT FROM (greatest(stored.watermark, excluded.watermark), coalesce(%(position)s::jsonb, stored.position));
