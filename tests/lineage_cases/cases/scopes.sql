-- Which table a name means: common table expressions, subqueries, correlation, aliases, quoting.
-- table: u(a bigint, b bigint, k bigint, c varchar, r row(f row(g bigint), a bigint))
-- table: w(a bigint, x bigint, k bigint)
-- table: z(a bigint, k bigint)
-- table: lake.other.u(q bigint)
-- table: a(b row(c bigint), k bigint)

-- title: a qualified name is never a common table expression
-- kind: SELECT
-- effect: READS
-- sources: u, w
-- column: a <- u.a IDENTITY
WITH u AS (SELECT a FROM w) SELECT v.a FROM s.u v, u

-- title: a common table expression is not visible before its declaration
-- kind: SELECT
-- effect: READS
-- sources: w, z
-- column: a <- z.a IDENTITY
WITH u AS (SELECT w.a FROM w), w AS (SELECT a FROM z) SELECT w.a FROM w, u

-- title: without RECURSIVE a common table expression may read the table that it hides
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: a <- u.a TRANSFORMATION
WITH u AS (SELECT a + 1 AS a FROM u) SELECT a FROM u

-- title: names of common table expressions compare without case
-- kind: SELECT
-- effect: READS
-- sources: w
-- column: a <- w.a IDENTITY
WITH "Tmp" AS (SELECT a FROM w) SELECT a FROM tMP

-- title: an inner common table expression hides an outer one
-- kind: SELECT
-- effect: READS
-- sources: u, w
-- column: a <- w.a IDENTITY
-- column: b <- u.b IDENTITY
WITH q AS (SELECT b FROM u) SELECT i.a, q.b FROM (WITH q AS (SELECT a FROM w) SELECT a FROM q) i, q

-- title: a common table expression is visible in subqueries of expressions
-- kind: SELECT
-- effect: READS
-- sources: u, w
-- column: m <- w.x AGGREGATION
WITH q AS (SELECT x FROM w) SELECT (SELECT max(x) FROM q) m FROM u WHERE a IN (SELECT x FROM q)

-- title: a chain of common table expressions composes
-- kind: INSERT
-- effect: WRITES
-- sources: u
-- target: z
-- column: a <- u.a AGGREGATION, u.b AGGREGATION
-- column: k <- u.k IDENTITY
-- indirect: u.k GROUP_BY
INSERT INTO z WITH p AS (SELECT a + b AS ab, k FROM u), q AS (SELECT sum(ab) total, k FROM p GROUP BY k) SELECT total, k FROM q

-- title: an unused common table expression is a source of the statement, but of no column
-- kind: SELECT
-- effect: READS
-- sources: u, w
-- column: a <- u.a IDENTITY
WITH q AS (SELECT x FROM w) SELECT a FROM u

-- title: column aliases of a common table expression
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: y <- u.a IDENTITY
-- column: x <- u.b IDENTITY
WITH q (x, y) AS (SELECT b, a FROM u) SELECT y, x FROM q

-- title: swapped names are not confused
-- kind: INSERT
-- effect: WRITES
-- sources: u
-- target: nn
-- table: nn(a bigint, b bigint)
-- column: a <- u.b IDENTITY
-- column: b <- u.a IDENTITY
INSERT INTO nn SELECT b AS a, a AS b FROM u

-- title: ORDER BY prefers the output name, WHERE the input column
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: a <- u.b IDENTITY
-- indirect: u.b SORT, u.a FILTER
SELECT b AS a FROM u WHERE a > 1 ORDER BY a

-- title: a correlated scalar subquery
-- kind: SELECT
-- effect: READS
-- sources: u, w
-- column: a <- u.a IDENTITY
-- column: m <- w.x AGGREGATION
SELECT a, (SELECT max(x) FROM w WHERE w.k = u.k) m FROM u

-- title: a subquery that returns a column of the outer query
-- kind: SELECT
-- effect: READS
-- sources: u, w
-- column: v <- u.a
SELECT (SELECT max(u.a) FROM w) v FROM u

-- title: an inner alias hides the outer one
-- kind: SELECT
-- effect: READS
-- sources: u, w
-- column: m <- w.a AGGREGATION
SELECT (SELECT max(q.a) FROM w q) m FROM u q

-- title: an inner column hides the outer one of the same name
-- kind: SELECT
-- effect: READS
-- sources: u, w
-- column: a <- u.a IDENTITY
-- indirect: w.a FILTER, w.k FILTER
SELECT a FROM u WHERE EXISTS (SELECT 1 FROM w WHERE a = k)

