-- Statements that write or define: which column of the target receives what.
-- table: u(a bigint, b bigint, k bigint, c varchar, gone boolean)
-- table: t(a bigint, b bigint, k bigint, c varchar)
-- table: w(a bigint, x bigint, k bigint)

-- title: INSERT into one column of many
-- kind: INSERT
-- effect: WRITES
-- sources: u
-- target: t
-- column: b <- u.a IDENTITY
INSERT INTO t (b) SELECT a FROM u

-- title: INSERT with the columns in another order
-- kind: INSERT
-- effect: WRITES
-- sources: u
-- target: t
-- column: c <- u.c IDENTITY
-- column: a <- u.k IDENTITY
INSERT INTO t (c, a) SELECT c, k FROM u

-- title: INSERT of a star by position, not by name
-- table: u(k bigint, b bigint)
-- table: t(b bigint, k bigint)
-- kind: INSERT
-- effect: WRITES
-- sources: u
-- target: t
-- column: b <- u.k IDENTITY
-- column: k <- u.b IDENTITY
INSERT INTO t SELECT * FROM u

-- title: INSERT from a query whose WITH hides the target
-- kind: INSERT
-- effect: WRITES
-- sources: w
-- target: t
-- column: a <- w.x IDENTITY
INSERT INTO t (a) WITH t AS (SELECT x FROM w) SELECT x FROM t

-- title: INSERT of subqueries in VALUES
-- kind: INSERT
-- effect: WRITES
-- sources: u, w
-- target: t
-- column: a <- u.a AGGREGATION
-- column: b <- w.x AGGREGATION
-- engine: hole VALUES
INSERT INTO t (a, b) VALUES ((SELECT max(a) FROM u), (SELECT min(x) FROM w))

-- title: INSERT whose source also names its target
-- kind: INSERT
-- effect: WRITES
-- sources: u, t
-- target: t
-- column: a <- u.a IDENTITY
-- indirect: u.k FILTER, t.k FILTER
INSERT INTO t (a) SELECT a FROM u WHERE k NOT IN (SELECT k FROM t)

-- title: INSERT with quoted names in capitals
-- kind: INSERT
-- effect: WRITES
-- sources: u
-- target: t
-- column: a <- u.a IDENTITY
INSERT INTO "LAKE"."S"."T" ("A") SELECT "U"."A" FROM "U"

-- title: CREATE TABLE AS with column aliases over a star
-- table: u(a bigint, b bigint)
-- kind: CTAS
-- effect: WRITES
-- sources: u
-- target: n
-- column: p <- u.a IDENTITY
-- column: q <- u.b IDENTITY
CREATE TABLE n (p, q) COMMENT 'x' AS (SELECT * FROM u)

-- title: CREATE TABLE AS WITH NO DATA from a query with WITH
-- kind: CTAS
-- effect: ?
-- sources: u
-- target: n
-- column: a <- u.a IDENTITY
CREATE TABLE n AS (WITH q AS (SELECT a FROM u) SELECT a FROM q) WITH NO DATA

-- title: CREATE OR REPLACE TABLE from itself
-- kind: CTAS
-- effect: WRITES
-- sources: t
-- target: t
-- column: a <- t.a IDENTITY
CREATE OR REPLACE TABLE t AS SELECT a FROM t

-- title: CREATE TABLE into another catalog and schema
-- kind: CTAS
-- effect: WRITES
-- sources: u
-- target: hive.mart.n
-- column: a <- u.a IDENTITY
-- engine: parse
CREATE TABLE hive.mart.n WITH (format = 'ORC', partitioned_by = ARRAY['a']) AS SELECT a FROM u

-- title: CREATE TABLE without a query
-- kind: CREATE_TABLE
-- effect: NONE
-- target: n
-- coverage: ?
-- engine: other
CREATE TABLE IF NOT EXISTS n (a bigint NOT NULL COMMENT 'x', b row(f bigint, g array(varchar)), LIKE u EXCLUDING PROPERTIES) COMMENT 'y' WITH (partitioning = ARRAY['a'])

