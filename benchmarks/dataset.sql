-- A made-up history, made inside PostgreSQL. `{schema}` is the schema; sizes are parameters.
-- Numbers are spread by PostgreSQL's own hash, so that the same sizes make the same history.

-- :name clusters
INSERT INTO {schema}.clusters (cluster, namespace) VALUES ('bench', 'bench');

-- :name objects
INSERT INTO {schema}.trino_query_objects (object_id, namespace, catalog, schema, name, kind, first_seen, last_seen)
OVERRIDING SYSTEM VALUE
SELECT number, 'bench', 'lake', 's' || number %% 200,
       (ARRAY['customer', 'order', 'line', 'revenue', 'item', 'shipment', 'price', 'region', 'nation', 'segment'])
           [1 + abs(hashint4(number)) %% 10] || '_' || number,
       CASE WHEN number %% 20 = 0 THEN 'VIEW' ELSE 'TABLE' END, %(begin)s, %(end)s
FROM generate_series(1, %(objects)s) AS number;

-- :name object_columns
INSERT INTO {schema}.object_columns (object_id, column_name, ordinal, type, first_day, last_day)
SELECT number, name || '_' || (number + place) %% 100, place, 'varchar', %(begin)s::date, %(end)s::date
FROM generate_series(1, %(objects)s) AS number
CROSS JOIN unnest(ARRAY['id', 'key', 'name', 'total', 'count', 'code', 'flag', 'status', 'type', 'amount'])
    WITH ORDINALITY AS named (name, place);

-- :name statements
-- The first half writes, the second half only reads.
INSERT INTO {schema}.statements
    (statement_id, namespace, fingerprint, text_id, kind, effect, coverage, analyzer, result_hash, literal_free)
SELECT md5('statement ' || number)::uuid, 'bench', md5('statement ' || number), md5('text ' || number)::uuid,
       CASE WHEN number %% 2 = 0 THEN 'INSERT' ELSE 'SELECT' END, CASE WHEN number %% 2 = 0 THEN 'WRITES' ELSE 'READS' END,
       'COLUMN', 'bench', '\x00',
       'insert into lake . s' || number %% 200 || ' . target_' || number %% 5000 || ' select id , sum ( amount ) from lake . s'
       || number %% 190 || ' . source_' || number %% 7001 || ' where run = ? group by id'
FROM generate_series(0, %(statements)s - 1) AS number;

-- :name sources
-- Of each statement its target and two sources: objects with smaller numbers, the smallest most often.
CREATE UNLOGGED TABLE {schema}.bench_sources AS
SELECT number, md5('statement ' || number)::uuid AS statement_id, number %% 2 = 0 AS writes, target,
       1 + floor((target - 1) * power(abs(hashint8(number * 2 + part)) / 2147483648.0, 2))::bigint AS source, part
FROM (
    SELECT number, 2 + (number / 2) %% (%(objects)s - 1) AS target
    FROM generate_series(0, %(statements)s - 1) AS number
) AS aimed
CROSS JOIN generate_series(0, 1) AS part;

-- :name statement_objects
INSERT INTO {schema}.statement_objects (statement_id, role, object_id, method)
SELECT DISTINCT statement_id, 'SOURCE', source, 'PARSED' FROM {schema}.bench_sources
UNION ALL
SELECT DISTINCT statement_id, 'TARGET', target, 'PARSED' FROM {schema}.bench_sources WHERE writes;

-- :name statement_columns
INSERT INTO {schema}.statement_columns (statement_id, role, object_id, column_name)
SELECT DISTINCT statement_id, 'SOURCE', source, column_name
FROM {schema}.bench_sources
JOIN {schema}.object_columns ON object_id = source AND ordinal <= 5;

-- :name statement_column_edges
INSERT INTO {schema}.statement_column_edges
    (statement_id, upstream_id, upstream_column, downstream_id, downstream_column, subtype, method)
SELECT DISTINCT statement_id, source, upstream.column_name, target,
       CASE WHEN upstream.ordinal = 1 AND part = 1 THEN '' ELSE downstream.column_name END,
       CASE WHEN upstream.ordinal = 1 AND part = 1 THEN 'JOIN' WHEN upstream.ordinal = 2 THEN 'AGGREGATION' ELSE 'IDENTITY' END,
       'PARSED'
FROM {schema}.bench_sources
JOIN {schema}.object_columns AS upstream ON upstream.object_id = source AND upstream.ordinal <= 5
JOIN {schema}.object_columns AS downstream
  ON downstream.object_id = target AND downstream.ordinal = upstream.ordinal + 5 * part
WHERE writes;

