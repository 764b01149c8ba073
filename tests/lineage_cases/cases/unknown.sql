-- What is not known is said, never guessed.
-- table: u(a bigint, b bigint)

-- title: a star over a table whose columns are unknown
-- kind: SELECT
-- effect: READS
-- sources: ghost
-- coverage: TABLE
-- engine: other
SELECT * FROM ghost

-- title: a named column of the only table, whose columns are unknown
-- kind: SELECT
-- effect: READS
-- sources: ghost
-- column: a <- ghost.a IDENTITY
-- engine: other
SELECT a FROM ghost

-- title: a qualified column of a table whose columns are unknown
-- kind: INSERT
-- effect: WRITES
-- sources: ghost, phantom
-- target: n
-- table: n(a bigint, b bigint)
-- column: a <- ghost.x IDENTITY
-- column: b <- phantom.y IDENTITY
-- engine: other
INSERT INTO n SELECT ghost.x, p.y FROM ghost JOIN phantom p ON ghost.k = p.k

-- title: an unqualified column of two tables whose columns are unknown
-- kind: SELECT
-- effect: READS
-- sources: ghost, phantom
-- coverage: TABLE
-- engine: other
SELECT a FROM ghost, phantom

-- title: an unqualified column that the known table does not have belongs to the other
-- kind: SELECT
-- effect: READS
-- sources: u, ghost
-- column: x <- ghost.x IDENTITY
-- engine: other
SELECT x FROM u, ghost

-- title: INSERT by position into unknown columns keeps the tables
-- kind: INSERT
-- effect: WRITES
-- sources: u
-- target: ghost
-- coverage: TABLE
-- engine: other
INSERT INTO ghost SELECT a, b FROM u

-- title: INSERT by name into unknown columns is complete
-- kind: INSERT
-- effect: WRITES
-- sources: u
-- target: ghost
-- column: x <- u.a IDENTITY
-- engine: other
INSERT INTO ghost (x) SELECT a FROM u

-- title: CREATE TABLE AS over an unknown star keeps the tables
-- kind: CTAS
-- effect: WRITES
-- sources: ghost, u
-- target: n
-- coverage: TABLE
-- engine: other
CREATE TABLE n AS SELECT g.*, u.a FROM ghost g JOIN u ON g.k = u.b

-- title: a set operation over unknown columns, by name
-- kind: SELECT
-- effect: READS
-- sources: ghost, u
-- column: a <- ghost.a IDENTITY, u.a IDENTITY
-- engine: other
SELECT a FROM ghost UNION ALL SELECT a FROM u

-- title: a dotted name over unknown columns is a column of its table
-- kind: SELECT
-- effect: READS
-- sources: ghost
-- column: f <- ghost.r
-- engine: other
SELECT ghost.r.f FROM ghost

-- title: columns of a common table expression are known
-- kind: SELECT
-- effect: READS
-- sources: ghost
-- column: x <- ghost.a IDENTITY
-- engine: other
WITH q AS (SELECT a AS x, b AS y FROM ghost) SELECT x FROM q

-- title: MERGE without an insert column list into unknown columns
-- kind: MERGE
-- effect: WRITES
-- sources: u
-- target: ghost
-- coverage: TABLE
-- engine: other
MERGE INTO ghost g USING u ON g.k = u.a WHEN NOT MATCHED THEN INSERT VALUES (u.a, u.b)

-- title: a name of four parts cannot be a table
-- kind: SELECT
-- effect: READS
-- unresolved: a.b.c.d
-- coverage: TABLE
-- engine: other
SELECT 1 FROM a.b.c.d

-- title: all fields of a row whose type is unknown
-- kind: SELECT
-- effect: READS
-- sources: ghost
-- coverage: TABLE
-- engine: other
SELECT g.r.* FROM ghost g

-- title: a star over an UNNEST of a column whose type is unknown
-- kind: SELECT
-- effect: READS
-- sources: ghost
-- coverage: TABLE
-- engine: other
SELECT e.* FROM ghost g CROSS JOIN UNNEST(g.items) e

-- title: named columns of an UNNEST need no type
-- kind: SELECT
-- effect: READS
-- sources: ghost
-- column: f <- ghost.items
-- column: h <- ghost.items
-- engine: other
SELECT e.f, e.h FROM ghost g CROSS JOIN UNNEST(g.items) e (f, h)
