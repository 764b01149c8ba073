-- The catalogue of statement forms, one case a form at least; the number is the form's.
-- table: u(a bigint, b bigint, k bigint, x bigint, id bigint, ts timestamp(6) with time zone, arr array(bigint), m map(varchar, bigint), doc varchar, j json, r row(f row(g bigint)), p double)
-- table: t(a bigint, b bigint, x varchar, y bigint, k bigint, v bigint, id bigint)
-- table: w(a bigint, b bigint, x bigint, k bigint, ts timestamp(6) with time zone)
-- table: z(a bigint)
-- table: v(a bigint)

-- title: 1 CREATE TABLE AS
-- kind: CTAS
-- effect: WRITES
-- sources: u
-- target: t
-- column: a <- u.a IDENTITY
CREATE TABLE t AS SELECT a FROM u

-- title: 2 CREATE TABLE AS, if not there yet
-- kind: CTAS
-- effect: WRITES
-- sources: u
-- target: t
-- column: a <- u.a IDENTITY
CREATE TABLE IF NOT EXISTS t AS SELECT a FROM u

-- title: 3 CREATE OR REPLACE TABLE AS
-- kind: CTAS
-- effect: WRITES
-- sources: u
-- target: t
-- column: a <- u.a IDENTITY
CREATE OR REPLACE TABLE t AS SELECT a FROM u

-- title: 4 CREATE TABLE AS with column aliases, by position
-- kind: CTAS
-- effect: WRITES
-- sources: u
-- target: t
-- column: x <- u.a IDENTITY
-- column: y <- u.b IDENTITY
CREATE TABLE t (x, y) AS SELECT a, b FROM u

-- title: 5 CREATE TABLE AS without data
-- table: u(a bigint, b bigint)
-- kind: CTAS
-- effect: ?
-- sources: u
-- target: t
-- column: a <- u.a IDENTITY
-- column: b <- u.b IDENTITY
CREATE TABLE t AS SELECT * FROM u WITH NO DATA

-- title: 6 CREATE TABLE LIKE takes only the structure
-- kind: CREATE_TABLE
-- effect: NONE
-- target: t
-- coverage: ?
-- engine: other
CREATE TABLE t (LIKE u INCLUDING PROPERTIES)

-- title: 7 INSERT by position
-- kind: INSERT
-- effect: WRITES
-- sources: u
-- target: t
-- column: a <- u.k IDENTITY
-- table: t(a bigint)
INSERT INTO t SELECT k FROM u

-- title: 7 INSERT by position into a table whose columns are unknown
-- kind: INSERT
-- effect: WRITES
-- sources: u
-- target: elsewhere.s.t
-- coverage: TABLE
-- engine: other
INSERT INTO elsewhere.s.t SELECT a FROM u

-- title: 8 INSERT with a column list
-- kind: INSERT
-- effect: WRITES
-- sources: u
-- target: t
-- column: y <- u.a IDENTITY
INSERT INTO t (y) SELECT a FROM u

-- title: 9 INSERT VALUES
-- table: t(n bigint, c varchar)
-- kind: INSERT
-- effect: WRITES
-- target: t
-- column: n
-- column: c
INSERT INTO t VALUES (1, 'x')

-- title: 10 INSERT into itself
-- table: t(a bigint, b bigint)
-- kind: INSERT
-- effect: WRITES
-- sources: t
-- target: t
-- column: a <- t.a IDENTITY
-- column: b <- t.b IDENTITY
INSERT INTO t SELECT * FROM t

-- title: 11 UPDATE with a constant
-- kind: UPDATE
-- effect: WRITES
-- target: t
-- column: a
-- indirect: t.b FILTER
-- engine: hole UPDATE
UPDATE t SET a = 1 WHERE b = 2

-- title: 12 UPDATE with an expression over the same row
-- kind: UPDATE
-- effect: WRITES
-- target: t
-- column: a <- t.b TRANSFORMATION
-- engine: hole UPDATE
UPDATE t SET a = b + 1