-- title: a subquery three levels deep refers to the outermost query
-- kind: SELECT
-- effect: READS
-- sources: u, w, z
-- column: a <- u.a IDENTITY
-- indirect: w.k FILTER, z.k FILTER, u.b FILTER, z.a FILTER
SELECT a FROM u WHERE EXISTS (SELECT 1 FROM w WHERE k IN (SELECT k FROM z WHERE z.a = u.b))

-- title: LATERAL sees the relations on its left
-- kind: SELECT
-- effect: READS
-- sources: u, w
-- column: v <- u.a, w.x
SELECT l.v FROM u, LATERAL (SELECT u.a + w.x AS v FROM w WHERE w.k = u.k) l

-- title: two tables of the same name in two schemas
-- kind: SELECT
-- effect: READS
-- sources: u, lake.other.u
-- column: a <- u.a IDENTITY
-- column: q <- lake.other.u.q IDENTITY
SELECT s.u.a, other.u.q FROM s.u, other.u

-- title: a table that is read twice under two aliases
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: a <- u.a IDENTITY
-- column: b <- u.b IDENTITY
-- indirect: u.k JOIN, u.a JOIN
SELECT x.a, y.b FROM u x JOIN u y ON x.k = y.a

-- title: longest prefix: a table alias wins over a row field
-- kind: SELECT
-- effect: READS
-- sources: a
-- column: b <- a.b IDENTITY
-- column: c <- a.b
SELECT a.b, a.b.c FROM a

-- title: a row field through the alias of its table
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: g <- u.r
-- column: a <- u.r
SELECT q.r.f.g, q.r.a FROM u q

-- title: all fields of a row
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: f <- u.r
-- column: a <- u.r
-- engine: hole fields of a row
SELECT u.r.* FROM u

-- title: a dot inside quotes separates nothing
-- table: lake.s."t.1"("x.y" bigint)
-- kind: SELECT
-- effect: READS
-- sources: lake.s."t.1"
-- column: x.y <- lake.s."t.1"."x.y" IDENTITY
SELECT "x.y" FROM "t.1"

-- title: a quote inside a quoted name
-- table: lake.s."say ""hi"""(a bigint)
-- kind: SELECT
-- effect: READS
-- sources: lake.s."say ""hi"""
-- column: a <- lake.s."say ""hi""".a IDENTITY
-- engine: other
SELECT a FROM "say ""hi"""

-- title: keywords as names
-- table: "select"("from" bigint, year bigint, "group" bigint)
-- kind: SELECT
-- effect: READS
-- sources: select
-- column: from <- select.from IDENTITY
-- column: year <- select.year IDENTITY
-- column: date <- select.group IDENTITY
SELECT "from", year, "group" AS date FROM "select"

-- title: parenthesised relations keep their aliases
-- kind: SELECT
-- effect: READS
-- sources: u, w, z
-- column: a <- u.a IDENTITY
-- column: x <- w.x IDENTITY
-- column: k <- z.k IDENTITY
SELECT u.a, w.x, z.k FROM (u JOIN (w CROSS JOIN z) ON u.k = w.k)

-- title: column aliases of a table
-- table: w(a bigint, x bigint)
-- kind: SELECT
-- effect: READS
-- sources: w
-- column: q <- w.x IDENTITY
-- column: p <- w.a IDENTITY
SELECT q, p FROM w AS v (p, q)

-- title: column aliases of a subquery
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: y <- u.b IDENTITY
SELECT v.y FROM (SELECT a, b FROM u) v (x, y)

-- title: a star over a join, in the order of the relations
-- table: u(a bigint, k bigint)
-- table: w(x bigint, k bigint)
-- kind: SELECT
-- effect: READS
-- sources: u, w
-- column: a <- u.a IDENTITY
-- column: k <- u.k IDENTITY
-- column: x <- w.x IDENTITY
-- column: k <- w.k IDENTITY
SELECT * FROM u JOIN w ON u.k = w.k

-- title: the star of one relation of a join
-- table: w(x bigint, k bigint)
-- kind: SELECT
-- effect: READS
-- sources: u, w
-- column: x <- w.x IDENTITY
-- column: k <- w.k IDENTITY
-- column: n
SELECT w.*, 1 AS n FROM u JOIN w ON u.k = w.k