-- :name edges
INSERT INTO {schema}.edges (upstream_id, downstream_id, kind, first_seen, last_seen, certain, last_statement_id, method)
SELECT source, target, 'DATA', %(begin)s, %(end)s::timestamptz - make_interval(hours => (target %% 1000)::integer), true,
       min(statement_id::text)::uuid, 'PARSED'
FROM {schema}.bench_sources
WHERE writes
GROUP BY source, target;

-- :name column_edges
INSERT INTO {schema}.column_edges
    (upstream_id, upstream_column, downstream_id, downstream_column, subtype, kind, first_day, last_day, method)
SELECT DISTINCT upstream_id, upstream_column, downstream_id, downstream_column, subtype, 'DATA', %(begin)s::date,
       %(end)s::date, 'PARSED'
FROM {schema}.statement_column_edges;

-- :name texts
INSERT INTO {schema}.query_texts (text_id, text, first_seen_at)
SELECT md5('text ' || number)::uuid,
       'INSERT INTO lake.s' || number %% 200 || '.target_' || number %% 5000 || ' SELECT id, sum(amount) FROM lake.s'
       || number %% 190 || '.source_' || number %% 7001 || ' WHERE run = ''' || md5(number::text) || ''' GROUP BY id',
       %(begin)s
FROM generate_series(0, %(texts)s - 1) AS number;

-- :name history
-- Four of five executions are of statements that run every day; the others of one that belongs to its time.
INSERT INTO {schema}.trino_queries_history
    (cluster, query_id, statement_id, text_id, user_name, source, state, capture, outcome, created, started, ended,
     error_type, error_code, cpu_ms, elapsed_ms, peak_memory_bytes, physical_input_bytes, raw_input_rows, claimed_by, told_by)
SELECT 'bench', to_char(created AT TIME ZONE 'UTC', 'YYYYMMDD_HH24MISS_') || lpad((number %% 100000)::text, 5, '0') || '_bench',
       md5('statement ' || statement)::uuid, md5('text ' || text)::uuid, 'user_' || person, 'tool-' || person %% 12,
       CASE WHEN failed THEN 'FAILED' ELSE 'FINISHED' END, 'COMPLETE',
       CASE WHEN statement %% 2 = 1 THEN NULL WHEN failed THEN 'NOT_WRITTEN' ELSE 'COMMITTED' END,
       created, created, created + interval '1 second',
       CASE WHEN failed THEN 'USER_ERROR' END,
       CASE WHEN failed THEN (ARRAY['SYNTAX_ERROR', 'TABLE_NOT_FOUND', 'EXCEEDED_TIME_LIMIT'])[1 + number %% 3] END,
       spread %% 100000, spread %% 1000000, spread, spread * 10::bigint, spread, jsonb_build_object('tool', 'Tool ' || person %% 12),
       '{EVENT}'
FROM (
    SELECT number, text, created, spread, spread %% 33 = 0 AS failed, statement,
           abs(hashint8(statement)) %% 500 AS person
    FROM (
        SELECT number, number %% %(texts)s AS text, abs(hashint8(number)) AS spread,
               %(begin)s::timestamptz + number * (%(end)s::timestamptz - %(begin)s::timestamptz) / %(executions)s AS created,
               CASE WHEN abs(hashint8(number %% %(texts)s)) %% 5 < 4
                    THEN abs(hashint8(-(number %% %(texts)s))) %% %(routine)s
                    ELSE %(routine)s + (number %% %(texts)s) * (%(statements)s - %(routine)s) / %(texts)s END AS statement
        FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS number
    ) AS numbered
) AS executed;

-- :name statement_days
INSERT INTO {schema}.statement_days (statement_id, day, user_name, state, outcome, executions, first_seen, last_seen)
SELECT statement_id, (created AT TIME ZONE 'UTC')::date, user_name, state, coalesce(outcome, 'NONE'), count(*), min(created),
       max(created)
FROM {schema}.trino_queries_history
WHERE query_id >= %(day)s AND query_id < %(next_day)s
GROUP BY 1, 2, 3, 4, 5;

-- :name tidy
DROP TABLE {schema}.bench_sources;

-- :name indexes
-- Indexes that can be made anew behind the rows: no constraint needs them.
SELECT format('DROP INDEX %%I.%%I', schemaname, indexname) AS dropping, replace(indexdef, ' ON ONLY ', ' ON ') AS making
FROM pg_indexes
WHERE schemaname = trim(BOTH '"' FROM '{schema}')
  AND tablename IN ('trino_queries_history', 'query_texts', 'statement_objects', 'statement_columns',
                    'statement_column_edges', 'column_edges', 'edges', 'trino_query_objects', 'object_columns')
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = format('%%I.%%I', schemaname, indexname)::regclass)
ORDER BY indexname;