-- title: 13 UPDATE with a subquery
-- kind: UPDATE
-- effect: WRITES
-- sources: u
-- target: t
-- column: a <- u.x AGGREGATION
-- engine: hole UPDATE
UPDATE t SET a = (SELECT max(x) FROM u)

-- title: 14 DELETE by a subquery
-- kind: DELETE
-- effect: WRITES
-- sources: u
-- target: t
-- indirect: t.id FILTER, u.id FILTER
-- engine: hole DELETE
DELETE FROM t WHERE id IN (SELECT id FROM u)

-- title: 15 MERGE with an update and an insert
-- table: u(k bigint, v bigint)
-- kind: MERGE
-- effect: WRITES
-- sources: u
-- target: t
-- column: k <- u.k IDENTITY
-- column: v <- u.v IDENTITY
-- indirect: t.k JOIN, u.k JOIN
-- engine: hole MERGE
MERGE INTO t USING (SELECT k, v FROM u) s ON t.k = s.k WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT (k, v) VALUES (s.k, s.v)

-- title: 16 MERGE with a delete only
-- table: u(k bigint, gone boolean)
-- kind: MERGE
-- effect: WRITES
-- sources: u
-- target: t
-- engine: hole MERGE
MERGE INTO t USING u s ON t.k = s.k WHEN MATCHED AND s.gone THEN DELETE

-- title: 17 CREATE VIEW
-- kind: CREATE_VIEW
-- effect: DEFINES
-- sources: u
-- target: nv
-- column: a <- u.a IDENTITY
CREATE VIEW nv SECURITY INVOKER AS SELECT a FROM u

-- title: 18 CREATE MATERIALIZED VIEW
-- kind: CREATE_MATERIALIZED_VIEW
-- effect: DEFINES
-- sources: u
-- target: nm
-- column: a <- u.a IDENTITY
CREATE MATERIALIZED VIEW nm AS SELECT a FROM u

-- title: 19 REFRESH MATERIALIZED VIEW
-- kind: REFRESH
-- effect: WRITES
-- target: m
-- coverage: ?
-- engine: other
REFRESH MATERIALIZED VIEW m

-- title: 20 ALTER VIEW REFRESH
-- kind: DDL
-- effect: NONE
-- target: ?
-- coverage: ?
-- engine: other
ALTER VIEW v REFRESH

-- title: 21 SELECT
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: a <- u.a IDENTITY
SELECT a FROM u

-- title: 22 INSERT from TABLE
-- table: u(a bigint, b bigint)
-- table: t(x bigint, y bigint)
-- kind: INSERT
-- effect: WRITES
-- sources: u
-- target: t
-- column: x <- u.a IDENTITY
-- column: y <- u.b IDENTITY
INSERT INTO t TABLE u

-- title: 23 VALUES have no source
-- kind: SELECT
-- effect: READS
-- column: a
SELECT * FROM (VALUES 1) x(a)

-- title: 24 a common table expression hides a table
-- kind: SELECT
-- effect: READS
-- sources: w
-- column: a <- w.a IDENTITY
WITH u AS (SELECT a FROM w) SELECT a FROM u

-- title: 25 a common table expression hides a table only in its own query
-- table: u(a bigint)
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: x
-- column: a <- u.a IDENTITY
SELECT * FROM (WITH u AS (SELECT 1 x) SELECT x FROM u) q, u

-- title: 26 WITH RECURSIVE
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: n <- u.a
WITH RECURSIVE r(n) AS (SELECT a FROM u UNION ALL SELECT n + 1 FROM r WHERE n < 9) SELECT n FROM r

-- title: 27 WITH FUNCTION
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: y <- u.a TRANSFORMATION
WITH FUNCTION f(x bigint) RETURNS bigint RETURN x + 1 SELECT f(a) y FROM u