-- title: a star through a subquery and a common table expression
-- table: w(x bigint, k bigint)
-- kind: SELECT
-- effect: READS
-- sources: w
-- column: x <- w.x IDENTITY
-- column: k <- w.k IDENTITY
WITH q AS (SELECT * FROM w) SELECT * FROM (SELECT q.* FROM q) i

-- title: a comment is no code
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: a <- u.a IDENTITY
SELECT /* FROM w */ a -- , x FROM w
FROM u

-- title: a string is no code
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: c <- u.c IDENTITY
SELECT c FROM u WHERE c <> ' FROM w -- '' /*'

-- title: no session catalog and schema: a name of three parts is whole
-- session: -
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: a <- u.a IDENTITY
-- engine: other
SELECT a FROM lake.s.u

-- title: no session catalog and schema: shorter names stay unresolved
-- session: -
-- kind: INSERT
-- effect: WRITES
-- sources: w
-- unresolved: u, s.z
-- coverage: TABLE
-- engine: other
INSERT INTO s.z SELECT u.a FROM u, lake.s.w

-- title: no session schema: a name of one part stays unresolved
-- session: lake.
-- kind: SELECT
-- effect: READS
-- sources: w
-- unresolved: u
-- coverage: TABLE
-- engine: other
SELECT u.a FROM u, s.w

-- title: WITH RECURSIVE whose second branch joins a table
-- kind: SELECT
-- effect: READS
-- sources: w, z
-- column: k <- w.k, z.k
-- engine: hole recursion
WITH RECURSIVE r (k) AS (SELECT k FROM w UNION ALL SELECT z.k FROM r JOIN z ON z.a = r.k) SELECT k FROM r

-- title: WITH RECURSIVE need not recurse
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: a <- u.a IDENTITY
WITH RECURSIVE q (a) AS (SELECT a FROM u) SELECT a FROM q

-- title: a nested WITH inside a common table expression
-- kind: SELECT
-- effect: READS
-- sources: u, w
-- column: v <- u.a, w.x
WITH p AS (WITH i AS (SELECT a, k FROM u) SELECT i.a, w.x FROM i JOIN w ON i.k = w.k) SELECT a + x AS v FROM p

-- title: a WITH before a parenthesised set operation
-- kind: SELECT
-- effect: READS
-- sources: u, w
-- column: a <- u.a IDENTITY, w.x IDENTITY
WITH p AS (SELECT a FROM u) (SELECT a FROM p UNION SELECT x FROM (WITH p AS (SELECT x FROM w) SELECT x FROM p))

-- title: a column that has another name outside does not hide a table of the outer query
-- table: v(c row(x bigint), k bigint)
-- kind: SELECT
-- effect: READS
-- sources: u, v
-- column: a <- u.a IDENTITY
-- indirect: v.k FILTER, u.k FILTER
SELECT c.a FROM u AS c WHERE EXISTS (SELECT 1 FROM (SELECT c AS d, k FROM v) WHERE k = c.k)

-- title: a field of a field, spread and taken apart
-- table: v(r row(f row(g bigint, h varchar), items array(row(i bigint, tags array(varchar)))))
-- kind: SELECT
-- effect: READS
-- sources: v
-- column: g <- v.r TRANSFORMATION
-- column: h <- v.r TRANSFORMATION
-- column: i <- v.r TRANSFORMATION
-- column: tag <- v.r TRANSFORMATION
-- engine: hole all fields of a row
SELECT v.r.f.*, x.i, t.tag FROM v CROSS JOIN UNNEST(v.r.items) AS x CROSS JOIN UNNEST(x.tags) AS t (tag)

-- title: the type of a row goes through a set operation
-- table: v(r row(f bigint, h varchar))
-- kind: SELECT
-- effect: READS
-- sources: v
-- column: f <- v.r TRANSFORMATION
-- column: h <- v.r TRANSFORMATION
-- engine: hole all fields of a row
SELECT q.r.* FROM (SELECT r FROM v UNION SELECT r FROM v) q

-- title: only names with dots between them name a column, also in parentheses
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: g <- u.r TRANSFORMATION
-- column: f <- u.r TRANSFORMATION
-- column: ? <- u.r, u.a CONDITIONAL
-- column: ? <- u.r TRANSFORMATION
-- engine: parse
SELECT (r.f).g, (u.r).f, if(a > 1, r, r).a, coalesce(r, r).a FROM u