-- title: CREATE OR REPLACE VIEW with everything
-- kind: CREATE_VIEW
-- effect: DEFINES
-- sources: u, w
-- target: nv
-- column: a <- u.a IDENTITY
-- column: n <- w.x AGGREGATION
-- indirect: u.k JOIN, w.k JOIN, u.a GROUP_BY
CREATE OR REPLACE VIEW nv COMMENT 'x' SECURITY DEFINER AS SELECT u.a, sum(x) AS n FROM u JOIN w ON u.k = w.k GROUP BY u.a

-- title: CREATE MATERIALIZED VIEW with everything
-- kind: CREATE_MATERIALIZED_VIEW
-- effect: DEFINES
-- sources: u
-- target: m
-- column: a <- u.a IDENTITY
-- engine: parse
CREATE OR REPLACE MATERIALIZED VIEW m GRACE PERIOD INTERVAL '5' MINUTE WHEN STALE INLINE COMMENT 'x' WITH (format = 'ORC') AS SELECT a FROM u

-- title: UPDATE with several columns
-- kind: UPDATE
-- effect: WRITES
-- sources: u
-- target: t
-- column: a <- t.b, t.k
-- column: b <- u.b AGGREGATION
-- column: c
-- indirect: t.k FILTER
-- engine: hole UPDATE
UPDATE t SET a = b * k, b = (SELECT max(u.b) FROM u), c = 'x' WHERE k > 3

-- title: UPDATE by a correlated subquery
-- kind: UPDATE
-- effect: WRITES
-- sources: w
-- target: t
-- column: a <- w.x IDENTITY
-- indirect: w.k FILTER, t.k FILTER
-- engine: hole UPDATE
UPDATE t SET a = (SELECT x FROM w WHERE w.k = t.k)

-- title: DELETE without a condition
-- kind: DELETE
-- effect: WRITES
-- target: t
-- engine: hole DELETE
DELETE FROM t

-- title: DELETE by a subquery over the target
-- kind: DELETE
-- effect: WRITES
-- sources: t
-- target: t
-- engine: hole DELETE
DELETE FROM t WHERE k < (SELECT max(k) FROM t)

-- title: MERGE with four arms
-- kind: MERGE
-- effect: WRITES
-- sources: u
-- target: t
-- column: a <- u.a, t.a
-- column: c <- u.c IDENTITY
-- column: k <- u.k IDENTITY
-- indirect: t.k JOIN, u.k JOIN, u.gone FILTER, u.b FILTER
-- engine: hole MERGE
MERGE INTO t AS d USING u ON d.k = u.k WHEN MATCHED AND u.gone THEN DELETE WHEN MATCHED AND u.b > 1 THEN UPDATE SET a = d.a + u.a WHEN MATCHED THEN UPDATE SET c = u.c WHEN NOT MATCHED THEN INSERT (k, c) VALUES (u.k, u.c)

-- title: MERGE whose insert names no columns
-- table: t(k bigint, v bigint)
-- table: u(v bigint, k bigint)
-- kind: MERGE
-- effect: WRITES
-- sources: u
-- target: t
-- column: k <- u.k IDENTITY
-- column: v <- u.v IDENTITY
-- engine: hole MERGE
MERGE INTO t USING u s ON t.k = s.k WHEN NOT MATCHED THEN INSERT VALUES (s.k, s.v)

-- title: MERGE with a subquery in an arm
-- kind: MERGE
-- effect: WRITES
-- sources: u, w
-- target: t
-- column: a <- w.x AGGREGATION
-- engine: hole MERGE
MERGE INTO t USING u ON t.k = u.k WHEN MATCHED THEN UPDATE SET a = (SELECT max(x) FROM w)

-- title: MERGE from its own target
-- kind: MERGE
-- effect: WRITES
-- sources: t
-- target: t
-- column: a <- t.b IDENTITY
-- engine: hole MERGE
MERGE INTO t USING (SELECT k, b FROM t) s ON t.k = s.k WHEN MATCHED THEN UPDATE SET a = s.b

-- title: MERGE from VALUES
-- kind: MERGE
-- effect: WRITES
-- target: t
-- column: k
-- column: a
-- engine: hole MERGE
MERGE INTO t USING (VALUES (1, 2)) AS s (k, a) ON t.k = s.k WHEN NOT MATCHED THEN INSERT (k, a) VALUES (s.k, s.a)