-- title: 28 WITH SESSION
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: a <- u.a IDENTITY
WITH SESSION query_max_run_time = '1h' SELECT a FROM u

-- title: 29 PREPARE is no execution
-- kind: PREPARE
-- effect: NONE
-- coverage: ?
-- sources: ?
-- engine: other
PREPARE p FROM INSERT INTO t SELECT a FROM u WHERE b = ?

-- title: 30 EXECUTE needs the prepared text
-- kind: EXECUTE
-- coverage: ?
-- effect: ?
-- engine: other
EXECUTE p USING 1

-- title: 31 EXECUTE IMMEDIATE is its inner statement
-- kind: INSERT
-- effect: WRITES
-- sources: u
-- target: t
-- column: x
-- column: y <- u.a IDENTITY
-- table: t(x varchar, y bigint)
EXECUTE IMMEDIATE 'INSERT INTO t SELECT ''x'', a FROM u WHERE b = ?' USING 1

-- title: 32 EXPLAIN writes nothing
-- kind: EXPLAIN
-- effect: NONE
-- coverage: ?
-- sources: ?
-- engine: other
EXPLAIN INSERT INTO t SELECT a FROM u

-- title: 33 EXPLAIN ANALYZE executes
-- table: t(a bigint)
-- kind: INSERT
-- effect: WRITES
-- sources: u
-- target: t
-- column: a <- u.a IDENTITY
EXPLAIN ANALYZE INSERT INTO t SELECT a FROM u

-- title: 34 LATERAL
-- table: u(a bigint, k bigint)
-- kind: SELECT
-- effect: READS
-- sources: u, w
-- column: a <- u.a IDENTITY
-- column: k <- u.k IDENTITY
-- column: b <- w.b IDENTITY
-- indirect: u.k FILTER, w.k FILTER
SELECT * FROM u CROSS JOIN LATERAL (SELECT w.b FROM w WHERE w.k = u.k) x

-- title: 35 UNNEST WITH ORDINALITY
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: e <- u.arr
-- column: n
SELECT e, n FROM u CROSS JOIN UNNEST(arr) WITH ORDINALITY x(e, n)

-- title: 36 UNNEST of a map
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: k <- u.m
-- column: v <- u.m
SELECT y.k, v FROM u, UNNEST(m) y(k, v)

-- title: 37 JSON_TABLE
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: id <- u.doc
-- engine: parse
SELECT j.id FROM u, JSON_TABLE(u.doc, 'lax $' COLUMNS(id bigint PATH 'lax $.id')) j

-- title: 38 MATCH_RECOGNIZE
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: k <- u.k IDENTITY
-- column: p <- u.p
-- engine: hole MATCH_RECOGNIZE
SELECT * FROM u MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES last(B.p) AS p PATTERN (A B+) DEFINE B AS B.p < PREV(B.p))

-- title: 39 a row pattern in a window
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: m <- u.p, u.ts WINDOW
-- engine: hole row pattern measure
SELECT m OVER w FROM u WINDOW w AS (ORDER BY ts MEASURES A.p AS m ROWS BETWEEN CURRENT ROW AND 5 FOLLOWING PATTERN (A) DEFINE A AS true)

-- title: 40 a text passed through to PostgreSQL
-- kind: SELECT
-- effect: READS
-- sources: pg.public.w
-- column: x <- pg.public.w.x IDENTITY
-- engine: other
SELECT * FROM TABLE(pg.system.query(query => 'SELECT x FROM public.w'))

-- title: 41 a text passed through to Elasticsearch
-- kind: SELECT
-- effect: READS
-- sources: es.d.i
-- coverage: ?
-- engine: other
SELECT * FROM TABLE(es.system.raw_query(schema => 'd', index => 'i', query => '{}'))

-- title: 42 a table function with a table argument
-- table: u(a bigint, b bigint)
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: a <- u.a IDENTITY
-- engine: parse
SELECT * FROM TABLE(exclude_columns(input => TABLE(u), columns => DESCRIPTOR(b)))

