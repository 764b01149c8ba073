-- Three roles, optional: run this once as an administrator and grant them to your own users.
--   qlt_migrator   owns the schema and runs `qlt db migrate`
--   qlt_writer     runs the tracker
--   qlt_reader     reads everything but SQL texts and what may quote them
-- Run it again after a migration that adds relations.

DO $roles$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'qlt_migrator') THEN CREATE ROLE qlt_migrator NOLOGIN; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'qlt_writer') THEN CREATE ROLE qlt_writer NOLOGIN; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'qlt_reader') THEN CREATE ROLE qlt_reader NOLOGIN; END IF;
END $roles$;

GRANT USAGE, CREATE ON SCHEMA {schema} TO qlt_migrator;
-- The writer creates the partition of a new day and retention drops old ones: only an owner may, so it is a member.
GRANT qlt_migrator TO qlt_writer;
GRANT USAGE ON SCHEMA {schema} TO qlt_writer, qlt_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO qlt_writer;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO qlt_writer;

GRANT SELECT ON {schema}.clusters, {schema}.ingest_state, {schema}.runs, {schema}.gaps, {schema}.rolled_back_transactions,
    {schema}.trino_query_objects, {schema}.trino_queries_and_query_objects_lnk, {schema}.statement_objects,
    {schema}.statement_columns, {schema}.statement_column_edges, {schema}.object_columns, {schema}.column_sets,
    {schema}.view_lookups, {schema}.statements_on_other_columns, {schema}.statement_days, {schema}.day_sums,
    {schema}.counted_days, {schema}.edges, {schema}.column_edges, {schema}.statement_edges, {schema}.usage_by_day,
    {schema}.leases, {schema}.own_queries, {schema}.doubted_texts, {schema}.dropped_days, {schema}.operator_actions,
    {schema}.schema_migrations, {schema}.unresolved_names, {schema}.statement_lifecycles, {schema}.view_definitions,
    {schema}.object_renames, {schema}.statement_schema_renames, {schema}.schema_renames, {schema}.object_moves,
    {schema}.statement_schema_drops, {schema}.schema_drops,
    {schema}.object_events, {schema}.unmoved_objects, {schema}.evidence, {schema}.edge_states, {schema}.column_edge_states, {schema}.statement_pairs,
    {schema}.edges_through_views,
    {schema}.unused_tables, {schema}.claimed_edges, {schema}.claimed_column_edges, {schema}.daily_accounts
    TO qlt_reader;
GRANT SELECT (digest, cluster, run_id, job_namespace, job_name, event_type, event_time, producer, query_id, inputs, outputs,
    columns, received_at)
    ON {schema}.claims TO qlt_reader;
GRANT SELECT (cluster, query_id, statement_id, user_name, source, session_catalog, session_schema, session_origin, state,
    capture, lost_reason, outcome, created, started, ended, error_type, error_code, resource_group, query_type,
    update_type, client_tags, original_user, principal, trace_token, transaction_id, claimed_by, cpu_ms, elapsed_ms,
    queued_ms, analysis_ms, planning_ms, execution_ms, peak_memory_bytes, physical_input_bytes, raw_input_rows,
    written_bytes, spilled_bytes, written_rows, finished_writing, nothing_to_do, told_by, origins, description,
    first_seen_at, updated_at)
    ON {schema}.trino_queries_history TO qlt_reader;
GRANT SELECT (statement_id, namespace, fingerprint, session_catalog, session_schema, kind, effect, coverage, analyzer,
    engine_digest, engine_at, session_verb, session_names, analyzed_at)
    ON {schema}.statements TO qlt_reader;
GRANT SELECT (cluster, query_id, prepare_query_id, prepared_name) ON {schema}.prepared_guesses TO qlt_reader;
