-- The data model. Every relation and column has a comment, because analysts read the catalog.
--
-- There are few foreign keys on purpose: the big tables are written in bulk under the lock of their cluster (executions)
-- or namespace (statements), by one writer that creates what it refers to in the same transaction; checking each row
-- again would cost a good part of the throughput. The tests look for orphans instead.

CREATE EXTENSION IF NOT EXISTS pg_trgm;
-- The extension may live in a schema of its own; its operator class is named below.
SELECT set_config('search_path', current_setting('search_path') || ', ' || quote_ident(nspname), true)
FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
WHERE extname = 'pg_trgm';

CREATE FUNCTION {schema}.state_rank(state text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE state
        WHEN 'QUEUED' THEN 0 WHEN 'WAITING_FOR_RESOURCES' THEN 1 WHEN 'DISPATCHING' THEN 2 WHEN 'PLANNING' THEN 3
        WHEN 'STARTING' THEN 4 WHEN 'RUNNING' THEN 5 WHEN 'FINISHING' THEN 6 ELSE 7 END;
COMMENT ON FUNCTION {schema}.state_rank(text) IS 'Place of a state in Trino''s order; FINISHED and FAILED share the last one.';

CREATE FUNCTION {schema}.counts(effect text, state text, outcome text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE effect
        WHEN 'READS' THEN state = 'FINISHED'
        WHEN 'WRITES' THEN coalesce(outcome IN ('COMMITTED', 'UNCERTAIN'), false)
        WHEN 'DEFINES' THEN coalesce(outcome = 'COMMITTED', false)
        ELSE false END;
COMMENT ON FUNCTION {schema}.counts(text, text, text) IS 'Whether executions of a statement with this effect, in this state and with this outcome, count as usage and make edges.';

CREATE FUNCTION {schema}.joined_method(engine boolean, parsed boolean) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN engine AND parsed THEN 'BOTH' WHEN engine THEN 'ENGINE' ELSE 'PARSED' END;
COMMENT ON FUNCTION {schema}.joined_method(boolean, boolean) IS 'How something is known that Trino said so (engine), that the analyzer found (parsed), or both.';

-- What we follow ------------------------------------------------------------------------------------------------------

CREATE TABLE {schema}.clusters (
    cluster text COLLATE "C" PRIMARY KEY,
    namespace text NOT NULL,
    known_since timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE {schema}.clusters IS 'A Trino coordinator that we follow. Every batch locks its row first, so batches of one cluster never overlap.';
COMMENT ON COLUMN {schema}.clusters.cluster IS 'Name of the cluster; query ids are unique only within it.';
COMMENT ON COLUMN {schema}.clusters.namespace IS 'What names of objects are unique in; clusters over one metastore share it.';
COMMENT ON COLUMN {schema}.clusters.known_since IS 'When its first batch was saved.';

CREATE TABLE {schema}.leases (
    cluster text COLLATE "C" PRIMARY KEY,
    holder text NOT NULL,
    epoch bigint NOT NULL,
    expires_at timestamptz NOT NULL
);
COMMENT ON TABLE {schema}.leases IS 'Who ingests a cluster. A batch of a stale holder fails on the epoch.';
COMMENT ON COLUMN {schema}.leases.cluster IS 'The cluster that is ingested.';
COMMENT ON COLUMN {schema}.leases.holder IS 'The tracker that holds the lease: host and process.';
COMMENT ON COLUMN {schema}.leases.epoch IS 'Raised by one whenever the lease is taken.';
COMMENT ON COLUMN {schema}.leases.expires_at IS 'Until when it holds unless renewed, by the clock of the database.';

CREATE TABLE {schema}.ingest_state (
    cluster text COLLATE "C" NOT NULL,
    source text NOT NULL,
    watermark timestamptz,
    position jsonb NOT NULL DEFAULT '{}',
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (cluster, source)
);
COMMENT ON TABLE {schema}.ingest_state IS 'How far a source of a cluster was ingested; moves in the transaction of the rows.';
COMMENT ON COLUMN {schema}.ingest_state.cluster IS 'The cluster.';
COMMENT ON COLUMN {schema}.ingest_state.source IS 'The source: a poller, recorded files, a backfill.';
COMMENT ON COLUMN {schema}.ingest_state.watermark IS 'The largest end among committed terminal rows, by the clock of the coordinator.';
COMMENT ON COLUMN {schema}.ingest_state.position IS 'Where the source stands; opaque to all but the source.';
COMMENT ON COLUMN {schema}.ingest_state.updated_at IS 'When a batch moved it.';

CREATE TABLE {schema}.runs (
    run_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    cluster text COLLATE "C" NOT NULL,
    source text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    inserted bigint NOT NULL DEFAULT 0,
    advanced bigint NOT NULL DEFAULT 0,
    rejected bigint NOT NULL DEFAULT 0,
    lost bigint NOT NULL DEFAULT 0,
    gaps bigint NOT NULL DEFAULT 0,
    statements bigint NOT NULL DEFAULT 0,
    edges bigint NOT NULL DEFAULT 0,
    enqueued bigint NOT NULL DEFAULT 0,
    error text
);
CREATE INDEX runs_of_source ON {schema}.runs (cluster, source, started_at);
COMMENT ON TABLE {schema}.runs IS 'One pass over a source.';
COMMENT ON COLUMN {schema}.runs.run_id IS 'Identity of the pass.';
COMMENT ON COLUMN {schema}.runs.cluster IS 'The cluster.';
COMMENT ON COLUMN {schema}.runs.source IS 'The source.';
COMMENT ON COLUMN {schema}.runs.started_at IS 'When the pass began.';
COMMENT ON COLUMN {schema}.runs.ended_at IS 'When it ended; empty while it runs, and for ever when the tracker was killed.';
COMMENT ON COLUMN {schema}.runs.inserted IS 'Executions seen for the first time.';
COMMENT ON COLUMN {schema}.runs.advanced IS 'Executions of which something new was learned.';
COMMENT ON COLUMN {schema}.runs.rejected IS 'Rows newly put into quarantine.';
COMMENT ON COLUMN {schema}.runs.lost IS 'Open executions given up as lost.';
COMMENT ON COLUMN {schema}.runs.gaps IS 'Gaps newly recorded.';
COMMENT ON COLUMN {schema}.runs.statements IS 'Statements stored for the first time or with a new result.';
COMMENT ON COLUMN {schema}.runs.edges IS 'Edges that are new.';
COMMENT ON COLUMN {schema}.runs.enqueued IS 'Messages enqueued.';
COMMENT ON COLUMN {schema}.runs.error IS 'Why it failed; empty when it did not.';

CREATE TABLE {schema}.gaps (
    gap_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    cluster text COLLATE "C" NOT NULL,
    source text NOT NULL,
    cause text NOT NULL CHECK (cause IN ('FIRST_POLL', 'OUTAGE', 'RESTART', 'EXPIRED')),
    gap_start timestamptz,
    gap_end timestamptz NOT NULL,
    detail text NOT NULL DEFAULT '',
    recorded_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (cluster, source, cause, gap_start, gap_end)
);
COMMENT ON TABLE {schema}.gaps IS 'A range of time that a source can no longer serve and that may hold queries we never saw.';
COMMENT ON COLUMN {schema}.gaps.gap_id IS 'Identity of the gap.';
COMMENT ON COLUMN {schema}.gaps.cluster IS 'The cluster.';
COMMENT ON COLUMN {schema}.gaps.source IS 'The source that found it.';
COMMENT ON COLUMN {schema}.gaps.cause IS 'FIRST_POLL, OUTAGE of ours, RESTART of the coordinator, or EXPIRED events of a Kafka topic.';
COMMENT ON COLUMN {schema}.gaps.gap_start IS 'Begin by the clock of the coordinator; empty for "ever before".';
COMMENT ON COLUMN {schema}.gaps.gap_end IS 'End by the clock of the coordinator.';
COMMENT ON COLUMN {schema}.gaps.detail IS 'What was seen, in words.';
COMMENT ON COLUMN {schema}.gaps.recorded_at IS 'When it was recorded.';

CREATE TABLE {schema}.own_queries (
    cluster text COLLATE "C" NOT NULL,
    query_id text COLLATE "C" NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (cluster, query_id)
);
COMMENT ON TABLE {schema}.own_queries IS 'Queries that the tracker itself issued; they are never part of the history.';
COMMENT ON COLUMN {schema}.own_queries.cluster IS 'The cluster.';
COMMENT ON COLUMN {schema}.own_queries.query_id IS 'Trino''s id of our query.';
COMMENT ON COLUMN {schema}.own_queries.recorded_at IS 'When we issued it.';

CREATE TABLE {schema}.quarantine (
    quarantine_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest bytea NOT NULL UNIQUE,
    cluster text COLLATE "C" NOT NULL,
    source text NOT NULL,
    origin text NOT NULL,
    query_id text,
    reason text NOT NULL,
    payload text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    replayed_at timestamptz
);
COMMENT ON TABLE {schema}.quarantine IS 'Rows that could not be understood: kept with their reason until they are replayed.';
COMMENT ON COLUMN {schema}.quarantine.quarantine_id IS 'Identity of the row, for the command line.';
COMMENT ON COLUMN {schema}.quarantine.digest IS 'Hash of cluster, source, origin and payload: the same row is kept once.';
COMMENT ON COLUMN {schema}.quarantine.cluster IS 'The cluster.';
COMMENT ON COLUMN {schema}.quarantine.source IS 'The source.';
COMMENT ON COLUMN {schema}.quarantine.origin IS 'Where it stood: file and line, or poll.';
COMMENT ON COLUMN {schema}.quarantine.query_id IS 'Trino''s query id, if the row had a readable one.';
COMMENT ON COLUMN {schema}.quarantine.reason IS 'What was wrong and what was expected.';
COMMENT ON COLUMN {schema}.quarantine.payload IS 'What arrived, redacted, as storable text.';
COMMENT ON COLUMN {schema}.quarantine.recorded_at IS 'When it arrived first.';
COMMENT ON COLUMN {schema}.quarantine.replayed_at IS 'When it was ingested after all; empty while it waits.';

-- History ---------------------------------------------------------------------------------------------------------------

CREATE TABLE {schema}.trino_queries_history (
    cluster text COLLATE "C" NOT NULL,
    query_id text COLLATE "C" NOT NULL,
    statement_id uuid NOT NULL,
    text_id uuid NOT NULL,
    prepared_text_id uuid,
    user_name text NOT NULL,
    source text,
    session_catalog text,
    session_schema text,
    session_origin text CHECK (session_origin IN ('EVENT', 'REST', 'RECORDED', 'CONFIGURED')),
    state text NOT NULL CHECK (state IN ('QUEUED', 'WAITING_FOR_RESOURCES', 'DISPATCHING', 'PLANNING', 'STARTING',
                                         'RUNNING', 'FINISHING', 'FINISHED', 'FAILED')),
    capture text NOT NULL CHECK (capture IN ('OPEN', 'COMPLETE', 'LOST')),
    lost_reason text,
    outcome text CHECK (outcome IN ('COMMITTED', 'NOT_WRITTEN', 'UNCERTAIN')),
    created timestamptz NOT NULL,
    started timestamptz,
    ended timestamptz,
    error_type text,
    error_code text,
    error_message text,
    resource_group text[],
    query_type text,
    update_type text,
    client_info text,
    client_tags text[],
    original_user text,
    principal text,
    trace_token text,
    transaction_id text,
    claimed_by jsonb,
    cpu_ms bigint,
    elapsed_ms bigint,
    queued_ms bigint,
    analysis_ms bigint,
    planning_ms bigint,
    execution_ms bigint,
    peak_memory_bytes bigint,
    physical_input_bytes bigint,
    raw_input_rows bigint,
    written_bytes bigint,
    spilled_bytes bigint,
    written_rows bigint,
    finished_writing boolean,
    nothing_to_do boolean,
    told_by text[] NOT NULL,
    origins jsonb,
    description text CHECK (description IN ('EVENT', 'REST', 'FORBIDDEN', 'GONE')),
    first_seen_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (cluster, query_id)
) PARTITION BY RANGE (query_id);
CREATE INDEX ON {schema}.trino_queries_history (statement_id, query_id);
CREATE INDEX ON {schema}.trino_queries_history (text_id, query_id);
CREATE INDEX ON {schema}.trino_queries_history (user_name, query_id);
CREATE INDEX ON {schema}.trino_queries_history (source, query_id);
CREATE INDEX ON {schema}.trino_queries_history (cluster, query_id) WHERE state = 'FAILED';
CREATE INDEX ON {schema}.trino_queries_history (cluster, query_id) WHERE capture = 'OPEN';
CREATE INDEX ON {schema}.trino_queries_history (cluster, transaction_id)
    WHERE transaction_id IS NOT NULL AND outcome IN ('COMMITTED', 'UNCERTAIN');
CREATE INDEX ON {schema}.trino_queries_history (cluster, ended)
    WHERE description IS NULL AND outcome IS NOT NULL AND capture = 'COMPLETE' AND told_by @> '{POLL}';
COMMENT ON TABLE {schema}.trino_queries_history IS 'One execution of one statement. Partitioned by UTC day: a query id begins with its day.';
COMMENT ON COLUMN {schema}.trino_queries_history.cluster IS 'The cluster that ran it.';
COMMENT ON COLUMN {schema}.trino_queries_history.query_id IS 'Trino''s id of the execution: yyyyMMdd_HHmmss_number_coordinator.';
COMMENT ON COLUMN {schema}.trino_queries_history.statement_id IS 'The analyzed statement that was executed.';
COMMENT ON COLUMN {schema}.trino_queries_history.text_id IS 'The redacted text as it was sent.';
COMMENT ON COLUMN {schema}.trino_queries_history.prepared_text_id IS 'The redacted prepared text that an EXECUTE ran.';
COMMENT ON COLUMN {schema}.trino_queries_history.user_name IS 'The user that Trino ran it as.';
COMMENT ON COLUMN {schema}.trino_queries_history.source IS 'The client program, as it names itself.';
COMMENT ON COLUMN {schema}.trino_queries_history.session_catalog IS 'Catalog that unqualified names were resolved in.';
COMMENT ON COLUMN {schema}.trino_queries_history.session_schema IS 'Schema that unqualified names were resolved in.';
COMMENT ON COLUMN {schema}.trino_queries_history.session_origin IS 'How the session is known: EVENT, REST, RECORDED or CONFIGURED; empty when it is not.';
COMMENT ON COLUMN {schema}.trino_queries_history.state IS 'Trino''s state; only advances. FINISHED and FAILED are terminal.';
COMMENT ON COLUMN {schema}.trino_queries_history.capture IS 'OPEN, COMPLETE, or LOST when its end was never seen.';
COMMENT ON COLUMN {schema}.trino_queries_history.lost_reason IS 'Why it was lost: RESTART or EVICTED.';
COMMENT ON COLUMN {schema}.trino_queries_history.outcome IS 'What happened to the data of a write: COMMITTED, NOT_WRITTEN, UNCERTAIN; empty for reads.';
COMMENT ON COLUMN {schema}.trino_queries_history.created IS 'When Trino accepted it.';
COMMENT ON COLUMN {schema}.trino_queries_history.started IS 'When it left the queue.';
COMMENT ON COLUMN {schema}.trino_queries_history.ended IS 'When it ended.';
COMMENT ON COLUMN {schema}.trino_queries_history.error_type IS 'USER_ERROR, INTERNAL_ERROR, INSUFFICIENT_RESOURCES or EXTERNAL.';
COMMENT ON COLUMN {schema}.trino_queries_history.error_code IS 'Name of Trino''s error code.';
COMMENT ON COLUMN {schema}.trino_queries_history.error_message IS 'The redacted failure message.';
COMMENT ON COLUMN {schema}.trino_queries_history.resource_group IS 'Path of the resource group.';
COMMENT ON COLUMN {schema}.trino_queries_history.query_type IS 'Trino''s type of the query: SELECT, INSERT, DATA_DEFINITION ...';
COMMENT ON COLUMN {schema}.trino_queries_history.update_type IS 'Trino''s update type: INSERT, CREATE TABLE ...';
COMMENT ON COLUMN {schema}.trino_queries_history.client_info IS 'What the client told of itself, redacted.';
COMMENT ON COLUMN {schema}.trino_queries_history.client_tags IS 'Tags that the client set.';
COMMENT ON COLUMN {schema}.trino_queries_history.original_user IS 'The user who logged in, where the session runs as another one.';
COMMENT ON COLUMN {schema}.trino_queries_history.principal IS 'The principal that was authenticated.';
COMMENT ON COLUMN {schema}.trino_queries_history.trace_token IS 'Token by which the client traces the query.';
COMMENT ON COLUMN {schema}.trino_queries_history.transaction_id IS 'The transaction that it ran in; statements outside of an explicit one each have their own.';
COMMENT ON COLUMN {schema}.trino_queries_history.claimed_by IS 'The tool, and the job, model or dashboard in it, that the query says it comes from. A claim: anybody can write it.';
COMMENT ON COLUMN {schema}.trino_queries_history.cpu_ms IS 'CPU time in milliseconds.';
COMMENT ON COLUMN {schema}.trino_queries_history.elapsed_ms IS 'From acceptance to end, in milliseconds.';
COMMENT ON COLUMN {schema}.trino_queries_history.queued_ms IS 'Time in the queue, in milliseconds.';
COMMENT ON COLUMN {schema}.trino_queries_history.analysis_ms IS 'Time of the analysis, in milliseconds.';
COMMENT ON COLUMN {schema}.trino_queries_history.planning_ms IS 'Time of the planning, in milliseconds.';
COMMENT ON COLUMN {schema}.trino_queries_history.execution_ms IS 'Time of the execution, in milliseconds.';
COMMENT ON COLUMN {schema}.trino_queries_history.peak_memory_bytes IS 'Peak of user memory.';
COMMENT ON COLUMN {schema}.trino_queries_history.physical_input_bytes IS 'Bytes read from storage.';
COMMENT ON COLUMN {schema}.trino_queries_history.raw_input_rows IS 'Rows read from the connectors.';
COMMENT ON COLUMN {schema}.trino_queries_history.written_bytes IS 'Bytes written.';
COMMENT ON COLUMN {schema}.trino_queries_history.spilled_bytes IS 'Bytes spilled to disk.';
COMMENT ON COLUMN {schema}.trino_queries_history.written_rows IS 'Rows written.';
COMMENT ON COLUMN {schema}.trino_queries_history.finished_writing IS 'Whether the connector told what it wrote, which it does just before the commit.';
COMMENT ON COLUMN {schema}.trino_queries_history.nothing_to_do IS 'True when Trino planned no write at all, as for CREATE TABLE IF NOT EXISTS of a table that exists.';
COMMENT ON COLUMN {schema}.trino_queries_history.told_by IS 'Who told anything of it: EVENT, REST, POLL, FILE; the first of these is believed before the others.';
COMMENT ON COLUMN {schema}.trino_queries_history.origins IS 'Who told which fact, where that is not the first of told_by in the present state: {"POLL": ["resource_group"], "POLL:RUNNING": ["cpu_ms"]}, the second of them told when it was still running. statement_id stands for texts, statement and session. Empty when the first of told_by told all.';
COMMENT ON COLUMN {schema}.trino_queries_history.description IS 'Who described its end with what it read and wrote: EVENT or REST; or why nobody can: FORBIDDEN, GONE. Empty while nobody did.';
COMMENT ON COLUMN {schema}.trino_queries_history.first_seen_at IS 'When the tracker stored it.';
COMMENT ON COLUMN {schema}.trino_queries_history.updated_at IS 'When the tracker last learned something about it.';

CREATE TABLE {schema}.rolled_back_transactions (
    cluster text COLLATE "C" NOT NULL,
    transaction_id text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (cluster, transaction_id)
);
COMMENT ON TABLE {schema}.rolled_back_transactions IS 'Transactions that were rolled back: whatever was written in them is NOT_WRITTEN, also when it is heard of later.';
COMMENT ON COLUMN {schema}.rolled_back_transactions.cluster IS 'The cluster.';
COMMENT ON COLUMN {schema}.rolled_back_transactions.transaction_id IS 'Trino''s id of the transaction.';
COMMENT ON COLUMN {schema}.rolled_back_transactions.recorded_at IS 'When the tracker heard of it.';

CREATE TABLE {schema}.query_texts (
    text_id uuid PRIMARY KEY,
    text text NOT NULL,
    first_seen_at timestamptz NOT NULL DEFAULT now()
);
-- A large pending list and its rare, large merges are what makes a trigram index bearable under bulk load.
CREATE INDEX query_texts_trigrams ON {schema}.query_texts USING gin (text gin_trgm_ops)
    WITH (fastupdate = on, gin_pending_list_limit = 32768);
COMMENT ON TABLE {schema}.query_texts IS 'A distinct redacted text, stored once, searchable by substring.';
COMMENT ON COLUMN {schema}.query_texts.text_id IS 'Hash of the redacted text.';
COMMENT ON COLUMN {schema}.query_texts.text IS 'The redacted text.';
COMMENT ON COLUMN {schema}.query_texts.first_seen_at IS 'When the tracker stored it.';

CREATE TABLE {schema}.statements (
    statement_id uuid PRIMARY KEY,
    namespace text NOT NULL,
    fingerprint text NOT NULL,
    session_catalog text,
    session_schema text,
    text_id uuid NOT NULL,
    kind text NOT NULL,
    effect text NOT NULL CHECK (effect IN ('READS', 'WRITES', 'DEFINES', 'NONE')),
    coverage text NOT NULL CHECK (coverage IN ('COLUMN', 'TABLE', 'NONE')),
    reasons text[] NOT NULL DEFAULT '{}',
    error_line integer,
    error_column integer,
    error_message text,
    analyzer text NOT NULL,
    result_hash bytea NOT NULL,
    engine jsonb,
    engine_digest bytea,
    engine_at timestamptz,
    session_verb text,
    session_names text[],
    analyzed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX statements_of_text ON {schema}.statements (text_id);
CREATE INDEX statements_prepared ON {schema}.statements ((session_names[1]))
    WHERE session_verb IN ('PREPARE', 'DEALLOCATE PREPARE');
CREATE INDEX statements_not_parsed ON {schema}.statements (statement_id) WHERE error_message IS NOT NULL;
COMMENT ON TABLE {schema}.statements IS 'A statement up to its literals in its session catalog and schema; analyzed once.';
COMMENT ON COLUMN {schema}.statements.statement_id IS 'Hash of namespace, fingerprint, session catalog and session schema.';
COMMENT ON COLUMN {schema}.statements.namespace IS 'What the names of its objects are unique in.';
COMMENT ON COLUMN {schema}.statements.fingerprint IS 'Hash of the text with literals generalised and comments dropped.';
COMMENT ON COLUMN {schema}.statements.session_catalog IS 'Catalog that unqualified names were resolved in.';
COMMENT ON COLUMN {schema}.statements.session_schema IS 'Schema that unqualified names were resolved in.';
COMMENT ON COLUMN {schema}.statements.text_id IS 'The representative text: the one that was analyzed.';
COMMENT ON COLUMN {schema}.statements.kind IS 'SELECT, INSERT, CTAS, MERGE, CREATE_VIEW ...; UNKNOWN when it could not be parsed.';
COMMENT ON COLUMN {schema}.statements.effect IS 'READS, WRITES, DEFINES, or NONE.';
COMMENT ON COLUMN {schema}.statements.coverage IS 'How far its lineage goes: COLUMN, TABLE or NONE.';
COMMENT ON COLUMN {schema}.statements.reasons IS 'Why the lineage goes no further.';
COMMENT ON COLUMN {schema}.statements.error_line IS 'Line of the problem in the representative text, from 1; 0 where unknown.';
COMMENT ON COLUMN {schema}.statements.error_column IS 'Column of the problem, from 1; 0 where unknown.';
COMMENT ON COLUMN {schema}.statements.error_message IS 'Why it could not be parsed; empty when it could.';
COMMENT ON COLUMN {schema}.statements.analyzer IS 'Name and version of the analyzer.';
COMMENT ON COLUMN {schema}.statements.result_hash IS 'Hash of the result: an equal result is not stored again.';
COMMENT ON COLUMN {schema}.statements.engine IS 'What Trino itself said of the tables and columns of an execution; empty while it did not.';
COMMENT ON COLUMN {schema}.statements.engine_digest IS 'Hash of what Trino said.';
COMMENT ON COLUMN {schema}.statements.engine_at IS 'End of the execution that Trino said it of; what it says of a later one replaces it.';
COMMENT ON COLUMN {schema}.statements.session_verb IS 'What it does with the state of its session: USE, PREPARE, EXECUTE, DEALLOCATE PREPARE, START TRANSACTION, COMMIT, SET SESSION ...; empty for most.';
COMMENT ON COLUMN {schema}.statements.session_names IS 'What that names: catalog and schema of USE, the prepared statement of PREPARE; lower case.';
COMMENT ON COLUMN {schema}.statements.analyzed_at IS 'When the result was stored.';

-- Objects and what statements use of them --------------------------------------------------------------------------------

-- Room in its pages: a busy object's last_seen moves with every batch, and must not be indexed again with it.
CREATE TABLE {schema}.trino_query_objects (
    object_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    namespace text NOT NULL,
    catalog text NOT NULL,
    schema text NOT NULL,
    name text NOT NULL,
    branch text NOT NULL DEFAULT '',
    kind text CHECK (kind IN ('TABLE', 'VIEW', 'MATERIALIZED_VIEW')),
    is_system boolean NOT NULL GENERATED ALWAYS AS (catalog = 'system' OR schema = 'information_schema') STORED,
    first_seen timestamptz,
    last_seen timestamptz,
    UNIQUE (namespace, catalog, schema, name, branch)
) WITH (fillfactor = 50);
CREATE INDEX trino_query_objects_trigrams ON {schema}.trino_query_objects
    USING gin ((catalog || '.' || schema || '.' || name) gin_trgm_ops);
COMMENT ON TABLE {schema}.trino_query_objects IS 'A table, view or materialized view that was seen in a query.';
COMMENT ON COLUMN {schema}.trino_query_objects.object_id IS 'Identity of the object.';
COMMENT ON COLUMN {schema}.trino_query_objects.namespace IS 'What its name is unique in.';
COMMENT ON COLUMN {schema}.trino_query_objects.catalog IS 'Catalog in Trino.';
COMMENT ON COLUMN {schema}.trino_query_objects.schema IS 'Schema in Trino.';
COMMENT ON COLUMN {schema}.trino_query_objects.name IS 'Name in Trino, lower case.';
COMMENT ON COLUMN {schema}.trino_query_objects.branch IS 'Branch of the table; empty for the main one.';
COMMENT ON COLUMN {schema}.trino_query_objects.kind IS 'TABLE, VIEW or MATERIALIZED_VIEW; empty while no statement told.';
COMMENT ON COLUMN {schema}.trino_query_objects.is_system IS 'In the catalog system or an information_schema: no edges, no usage.';
COMMENT ON COLUMN {schema}.trino_query_objects.first_seen IS 'Creation of the first ended execution that used it.';
COMMENT ON COLUMN {schema}.trino_query_objects.last_seen IS 'Creation of the last ended execution that used it.';

CREATE TABLE {schema}.statement_objects (
    statement_id uuid NOT NULL,
    role text NOT NULL CHECK (role IN ('SOURCE', 'TARGET')),
    object_id bigint NOT NULL,
    columns_hash bytea,
    method text NOT NULL CHECK (method IN ('ENGINE', 'PARSED', 'BOTH')),
    PRIMARY KEY (statement_id, role, object_id)
);
CREATE INDEX statement_objects_of_object ON {schema}.statement_objects (object_id, role, statement_id);
COMMENT ON TABLE {schema}.statement_objects IS 'Which objects a statement reads and writes.';
COMMENT ON COLUMN {schema}.statement_objects.statement_id IS 'The statement.';
COMMENT ON COLUMN {schema}.statement_objects.role IS 'SOURCE when it is read, TARGET when it is written or defined.';
COMMENT ON COLUMN {schema}.statement_objects.object_id IS 'The object.';
COMMENT ON COLUMN {schema}.statement_objects.method IS 'How that is known: ENGINE when Trino said so, PARSED when the analyzer found it in the text, or BOTH.';
COMMENT ON COLUMN {schema}.statement_objects.columns_hash IS 'Hash of the columns of the object that the analysis went by: of no bytes when they were unknown, null when it asked for none.';

CREATE TABLE {schema}.statement_columns (
    statement_id uuid NOT NULL,
    role text NOT NULL CHECK (role IN ('SOURCE', 'TARGET')),
    object_id bigint NOT NULL,
    column_name text NOT NULL,
    PRIMARY KEY (statement_id, role, object_id, column_name)
);
CREATE INDEX statement_columns_of_column ON {schema}.statement_columns (object_id, column_name, role, statement_id);
COMMENT ON TABLE {schema}.statement_columns IS 'Which columns a statement reads and writes, also for a plain SELECT.';
COMMENT ON COLUMN {schema}.statement_columns.statement_id IS 'The statement.';
COMMENT ON COLUMN {schema}.statement_columns.role IS 'SOURCE when it is read, TARGET when it is written.';
COMMENT ON COLUMN {schema}.statement_columns.object_id IS 'The object that has the column.';
COMMENT ON COLUMN {schema}.statement_columns.column_name IS 'The column, lower case.';

CREATE TABLE {schema}.unresolved_names (
    statement_id uuid NOT NULL,
    parts text[] NOT NULL,
    is_target boolean NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (statement_id, parts, is_target)
);
COMMENT ON TABLE {schema}.unresolved_names IS 'A name in a statement that could not be qualified; never guessed.';
COMMENT ON COLUMN {schema}.unresolved_names.statement_id IS 'The statement.';
COMMENT ON COLUMN {schema}.unresolved_names.parts IS 'The parts of the name as written.';
COMMENT ON COLUMN {schema}.unresolved_names.is_target IS 'Whether the statement writes it.';
COMMENT ON COLUMN {schema}.unresolved_names.reason IS 'Why it could not be qualified.';

CREATE TABLE {schema}.statement_column_edges (
    statement_id uuid NOT NULL,
    upstream_id bigint NOT NULL,
    upstream_column text NOT NULL,
    downstream_id bigint NOT NULL,
    downstream_column text NOT NULL,
    subtype text NOT NULL,
    method text NOT NULL CHECK (method IN ('ENGINE', 'PARSED', 'BOTH')),
    PRIMARY KEY (statement_id, upstream_id, upstream_column, downstream_column, subtype)
);
CREATE INDEX statement_column_edges_of_edge
    ON {schema}.statement_column_edges (downstream_id, upstream_id, statement_id);
COMMENT ON TABLE {schema}.statement_column_edges IS 'Column edges that a statement would make: the evidence of column_edges.';
COMMENT ON COLUMN {schema}.statement_column_edges.statement_id IS 'The statement.';
COMMENT ON COLUMN {schema}.statement_column_edges.upstream_id IS 'The object on the source side.';
COMMENT ON COLUMN {schema}.statement_column_edges.upstream_column IS 'Its column.';
COMMENT ON COLUMN {schema}.statement_column_edges.downstream_id IS 'The object on the target side.';
COMMENT ON COLUMN {schema}.statement_column_edges.downstream_column IS 'Its column; empty for what influences all rows.';
COMMENT ON COLUMN {schema}.statement_column_edges.subtype IS 'How the upstream column takes part: IDENTITY, TRANSFORMATION, AGGREGATION, FILTER, JOIN ...; UNKNOWN where only Trino told of it.';
COMMENT ON COLUMN {schema}.statement_column_edges.method IS 'How that is known: ENGINE, PARSED or BOTH.';

CREATE TABLE {schema}.object_columns (
    object_id bigint NOT NULL,
    column_name text NOT NULL,
    ordinal integer,
    type text,
    first_day date,
    last_day date,
    PRIMARY KEY (object_id, column_name)
);
COMMENT ON TABLE {schema}.object_columns IS 'A column of an object, as successful statements used it, created it or Trino told of it.';
COMMENT ON COLUMN {schema}.object_columns.object_id IS 'The object.';
COMMENT ON COLUMN {schema}.object_columns.column_name IS 'The column, lower case.';
COMMENT ON COLUMN {schema}.object_columns.ordinal IS 'Its place in the object, from 1; empty while unknown and when it is gone.';
COMMENT ON COLUMN {schema}.object_columns.type IS 'Its type in Trino; empty while unknown.';
COMMENT ON COLUMN {schema}.object_columns.first_day IS 'UTC day of the first execution that used it; empty while none did.';
COMMENT ON COLUMN {schema}.object_columns.last_day IS 'UTC day of the last execution that used it; empty while none did.';

CREATE TABLE {schema}.column_sets (
    object_id bigint PRIMARY KEY,
    columns_hash bytea NOT NULL DEFAULT '',
    origin text CHECK (origin IN ('STATEMENT', 'TRINO')),
    known_at timestamptz,
    asked_at timestamptz,
    problem text
);
COMMENT ON TABLE {schema}.column_sets IS 'An object whose columns are known as a whole (they are the object_columns with an ordinal), or were asked for.';
COMMENT ON COLUMN {schema}.column_sets.object_id IS 'The object, on its main branch.';
COMMENT ON COLUMN {schema}.column_sets.columns_hash IS 'Hash of the names of its columns in their order; of no bytes while they are unknown.';
COMMENT ON COLUMN {schema}.column_sets.origin IS 'Who told: STATEMENT when a statement created or changed it, or TRINO.';
COMMENT ON COLUMN {schema}.column_sets.known_at IS 'Since when the columns are known to be so; empty while they are unknown.';
COMMENT ON COLUMN {schema}.column_sets.asked_at IS 'When Trino was last asked for them.';
COMMENT ON COLUMN {schema}.column_sets.problem IS 'Why Trino did not tell them.';

CREATE TABLE {schema}.view_lookups (
    object_id bigint PRIMARY KEY,
    asked_at timestamptz NOT NULL,
    problem text
);
COMMENT ON TABLE {schema}.view_lookups IS 'An object of which Trino was asked whether it is a view, and what its text is.';
COMMENT ON COLUMN {schema}.view_lookups.object_id IS 'The object.';
COMMENT ON COLUMN {schema}.view_lookups.asked_at IS 'When Trino was last asked.';
COMMENT ON COLUMN {schema}.view_lookups.problem IS 'Why Trino refused to answer; empty when it did, also when the object is no view.';

CREATE VIEW {schema}.statements_on_other_columns AS
SELECT used.statement_id, used.object_id, used.columns_hash AS old_columns_hash, known.columns_hash, known.known_at
FROM {schema}.statement_objects AS used
JOIN {schema}.trino_query_objects AS object USING (object_id)
JOIN {schema}.trino_query_objects AS main
  ON main.namespace = object.namespace AND main.catalog = object.catalog AND main.schema = object.schema
 AND main.name = object.name AND main.branch = ''
JOIN {schema}.column_sets AS known ON known.object_id = main.object_id
WHERE used.columns_hash IS NOT NULL AND known.known_at IS NOT NULL AND used.columns_hash <> known.columns_hash;
COMMENT ON VIEW {schema}.statements_on_other_columns IS 'Statements whose analysis went by other columns of an object than those that are known now.';
COMMENT ON COLUMN {schema}.statements_on_other_columns.statement_id IS 'The statement.';
COMMENT ON COLUMN {schema}.statements_on_other_columns.object_id IS 'The object.';
COMMENT ON COLUMN {schema}.statements_on_other_columns.old_columns_hash IS 'Hash of the columns that the analysis went by; of no bytes when they were unknown.';
COMMENT ON COLUMN {schema}.statements_on_other_columns.columns_hash IS 'Hash of the columns that are known now.';
COMMENT ON COLUMN {schema}.statements_on_other_columns.known_at IS 'Since when those are known.';

-- Counters and lineage, derived from ended executions --------------------------------------------------------------------

CREATE TABLE {schema}.statement_days (
    statement_id uuid NOT NULL,
    day date NOT NULL,
    user_name text NOT NULL,
    state text NOT NULL,
    outcome text NOT NULL,
    executions bigint NOT NULL,
    first_seen timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    PRIMARY KEY (statement_id, day, user_name, state, outcome)
) WITH (fillfactor = 80);
CREATE INDEX statement_days_of_day ON {schema}.statement_days (day, statement_id);
COMMENT ON TABLE {schema}.statement_days IS 'The only counters: executions of a statement a UTC day, user, state and outcome. An execution counts once, when it has ended or is lost. They survive the history.';
COMMENT ON COLUMN {schema}.statement_days.statement_id IS 'The statement.';
COMMENT ON COLUMN {schema}.statement_days.day IS 'UTC day of the creation of the executions.';
COMMENT ON COLUMN {schema}.statement_days.user_name IS 'The user.';
COMMENT ON COLUMN {schema}.statement_days.state IS 'Last state of the executions.';
COMMENT ON COLUMN {schema}.statement_days.outcome IS 'Outcome of the executions; NONE for reads.';
COMMENT ON COLUMN {schema}.statement_days.executions IS 'How many there were.';
COMMENT ON COLUMN {schema}.statement_days.first_seen IS 'Creation of the first of them.';
COMMENT ON COLUMN {schema}.statement_days.last_seen IS 'Creation of the last of them.';

CREATE TABLE {schema}.dropped_days (
    day date PRIMARY KEY,
    dropped_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE {schema}.dropped_days IS 'Days whose history retention has dropped. An execution of such a day that comes again is not counted again.';
COMMENT ON COLUMN {schema}.dropped_days.day IS 'The UTC day.';
COMMENT ON COLUMN {schema}.dropped_days.dropped_at IS 'When it was dropped.';

CREATE TABLE {schema}.edges (
    upstream_id bigint NOT NULL,
    downstream_id bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('DATA', 'DEFINITION')),
    first_seen timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    certain boolean NOT NULL,
    last_statement_id uuid NOT NULL,
    method text NOT NULL CHECK (method IN ('ENGINE', 'PARSED', 'BOTH')),
    PRIMARY KEY (upstream_id, downstream_id, kind)
) WITH (fillfactor = 50);
CREATE INDEX edges_downstream ON {schema}.edges (downstream_id, upstream_id);
COMMENT ON TABLE {schema}.edges IS 'Object to object: data flowed, or the view is defined so. Exists only through executions that count.';
COMMENT ON COLUMN {schema}.edges.upstream_id IS 'The object on the source side.';
COMMENT ON COLUMN {schema}.edges.downstream_id IS 'The object on the target side.';
COMMENT ON COLUMN {schema}.edges.kind IS 'DATA when data flowed, DEFINITION when the downstream view is defined over it.';
COMMENT ON COLUMN {schema}.edges.first_seen IS 'Creation of the first execution that made it.';
COMMENT ON COLUMN {schema}.edges.last_seen IS 'Creation of the last execution that made it.';
COMMENT ON COLUMN {schema}.edges.certain IS 'False while only executions with an UNCERTAIN outcome made it.';
COMMENT ON COLUMN {schema}.edges.last_statement_id IS 'The statement of the last execution that made it.';
COMMENT ON COLUMN {schema}.edges.method IS 'How it is known, over all its evidence: ENGINE, PARSED or BOTH.';

CREATE TABLE {schema}.column_edges (
    upstream_id bigint NOT NULL,
    upstream_column text NOT NULL,
    downstream_id bigint NOT NULL,
    downstream_column text NOT NULL,
    subtype text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('DATA', 'DEFINITION')),
    first_day date NOT NULL,
    last_day date NOT NULL,
    method text NOT NULL CHECK (method IN ('ENGINE', 'PARSED', 'BOTH')),
    PRIMARY KEY (upstream_id, downstream_id, kind, upstream_column, downstream_column, subtype)
);
CREATE INDEX column_edges_downstream
    ON {schema}.column_edges (downstream_id, downstream_column, upstream_id, upstream_column);
CREATE INDEX column_edges_upstream
    ON {schema}.column_edges (upstream_id, upstream_column, downstream_id, downstream_column);
COMMENT ON TABLE {schema}.column_edges IS 'Column to column, or column to object for what influences all rows. By day, so that a busy statement rewrites its columns once a day.';
COMMENT ON COLUMN {schema}.column_edges.upstream_id IS 'The object on the source side.';
COMMENT ON COLUMN {schema}.column_edges.upstream_column IS 'Its column.';
COMMENT ON COLUMN {schema}.column_edges.downstream_id IS 'The object on the target side.';
COMMENT ON COLUMN {schema}.column_edges.downstream_column IS 'Its column; empty for what influences all rows.';
COMMENT ON COLUMN {schema}.column_edges.subtype IS 'How the upstream column takes part: IDENTITY, TRANSFORMATION, AGGREGATION, FILTER, JOIN ...; UNKNOWN where only Trino told of it.';
COMMENT ON COLUMN {schema}.column_edges.kind IS 'DATA or DEFINITION, as the edge.';
COMMENT ON COLUMN {schema}.column_edges.first_day IS 'UTC day of the first execution that made it.';
COMMENT ON COLUMN {schema}.column_edges.last_day IS 'UTC day of the last execution that made it.';
COMMENT ON COLUMN {schema}.column_edges.method IS 'How it is known, over all its evidence: ENGINE, PARSED or BOTH.';

-- What other tools claim ----------------------------------------------------------------------------------------------------

CREATE TABLE {schema}.claims (
    digest bytea PRIMARY KEY,
    cluster text COLLATE "C" NOT NULL,
    run_id text NOT NULL,
    job_namespace text NOT NULL,
    job_name text NOT NULL,
    event_type text NOT NULL,
    event_time timestamptz NOT NULL,
    producer text NOT NULL,
    query_id text COLLATE "C",
    inputs jsonb NOT NULL,
    outputs jsonb NOT NULL,
    columns jsonb NOT NULL,
    sql text,
    received_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX claims_of_query ON {schema}.claims (cluster, query_id) WHERE query_id IS NOT NULL;
CREATE INDEX claims_of_run ON {schema}.claims (run_id);
CREATE INDEX claims_by_time ON {schema}.claims (event_time);
COMMENT ON TABLE {schema}.claims IS 'Lineage that other tools claim: OpenLineage events as they were sent, apart from what Trino and the analyzer say.';
COMMENT ON COLUMN {schema}.claims.digest IS 'Hash of cluster and event: the same event is kept once.';
COMMENT ON COLUMN {schema}.claims.cluster IS 'The cluster whose token the sender used.';
COMMENT ON COLUMN {schema}.claims.run_id IS 'The run, as the sender names it.';
COMMENT ON COLUMN {schema}.claims.job_namespace IS 'Namespace of the job.';
COMMENT ON COLUMN {schema}.claims.job_name IS 'The job.';
COMMENT ON COLUMN {schema}.claims.event_type IS 'START, RUNNING, COMPLETE, FAIL, ABORT or OTHER.';
COMMENT ON COLUMN {schema}.claims.event_time IS 'When the event happened, by the clock of the sender.';
COMMENT ON COLUMN {schema}.claims.producer IS 'The program that made the event.';
COMMENT ON COLUMN {schema}.claims.query_id IS 'Trino''s id of the query that the run is, where the event tells one.';
COMMENT ON COLUMN {schema}.claims.inputs IS 'Datasets that are read: [{"namespace", "name"}].';
COMMENT ON COLUMN {schema}.claims.outputs IS 'Datasets that are written: [{"namespace", "name"}].';
COMMENT ON COLUMN {schema}.claims.columns IS 'Columns that flow: [{"output", "field", "input", "input_field", "transformation"}], output and input being datasets; field is empty for what influences all rows.';
COMMENT ON COLUMN {schema}.claims.sql IS 'The redacted SQL that the sender claims to run.';
COMMENT ON COLUMN {schema}.claims.received_at IS 'When the tracker stored it.';

CREATE VIEW {schema}.claimed_edges AS
SELECT claim.cluster, max(claim.query_id) AS query_id, claim.run_id, claim.job_namespace, claim.job_name,
       upstream.namespace AS upstream_namespace, upstream.name AS upstream_name,
       downstream.namespace AS downstream_namespace, downstream.name AS downstream_name,
       'CLAIMED' AS method, (array_agg(claim.event_type ORDER BY claim.event_time DESC))[1] AS last_event_type,
       min(claim.event_time) AS first_seen, max(claim.event_time) AS last_seen,
       (array_agg(history.statement_id) FILTER (WHERE history.statement_id IS NOT NULL))[1] AS statement_id
FROM {schema}.claims AS claim
CROSS JOIN LATERAL jsonb_to_recordset(claim.inputs) AS upstream (namespace text, name text)
CROSS JOIN LATERAL jsonb_to_recordset(claim.outputs) AS downstream (namespace text, name text)
LEFT JOIN {schema}.trino_queries_history AS history
    ON history.cluster = claim.cluster AND history.query_id = claim.query_id
GROUP BY claim.cluster, claim.run_id, claim.job_namespace, claim.job_name, upstream.namespace, upstream.name,
         downstream.namespace, downstream.name;
COMMENT ON VIEW {schema}.claimed_edges IS 'Edges between datasets that other tools claim, a run each, with the query that the run is.';
COMMENT ON COLUMN {schema}.claimed_edges.cluster IS 'The cluster whose token the sender used.';
COMMENT ON COLUMN {schema}.claimed_edges.query_id IS 'Trino''s id of the query that the run is, where an event told one.';
COMMENT ON COLUMN {schema}.claimed_edges.run_id IS 'The run.';
COMMENT ON COLUMN {schema}.claimed_edges.job_namespace IS 'Namespace of the job.';
COMMENT ON COLUMN {schema}.claimed_edges.job_name IS 'The job.';
COMMENT ON COLUMN {schema}.claimed_edges.upstream_namespace IS 'Namespace of the dataset that is read, as the sender names it.';
COMMENT ON COLUMN {schema}.claimed_edges.upstream_name IS 'The dataset that is read.';
COMMENT ON COLUMN {schema}.claimed_edges.downstream_namespace IS 'Namespace of the dataset that is written.';
COMMENT ON COLUMN {schema}.claimed_edges.downstream_name IS 'The dataset that is written.';
COMMENT ON COLUMN {schema}.claimed_edges.method IS 'CLAIMED.';
COMMENT ON COLUMN {schema}.claimed_edges.last_event_type IS 'What the last event said of the run: COMPLETE, FAIL ...';
COMMENT ON COLUMN {schema}.claimed_edges.first_seen IS 'Time of the first event that claims it.';
COMMENT ON COLUMN {schema}.claimed_edges.last_seen IS 'Time of the last event that claims it.';
COMMENT ON COLUMN {schema}.claimed_edges.statement_id IS 'The statement of that query; empty while it is not in the history.';

CREATE VIEW {schema}.claimed_column_edges AS
SELECT DISTINCT claim.cluster, claim.run_id, claim.query_id, flow.input ->> 'namespace' AS upstream_namespace,
       flow.input ->> 'name' AS upstream_name, flow.input_field AS upstream_column,
       flow.output ->> 'namespace' AS downstream_namespace, flow.output ->> 'name' AS downstream_name,
       flow.field AS downstream_column, flow.transformation, 'CLAIMED' AS method
FROM {schema}.claims AS claim
CROSS JOIN LATERAL jsonb_to_recordset(claim.columns)
    AS flow (output jsonb, field text, input jsonb, input_field text, transformation text);
COMMENT ON VIEW {schema}.claimed_column_edges IS 'Column edges that other tools claim, a run each.';
COMMENT ON COLUMN {schema}.claimed_column_edges.cluster IS 'The cluster whose token the sender used.';
COMMENT ON COLUMN {schema}.claimed_column_edges.run_id IS 'The run.';
COMMENT ON COLUMN {schema}.claimed_column_edges.query_id IS 'Trino''s id of the query that the run is, where the event tells one.';
COMMENT ON COLUMN {schema}.claimed_column_edges.upstream_namespace IS 'Namespace of the dataset that is read, as the sender names it.';
COMMENT ON COLUMN {schema}.claimed_column_edges.upstream_name IS 'The dataset that is read.';
COMMENT ON COLUMN {schema}.claimed_column_edges.upstream_column IS 'Its column.';
COMMENT ON COLUMN {schema}.claimed_column_edges.downstream_namespace IS 'Namespace of the dataset that is written.';
COMMENT ON COLUMN {schema}.claimed_column_edges.downstream_name IS 'The dataset that is written.';
COMMENT ON COLUMN {schema}.claimed_column_edges.downstream_column IS 'Its column; empty for what influences all rows.';
COMMENT ON COLUMN {schema}.claimed_column_edges.transformation IS 'What happens on the way, as the sender says: DIRECT/IDENTITY ...; empty where it says nothing.';
COMMENT ON COLUMN {schema}.claimed_column_edges.method IS 'CLAIMED.';

-- Messages for metadata catalogs -----------------------------------------------------------------------------------------

CREATE TABLE {schema}.sinks (
    sink text PRIMARY KEY,
    halted_reason text,
    halted_at timestamptz
);
COMMENT ON TABLE {schema}.sinks IS 'Sinks that were ever halted.';
COMMENT ON COLUMN {schema}.sinks.sink IS 'Name of the sink.';
COMMENT ON COLUMN {schema}.sinks.halted_reason IS 'Why nothing is delivered now; empty when it is.';
COMMENT ON COLUMN {schema}.sinks.halted_at IS 'Since when it is halted.';

CREATE TABLE {schema}.outbox (
    sink text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('QUERY', 'LINEAGE')),
    entity text COLLATE "C" NOT NULL,
    generation bigint NOT NULL DEFAULT 1,
    settled_generation bigint NOT NULL DEFAULT 0,
    state text NOT NULL DEFAULT 'PENDING' CHECK (state IN ('PENDING', 'PARKED', 'DEAD', 'SETTLED')),
    claimed_by text,
    lease_until timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    reason text,
    enqueued_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (sink, kind, entity)
);
CREATE INDEX outbox_due ON {schema}.outbox (sink, next_attempt_at) WHERE state IN ('PENDING', 'PARKED');
CREATE INDEX outbox_troubled ON {schema}.outbox (sink, state, updated_at) WHERE state IN ('PARKED', 'DEAD');
COMMENT ON TABLE {schema}.outbox IS 'What sinks must be told. The payload is composed at delivery from the current state.';
COMMENT ON COLUMN {schema}.outbox.sink IS 'Name of the sink.';
COMMENT ON COLUMN {schema}.outbox.kind IS 'QUERY or LINEAGE.';
COMMENT ON COLUMN {schema}.outbox.entity IS 'QUERY: the statement id; LINEAGE: upstream_id:downstream_id.';
COMMENT ON COLUMN {schema}.outbox.generation IS 'Raised by one whenever there is something new to tell.';
COMMENT ON COLUMN {schema}.outbox.settled_generation IS 'The generation that the sink has.';
COMMENT ON COLUMN {schema}.outbox.state IS 'PENDING, PARKED until the sink knows the entity, DEAD until requeued, or SETTLED.';
COMMENT ON COLUMN {schema}.outbox.claimed_by IS 'The worker that delivers it now.';
COMMENT ON COLUMN {schema}.outbox.lease_until IS 'Until when the claim lasts; a crashed worker''s message is due again then.';
COMMENT ON COLUMN {schema}.outbox.attempts IS 'Attempts since it was last settled or requeued.';
COMMENT ON COLUMN {schema}.outbox.next_attempt_at IS 'When it is due.';
COMMENT ON COLUMN {schema}.outbox.reason IS 'Why the last attempt did not succeed.';
COMMENT ON COLUMN {schema}.outbox.enqueued_at IS 'When the current generation was enqueued.';
COMMENT ON COLUMN {schema}.outbox.updated_at IS 'When anything about it changed.';

CREATE TABLE {schema}.sent (
    sink text NOT NULL,
    kind text NOT NULL,
    entity text COLLATE "C" NOT NULL,
    payload jsonb NOT NULL,
    sent_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (sink, kind, entity)
);
COMMENT ON TABLE {schema}.sent IS 'What a sink was last sent for an entity: the base of the next merge.';
COMMENT ON COLUMN {schema}.sent.sink IS 'Name of the sink.';
COMMENT ON COLUMN {schema}.sent.kind IS 'QUERY or LINEAGE.';
COMMENT ON COLUMN {schema}.sent.entity IS 'As in the outbox.';
COMMENT ON COLUMN {schema}.sent.payload IS 'What was sent, as the sink recorded it.';
COMMENT ON COLUMN {schema}.sent.sent_at IS 'When it was sent.';

-- Everyday questions -------------------------------------------------------------------------------------------------------

CREATE VIEW {schema}.trino_queries_and_query_objects_lnk AS
SELECT history.cluster, history.query_id, used.role, used.object_id, object.namespace, object.catalog, object.schema,
       object.name, object.branch, history.statement_id
FROM {schema}.trino_queries_history AS history
JOIN {schema}.statement_objects AS used USING (statement_id)
JOIN {schema}.trino_query_objects AS object USING (object_id);
COMMENT ON VIEW {schema}.trino_queries_and_query_objects_lnk IS '"This query used this object as SOURCE or TARGET": the history joined with the objects of its statements.';
COMMENT ON COLUMN {schema}.trino_queries_and_query_objects_lnk.cluster IS 'The cluster that ran the query.';
COMMENT ON COLUMN {schema}.trino_queries_and_query_objects_lnk.query_id IS 'Trino''s id of the execution.';
COMMENT ON COLUMN {schema}.trino_queries_and_query_objects_lnk.role IS 'SOURCE when the object is read, TARGET when it is written or defined.';
COMMENT ON COLUMN {schema}.trino_queries_and_query_objects_lnk.object_id IS 'The object.';
COMMENT ON COLUMN {schema}.trino_queries_and_query_objects_lnk.namespace IS 'What the name of the object is unique in.';
COMMENT ON COLUMN {schema}.trino_queries_and_query_objects_lnk.catalog IS 'Catalog of the object.';
COMMENT ON COLUMN {schema}.trino_queries_and_query_objects_lnk.schema IS 'Schema of the object.';
COMMENT ON COLUMN {schema}.trino_queries_and_query_objects_lnk.name IS 'Name of the object.';
COMMENT ON COLUMN {schema}.trino_queries_and_query_objects_lnk.branch IS 'Branch of the object; empty for the main one.';
COMMENT ON COLUMN {schema}.trino_queries_and_query_objects_lnk.statement_id IS 'The statement that was executed.';

CREATE VIEW {schema}.history_with_text AS
SELECT history.*, sent_text.text, prepared_text.text AS prepared_text
FROM {schema}.trino_queries_history AS history
LEFT JOIN {schema}.query_texts AS sent_text ON sent_text.text_id = history.text_id
LEFT JOIN {schema}.query_texts AS prepared_text ON prepared_text.text_id = history.prepared_text_id;
COMMENT ON VIEW {schema}.history_with_text IS 'The history with its redacted texts.';

CREATE VIEW {schema}.prepared_guesses AS
SELECT run.cluster, run.query_id, last.query_id AS prepare_query_id, last.text_id,
       executed.session_names[1] AS prepared_name
FROM {schema}.trino_queries_history AS run
JOIN {schema}.statements AS executed USING (statement_id)
CROSS JOIN LATERAL (
    SELECT earlier.query_id, earlier.text_id, named.session_verb
    FROM {schema}.trino_queries_history AS earlier
    JOIN {schema}.statements AS named USING (statement_id)
    WHERE earlier.cluster = run.cluster AND earlier.user_name = run.user_name
      AND earlier.source IS NOT DISTINCT FROM run.source AND earlier.state = 'FINISHED'
      AND earlier.created <= run.created AND earlier.created > run.created - interval '1 day'
      AND earlier.query_id < run.query_id
      AND earlier.query_id >= to_char((run.created AT TIME ZONE 'UTC') - interval '2 days', 'YYYYMMDD')
      AND named.session_verb IN ('PREPARE', 'DEALLOCATE PREPARE')
      AND named.session_names[1] = executed.session_names[1]
    ORDER BY earlier.query_id DESC
    LIMIT 1
) AS last
WHERE executed.session_verb = 'EXECUTE' AND run.prepared_text_id IS NULL
  AND run.error_code IS DISTINCT FROM 'NOT_FOUND' AND last.session_verb = 'PREPARE';
COMMENT ON VIEW {schema}.prepared_guesses IS 'A guess, apart from all facts: what an EXECUTE ran whose prepared text nobody told. It is the last PREPARE of that name, in any case, by the same cluster, user and source, within a day before it and with no DEALLOCATE in between. No lineage is made of it.';
COMMENT ON COLUMN {schema}.prepared_guesses.cluster IS 'The cluster.';
COMMENT ON COLUMN {schema}.prepared_guesses.query_id IS 'Trino''s id of the EXECUTE.';
COMMENT ON COLUMN {schema}.prepared_guesses.prepare_query_id IS 'Trino''s id of the PREPARE.';
COMMENT ON COLUMN {schema}.prepared_guesses.text_id IS 'The redacted text of the PREPARE.';
COMMENT ON COLUMN {schema}.prepared_guesses.prepared_name IS 'Name of the prepared statement, lower case.';

CREATE VIEW {schema}.counted_days AS
SELECT days.*, statement.effect
FROM {schema}.statement_days AS days
JOIN {schema}.statements AS statement USING (statement_id)
WHERE {schema}.counts(statement.effect, days.state, days.outcome);
COMMENT ON VIEW {schema}.counted_days IS 'The days of statements whose executions count as usage and make edges.';

CREATE VIEW {schema}.statement_edges AS
SELECT statement.statement_id, source.object_id AS upstream_id, target.object_id AS downstream_id,
       CASE statement.effect WHEN 'DEFINES' THEN 'DEFINITION' ELSE 'DATA' END AS kind,
       {schema}.joined_method(source.method <> 'PARSED' AND target.method <> 'PARSED',
                              source.method <> 'ENGINE' AND target.method <> 'ENGINE') AS method
FROM {schema}.statements AS statement
JOIN {schema}.statement_objects AS target ON target.statement_id = statement.statement_id AND target.role = 'TARGET'
JOIN {schema}.statement_objects AS source ON source.statement_id = statement.statement_id AND source.role = 'SOURCE'
JOIN {schema}.trino_query_objects AS upstream ON upstream.object_id = source.object_id
JOIN {schema}.trino_query_objects AS downstream ON downstream.object_id = target.object_id
WHERE statement.effect IN ('WRITES', 'DEFINES') AND source.object_id <> target.object_id
  AND NOT upstream.is_system AND NOT downstream.is_system;
COMMENT ON VIEW {schema}.statement_edges IS 'Edges that a statement makes when it runs: each source to its target. The evidence of edges.';
COMMENT ON COLUMN {schema}.statement_edges.statement_id IS 'The statement.';
COMMENT ON COLUMN {schema}.statement_edges.upstream_id IS 'The object on the source side.';
COMMENT ON COLUMN {schema}.statement_edges.downstream_id IS 'The object on the target side.';
COMMENT ON COLUMN {schema}.statement_edges.kind IS 'DATA or DEFINITION.';
COMMENT ON COLUMN {schema}.statement_edges.method IS 'How both its ends are known: ENGINE, PARSED or BOTH; PARSED also where Trino and the analyzer each told of one.';

CREATE VIEW {schema}.usage_by_day AS
SELECT used.object_id, object.namespace, object.catalog, object.schema, object.name, object.branch, days.day, used.role,
       sum(days.executions)::bigint AS executions, count(DISTINCT days.user_name) AS users,
       min(days.first_seen) AS first_seen, max(days.last_seen) AS last_seen
FROM {schema}.counted_days AS days
JOIN {schema}.statement_objects AS used USING (statement_id)
JOIN {schema}.trino_query_objects AS object USING (object_id)
WHERE NOT object.is_system
GROUP BY used.object_id, object.namespace, object.catalog, object.schema, object.name, object.branch, days.day, used.role;
COMMENT ON VIEW {schema}.usage_by_day IS 'How often and by how many users an object was read and written a UTC day.';
COMMENT ON COLUMN {schema}.usage_by_day.object_id IS 'The object.';
COMMENT ON COLUMN {schema}.usage_by_day.namespace IS 'What its name is unique in.';
COMMENT ON COLUMN {schema}.usage_by_day.catalog IS 'Its catalog.';
COMMENT ON COLUMN {schema}.usage_by_day.schema IS 'Its schema.';
COMMENT ON COLUMN {schema}.usage_by_day.name IS 'Its name.';
COMMENT ON COLUMN {schema}.usage_by_day.branch IS 'Its branch; empty for the main one.';
COMMENT ON COLUMN {schema}.usage_by_day.day IS 'UTC day.';
COMMENT ON COLUMN {schema}.usage_by_day.role IS 'SOURCE when it was read, TARGET when it was written or defined.';
COMMENT ON COLUMN {schema}.usage_by_day.executions IS 'Executions that count.';
COMMENT ON COLUMN {schema}.usage_by_day.users IS 'Distinct users.';
COMMENT ON COLUMN {schema}.usage_by_day.first_seen IS 'Creation of the first execution.';
COMMENT ON COLUMN {schema}.usage_by_day.last_seen IS 'Creation of the last execution.';

-- A day at a time, so that only the partitions of the days that are asked for are read.
CREATE VIEW {schema}.daily_accounts AS
SELECT clusters.cluster, series.moment::date AS day, account.*
FROM {schema}.clusters
CROSS JOIN LATERAL (
    SELECT to_date(left(min(query_id), 8), 'YYYYMMDD')::timestamp AS first_day,
           to_date(left(max(query_id), 8), 'YYYYMMDD')::timestamp AS last_day
    FROM {schema}.trino_queries_history AS history
    WHERE history.cluster = clusters.cluster
) AS known
CROSS JOIN LATERAL generate_series(known.first_day, known.last_day, interval '1 day') AS series(moment)
CROSS JOIN LATERAL (
    SELECT count(*) AS executions,
           count(*) FILTER (WHERE 'POLL' = ANY (told_by) AND 'EVENT' <> ALL (told_by)) AS by_poll_only,
           count(*) FILTER (WHERE 'EVENT' = ANY (told_by) AND 'POLL' <> ALL (told_by)) AS by_event_only,
           count(*) FILTER (WHERE 'EVENT' = ANY (told_by) AND 'POLL' = ANY (told_by)) AS by_both,
           count(*) FILTER (WHERE 'EVENT' <> ALL (told_by) AND 'POLL' <> ALL (told_by)) AS by_file_only,
           count(*) FILTER (WHERE capture = 'OPEN') AS open, count(*) FILTER (WHERE capture = 'LOST') AS lost
    FROM {schema}.trino_queries_history AS history
    WHERE history.cluster = clusters.cluster AND query_id >= to_char(series.moment, 'YYYYMMDD')
      AND query_id < to_char(series.moment + interval '1 day', 'YYYYMMDD')
) AS account;
COMMENT ON VIEW {schema}.daily_accounts IS 'How many executions of a UTC day a cluster ran, as far as we know, and who told of them. The gaps say what may be missing.';
COMMENT ON COLUMN {schema}.daily_accounts.cluster IS 'The cluster.';
COMMENT ON COLUMN {schema}.daily_accounts.day IS 'UTC day that the query ids begin with. Days on which nothing ran are there too.';
COMMENT ON COLUMN {schema}.daily_accounts.executions IS 'Executions in the history.';
COMMENT ON COLUMN {schema}.daily_accounts.by_poll_only IS 'Those that polls saw and no event told of.';
COMMENT ON COLUMN {schema}.daily_accounts.by_event_only IS 'Those that events told of and no poll saw.';
COMMENT ON COLUMN {schema}.daily_accounts.by_both IS 'Those that polls saw and events told of.';
COMMENT ON COLUMN {schema}.daily_accounts.by_file_only IS 'Those that neither told of: they come from recorded files.';
COMMENT ON COLUMN {schema}.daily_accounts.open IS 'Those whose end is still awaited.';
COMMENT ON COLUMN {schema}.daily_accounts.lost IS 'Those whose end was never seen.';

CREATE VIEW {schema}.unused_tables AS
SELECT object.object_id, object.namespace, object.catalog, object.schema, object.name, object.branch, object.kind,
       object.first_seen, (SELECT max(day) FROM {schema}.usage_by_day AS usage
                           WHERE usage.object_id = object.object_id AND usage.role = 'SOURCE') AS last_read_day,
       (SELECT max(day) FROM {schema}.usage_by_day AS usage
        WHERE usage.object_id = object.object_id AND usage.role = 'TARGET') AS last_written_day
FROM {schema}.trino_query_objects AS object
WHERE NOT object.is_system
  AND NOT EXISTS (SELECT FROM {schema}.usage_by_day AS usage
                  WHERE usage.object_id = object.object_id AND usage.role = 'SOURCE'
                    AND usage.day > (now() AT TIME ZONE 'UTC')::date - 90);
COMMENT ON VIEW {schema}.unused_tables IS 'Objects that no counted execution has read for 90 days.';
COMMENT ON COLUMN {schema}.unused_tables.object_id IS 'The object.';
COMMENT ON COLUMN {schema}.unused_tables.namespace IS 'What its name is unique in.';
COMMENT ON COLUMN {schema}.unused_tables.catalog IS 'Its catalog.';
COMMENT ON COLUMN {schema}.unused_tables.schema IS 'Its schema.';
COMMENT ON COLUMN {schema}.unused_tables.name IS 'Its name.';
COMMENT ON COLUMN {schema}.unused_tables.branch IS 'Its branch; empty for the main one.';
COMMENT ON COLUMN {schema}.unused_tables.kind IS 'TABLE, VIEW or MATERIALIZED_VIEW; empty while unknown.';
COMMENT ON COLUMN {schema}.unused_tables.first_seen IS 'Creation of the first execution that used it.';
COMMENT ON COLUMN {schema}.unused_tables.last_read_day IS 'UTC day when it was last read; empty when never.';
COMMENT ON COLUMN {schema}.unused_tables.last_written_day IS 'UTC day when it was last written or defined; empty when never.';

-- The columns of these two views mean what they mean in the tables beneath.
DO $comments$
DECLARE
    described record;
BEGIN
    FOR described IN
        SELECT view_column.attrelid::regclass AS view, view_column.attname AS name,
               (SELECT max(col_description(base_column.attrelid, base_column.attnum))
                FROM pg_attribute AS base_column
                WHERE base_column.attname = view_column.attname
                  AND base_column.attrelid IN ('{schema}.trino_queries_history'::regclass,
                                               '{schema}.statement_days'::regclass,
                                               '{schema}.statements'::regclass)
                  AND (base_column.attrelid = '{schema}.trino_queries_history'::regclass)
                      = (view_column.attrelid = '{schema}.history_with_text'::regclass)) AS comment
        FROM pg_attribute AS view_column
        WHERE view_column.attrelid IN ('{schema}.history_with_text'::regclass, '{schema}.counted_days'::regclass)
          AND view_column.attnum > 0
    LOOP
        EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', described.view, described.name,
                       coalesce(described.comment, 'The redacted text.'));
    END LOOP;
END $comments$;
COMMENT ON COLUMN {schema}.history_with_text.prepared_text IS 'The redacted prepared text that an EXECUTE ran.';