-- title: 43 a generator has no source
-- kind: SELECT
-- effect: READS
-- coverage: ?
-- engine: other
SELECT * FROM TABLE(sequence(1, 9))

-- title: 44 a table function that names a table in its arguments
-- kind: SELECT
-- effect: READS
-- sources: u
-- coverage: ?
-- engine: other
SELECT * FROM TABLE(lake.system.table_changes('s', 'u', 1, 2))

-- title: 45 CALL names its table in the arguments
-- kind: CALL
-- effect: ?
-- target: t
-- coverage: ?
-- engine: other
CALL lake.system.register_table('s', 't', 's3://b/p')

-- title: 46 time travel to a version
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: a <- u.a IDENTITY
SELECT a FROM u FOR VERSION AS OF 123

-- title: 47 time travel to a moment
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: a <- u.a IDENTITY
SELECT a FROM u FOR TIMESTAMP AS OF TIMESTAMP '2026-01-01 00:00:00 UTC'

-- title: 48 reading a branch or tag
-- kind: SELECT
-- effect: READS
-- sources: u@audit
-- column: a <- u@audit.a IDENTITY
SELECT a FROM u FOR VERSION AS OF 'audit'

-- title: 49 INSERT into a branch
-- table: t(a bigint)
-- kind: INSERT
-- effect: WRITES
-- sources: u
-- target: t@dev
-- column: a <- u.a IDENTITY
INSERT INTO t @ dev SELECT a FROM u

-- title: 50 UPDATE on a branch
-- kind: UPDATE
-- effect: WRITES
-- target: t@dev
-- column: a
-- engine: hole UPDATE
UPDATE t @ dev SET a = 1

-- title: 50 DELETE on a branch
-- kind: DELETE
-- effect: WRITES
-- target: t@dev
-- engine: hole DELETE
DELETE FROM t @ dev WHERE a = 1

-- title: 50 MERGE on a branch
-- kind: MERGE
-- effect: WRITES
-- sources: u
-- target: t@dev
-- column: a <- u.b IDENTITY
-- engine: hole MERGE
MERGE INTO t @ dev d USING u ON d.k = u.k WHEN MATCHED THEN UPDATE SET a = u.b

-- title: 51 fast forward of a branch
-- kind: DDL
-- effect: NONE
-- target: ?
-- coverage: ?
-- engine: other
ALTER BRANCH dev IN TABLE t FAST FORWARD TO main

-- title: 52 a metadata table is its table
-- kind: SELECT
-- effect: READS
-- sources: u
-- coverage: ?
-- engine: other
SELECT * FROM "u$snapshots"

-- title: 53 hidden columns
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: $path
-- column: a <- u.a IDENTITY
-- engine: parse
SELECT "$path", a FROM u

-- title: 54 GROUPING SETS
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: a <- u.a IDENTITY
-- column: s <- u.b AGGREGATION
-- indirect: u.a GROUP_BY
SELECT a, sum(b) s FROM u GROUP BY GROUPING SETS ((a), ())

-- title: 54 CUBE
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: a <- u.a IDENTITY
-- column: b <- u.b IDENTITY
-- column: s <- u.k AGGREGATION
-- indirect: u.a GROUP_BY, u.b GROUP_BY
SELECT a, b, sum(k) s FROM u GROUP BY CUBE (a, b)

-- title: 54 ROLLUP
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: a <- u.a IDENTITY
-- column: s <- u.b AGGREGATION
-- indirect: u.a GROUP_BY
SELECT a, sum(b) s FROM u GROUP BY ROLLUP (a)

-- title: 55 GROUP BY AUTO
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: a <- u.a IDENTITY
-- column: c
-- indirect: u.a GROUP_BY
SELECT a, count(*) c FROM u GROUP BY AUTO