-- title: MERGE from a join
-- kind: MERGE
-- effect: WRITES
-- sources: u, w
-- target: t
-- column: a <- w.x IDENTITY
-- engine: hole MERGE
MERGE INTO t USING (u JOIN w ON u.k = w.k) ON t.k = u.k WHEN MATCHED THEN UPDATE SET a = w.x

-- title: EXECUTE IMMEDIATE of a MERGE with doubled quotes
-- kind: MERGE
-- effect: WRITES
-- sources: u
-- target: t
-- column: c
-- engine: hole MERGE
EXECUTE IMMEDIATE 'MERGE INTO t USING u ON t.k = u.k AND u.c <> ''it''''s'' WHEN MATCHED THEN UPDATE SET c = ''x'''

-- title: EXECUTE IMMEDIATE of a query
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: a <- u.a IDENTITY
EXECUTE IMMEDIATE 'SELECT a FROM u WHERE k = ? AND c = ?' USING 1, 'x'

-- title: EXPLAIN ANALYZE VERBOSE of a CREATE TABLE AS
-- kind: CTAS
-- effect: WRITES
-- sources: u
-- target: n
-- column: a <- u.a IDENTITY
EXPLAIN ANALYZE VERBOSE CREATE TABLE n AS SELECT a FROM u

-- title: EXPLAIN with options
-- kind: EXPLAIN
-- effect: NONE
-- sources: ?
-- coverage: ?
-- engine: other
EXPLAIN (TYPE DISTRIBUTED, FORMAT JSON) SELECT a FROM u

-- title: an INSERT into a branch from the main branch of the same table
-- kind: INSERT
-- effect: WRITES
-- sources: t
-- target: t@dev
-- column: a <- t.a IDENTITY
INSERT INTO t @ dev (a) SELECT a FROM t

-- title: UPDATE of a branch by a subquery
-- kind: UPDATE
-- effect: WRITES
-- sources: u
-- target: t@dev
-- column: a <- u.a AGGREGATION
-- engine: hole UPDATE
UPDATE lake.s.t @ dev SET a = (SELECT max(a) FROM u) WHERE b = 1

-- title: INSERT of a value of a WITH FUNCTION
-- kind: INSERT
-- effect: WRITES
-- sources: u
-- target: t
-- column: a <- u.b TRANSFORMATION
INSERT INTO t (a) WITH FUNCTION f(x bigint) RETURNS bigint RETURN x + 1 SELECT f(b) FROM u

-- title: ALTER TABLE EXECUTE with arguments and a condition
-- kind: ALTER_TABLE_EXECUTE
-- effect: ?
-- target: t
-- coverage: ?
-- engine: other
ALTER TABLE lake.s.t EXECUTE optimize(file_size_threshold => '10MB') WHERE a > 3

-- title: CREATE BRANCH
-- kind: DDL
-- effect: NONE
-- target: ?
-- coverage: ?
-- engine: other
CREATE OR REPLACE BRANCH dev IN TABLE t FROM main

-- title: SHOW STATS of a query reads no data
-- kind: UTILITY
-- effect: NONE
-- sources: ?
-- coverage: ?
-- engine: other
SHOW STATS FOR (SELECT * FROM u WHERE a > 1)

-- title: DESCRIBE OUTPUT of a query
-- kind: UTILITY
-- effect: NONE
-- sources: ?
-- coverage: ?
-- engine: other
DESCRIBE OUTPUT (SELECT a FROM u)

-- title: DEALLOCATE
-- kind: UTILITY
-- effect: NONE
-- coverage: ?
-- engine: other
DEALLOCATE PREPARE p

-- title: SET SESSION AUTHORIZATION
-- kind: UTILITY
-- effect: NONE
-- coverage: ?
-- engine: other
SET SESSION AUTHORIZATION alice

-- title: CALL of a maintenance procedure with named arguments
-- kind: CALL
-- effect: ?
-- target: ?
-- sources: ?
-- coverage: ?
-- engine: other
CALL lake.system.rollback_to_snapshot(schema_name => 's', table_name => 't', snapshot_id => 5)