-- title: 56 a lambda's parameter is no column
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: r <- u.arr, u.b
SELECT transform(arr, x -> x + b) r FROM u

-- title: 57 TABLESAMPLE
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: a <- u.a IDENTITY
SELECT a FROM u TABLESAMPLE BERNOULLI (10)

-- title: 58 a set operation by name
-- kind: SELECT
-- effect: READS
-- sources: u, w
-- column: a <- u.a IDENTITY, w.a IDENTITY
-- column: b <- u.b IDENTITY, w.b IDENTITY
SELECT a, b FROM u UNION CORRESPONDING SELECT b, a FROM w

-- title: 59 a set operation by position
-- kind: SELECT
-- effect: READS
-- sources: u, w
-- column: a <- u.a IDENTITY, w.x IDENTITY
SELECT a FROM u UNION ALL SELECT x FROM w

-- title: 60 JOIN USING
-- kind: SELECT
-- effect: READS
-- sources: u, w
-- column: k <- u.k, w.k
-- indirect: u.k JOIN, w.k JOIN
-- engine: hole USING
SELECT k FROM u JOIN w USING (k)

-- title: 61 column aliases of a relation's star
-- table: u(a bigint, b bigint)
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: x <- u.a IDENTITY
-- column: y <- u.b IDENTITY
SELECT u.* AS (x, y) FROM u

-- title: 62 a field of a row is its column
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: g <- u.r
SELECT r.f.g FROM u

-- title: 63 dots may name a schema
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: a <- u.a IDENTITY
SELECT s.u.a FROM s.u

-- title: 64 quoted names compare without case
-- table: my cat.s.t-1(A bigint)
-- kind: SELECT
-- effect: READS
-- sources: my cat.s.t-1
-- column: a <- my cat.s.t-1.a IDENTITY
-- engine: other
SELECT "A" FROM "My Cat"."S"."T-1"

-- title: 65 across catalogs
-- table: pg.public.u(a bigint)
-- table: hive.d.t(c bigint)
-- kind: INSERT
-- effect: WRITES
-- sources: pg.public.u
-- target: hive.d.t
-- column: c <- pg.public.u.a IDENTITY
INSERT INTO hive.d.t SELECT a FROM pg.public.u

-- title: 66 subqueries in expressions
-- kind: SELECT
-- effect: READS
-- sources: u, w, z
-- column: m <- w.x AGGREGATION
SELECT (SELECT max(x) FROM w) m FROM u WHERE EXISTS (SELECT 1 FROM z)

-- title: 67 an inline window
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: r <- u.a WINDOW, u.b WINDOW
SELECT rank() OVER (PARTITION BY a ORDER BY b) r FROM u

-- title: 67 a named window
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: r <- u.a WINDOW, u.b WINDOW
-- engine: hole named window
SELECT rank() OVER w r FROM u WINDOW w AS (PARTITION BY a ORDER BY b)

-- title: 68 the FILTER of an aggregate
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: s <- u.a AGGREGATION, u.b FILTER
SELECT sum(a) FILTER (WHERE b > 0) s FROM u

-- title: 68 LISTAGG
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: s <- u.doc AGGREGATION, u.b
SELECT listagg(doc, ',') WITHIN GROUP (ORDER BY b) s FROM u

-- title: 69 PIVOT
-- table: u(region varchar, mon bigint, amt bigint, other bigint)
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: region <- u.region IDENTITY
-- column: jan <- u.amt AGGREGATION, u.mon
-- engine: hole PIVOT
SELECT * FROM u PIVOT (sum(amt) FOR mon IN (1 AS jan) GROUP BY region)

-- title: 70 the simplified accessor of JSON
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: name <- u.j
SELECT j.customer.name FROM u

-- title: 71 NEAREST
-- table: u(ts timestamp(6) with time zone)
-- table: w(ts timestamp(6) with time zone, x bigint)
-- kind: SELECT
-- effect: READS
-- sources: u, w
-- column: ts <- u.ts IDENTITY
-- column: ts <- w.ts IDENTITY
-- column: x <- w.x IDENTITY
SELECT * FROM u, NEAREST(FROM w MATCH w.ts <= u.ts) n

-- title: 72 maintenance of a table
-- kind: ALTER_TABLE_EXECUTE
-- effect: ?
-- target: t
-- coverage: ?
-- engine: other
ALTER TABLE t EXECUTE optimize

-- title: 73 renaming a table
-- kind: RENAME
-- effect: NONE
-- target: ?
-- coverage: ?
-- engine: other
ALTER TABLE t RENAME TO t2

-- title: 74 renaming a column
-- kind: DDL
-- effect: NONE
-- target: ?
-- coverage: ?
-- engine: other
ALTER TABLE t RENAME COLUMN a TO b

-- title: 75 TRUNCATE
-- kind: TRUNCATE
-- effect: ?
-- target: t
-- coverage: ?
-- engine: other
TRUNCATE TABLE t

-- title: 75 DROP
-- kind: DROP
-- effect: ?
-- target: t
-- coverage: ?
-- engine: other
DROP TABLE t

-- title: 76 ANALYZE
-- kind: ANALYZE
-- effect: NONE
-- coverage: ?
-- engine: other
ANALYZE t

-- title: 76 SHOW
-- kind: UTILITY
-- effect: NONE
-- coverage: ?
-- engine: other
SHOW TABLES FROM lake.s LIKE 'u%'

-- title: 76 DESCRIBE
-- kind: UTILITY
-- effect: NONE
-- coverage: ?
-- engine: other
DESCRIBE u

-- title: 77 COMMENT
-- kind: DDL
-- effect: NONE
-- coverage: ?
-- target: ?
-- engine: other
COMMENT ON TABLE t IS 'x'

-- title: 77 GRANT
-- kind: DDL
-- effect: NONE
-- coverage: ?
-- target: ?
-- engine: other
GRANT SELECT ON TABLE t TO ROLE analysts

-- title: 77 DENY
-- kind: DDL
-- effect: NONE
-- coverage: ?
-- target: ?
-- engine: other
DENY SELECT ON t TO USER bob

-- title: 78 USE
-- kind: UTILITY
-- effect: NONE
-- coverage: ?
-- engine: other
USE pg.public

-- title: 78 SET SESSION
-- kind: UTILITY
-- effect: NONE
-- coverage: ?
-- engine: other
SET SESSION lake.compression = 'zstd'

-- title: 78 SET PATH
-- kind: UTILITY
-- effect: NONE
-- coverage: ?
-- engine: other
SET PATH lake.s, other

-- title: 78 SET ROLE
-- kind: UTILITY
-- effect: NONE
-- coverage: ?
-- engine: other
SET ROLE admin IN lake

-- title: 79 START TRANSACTION
-- kind: TRANSACTION
-- effect: NONE
-- coverage: ?
-- engine: other
START TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY

-- title: 79 ROLLBACK
-- kind: TRANSACTION
-- effect: NONE
-- coverage: ?
-- engine: other
ROLLBACK WORK

-- title: 80 CREATE CATALOG
-- kind: DDL
-- effect: NONE
-- coverage: ?
-- engine: other
CREATE CATALOG c USING tpch WITH ("a.secret" = 'x')

-- title: 80 CREATE FUNCTION
-- kind: DDL
-- effect: NONE
-- coverage: ?
-- target: ?
-- engine: other
CREATE FUNCTION lake.s.f(x bigint) RETURNS bigint BEGIN DECLARE y bigint DEFAULT 2; RETURN x * y; END

-- title: 80 CREATE SCHEMA
-- kind: DDL
-- effect: NONE
-- coverage: ?
-- target: ?
-- engine: other
CREATE SCHEMA lake.fresh WITH (location = 's3://b/fresh')
