-- Relations that are more than a table: joins, set operations, UNNEST, JSON_TABLE, row patterns, table functions, PIVOT.
-- table: u(a bigint, b bigint, k bigint, c varchar, ts timestamp(6), arr array(bigint), brr array(varchar), rows array(row(f bigint, h varchar)), m map(varchar, bigint), doc varchar, p double, mon bigint, region varchar, amt bigint)
-- table: w(a bigint, x bigint, k bigint, ts timestamp(6))
-- table: z(a bigint, k bigint)

-- title: NATURAL JOIN
-- table: u(k bigint, b bigint)
-- table: w(k bigint, x bigint)
-- kind: SELECT
-- effect: READS
-- sources: u, w
-- column: k <- u.k, w.k
-- column: b <- u.b IDENTITY
-- column: x <- w.x IDENTITY
-- indirect: u.k JOIN, w.k JOIN
-- engine: parse
SELECT * FROM u NATURAL JOIN w

-- title: JOIN USING: the key comes first in a star
-- table: u(b bigint, k bigint)
-- table: w(x bigint, k bigint)
-- kind: SELECT
-- effect: READS
-- sources: u, w
-- column: k <- u.k, w.k
-- column: b <- u.b IDENTITY
-- column: x <- w.x IDENTITY
-- engine: hole USING
SELECT * FROM u LEFT JOIN w USING (k)

-- title: JOIN USING twice
-- table: u(b bigint, k bigint)
-- table: w(x bigint, k bigint)
-- kind: SELECT
-- effect: READS
-- sources: u, w, z
-- column: k <- u.k, w.k, z.k
-- column: x <- w.x IDENTITY
-- column: a <- z.a IDENTITY
-- engine: hole USING
SELECT k, x, a FROM u JOIN w USING (k) FULL JOIN z USING (k)

-- title: conditions of joins influence every row
-- kind: SELECT
-- effect: READS
-- sources: u, w, z
-- column: a <- u.a IDENTITY
-- indirect: u.k JOIN, w.k JOIN, w.a JOIN, z.a JOIN
SELECT u.a FROM u LEFT JOIN w ON u.k = w.k RIGHT JOIN z ON w.a = z.a

-- title: a join of joins, ON in reverse
-- kind: SELECT
-- effect: READS
-- sources: u, w, z
-- column: x <- w.x IDENTITY
SELECT x FROM u JOIN w JOIN z ON w.k = z.k ON u.k = w.k

-- title: INTERSECT and EXCEPT bind differently
-- kind: SELECT
-- effect: READS
-- sources: u, w, z
-- column: a <- u.a IDENTITY, w.x IDENTITY, z.k IDENTITY
SELECT a FROM u EXCEPT SELECT x FROM w INTERSECT SELECT k FROM z

-- title: the names of a set operation are those of its first branch
-- kind: CREATE_VIEW
-- effect: DEFINES
-- sources: u, w
-- target: nv
-- column: one <- u.a IDENTITY, w.k IDENTITY
-- column: two <- u.b IDENTITY
CREATE VIEW nv AS SELECT a AS one, b AS two FROM u UNION SELECT k AS two, 1 AS one FROM w

-- title: CORRESPONDING BY takes the named columns only
-- kind: SELECT
-- effect: READS
-- sources: u, w
-- column: k <- u.k IDENTITY, w.k IDENTITY
-- engine: parse
SELECT a, b, k FROM u UNION CORRESPONDING BY (k) SELECT k, x FROM w

-- title: a set operation inside a subquery with ORDER BY and LIMIT
-- kind: SELECT
-- effect: READS
-- sources: u, w
-- column: v <- u.a, w.x
SELECT q.v + 1 AS v FROM ((SELECT a AS v FROM u ORDER BY b LIMIT 5) UNION ALL (SELECT x FROM w FETCH FIRST 3 ROWS ONLY)) q

-- title: TABLE and VALUES in a set operation
-- kind: SELECT
-- effect: READS
-- sources: z
-- column: a <- z.a IDENTITY
-- column: k <- z.k IDENTITY
TABLE z UNION ALL VALUES (1, 2)

-- title: UNNEST of two arrays side by side
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: x <- u.arr
-- column: y <- u.brr
-- column: n
SELECT x, y, n FROM u CROSS JOIN UNNEST(arr, brr) WITH ORDINALITY AS q (x, y, n)

-- title: UNNEST of an array of rows gives its fields
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: f <- u.rows
-- column: h <- u.rows
SELECT q.f, q.h FROM u, UNNEST(rows) q (f, h)

-- title: UNNEST of an expression of two columns
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: e <- u.arr, u.a
SELECT e FROM u LEFT JOIN UNNEST(transform(arr, x -> x + a)) q (e) ON true

-- title: UNNEST of constants
-- kind: SELECT
-- effect: READS
-- column: x
SELECT x FROM UNNEST(ARRAY[1, 2], ARRAY['a', 'b']) q (x, y)

-- title: UNNEST of an UNNEST
-- table: u(nested array(array(bigint)))
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: e <- u.nested
SELECT e FROM u, UNNEST(nested) n (l), UNNEST(l) q (e)

-- title: UNNEST in a subquery with correlation
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: a <- u.a IDENTITY
-- column: v <- u.arr AGGREGATION
SELECT a, (SELECT sum(e) FROM UNNEST(arr) q (e)) v FROM u

-- title: JSON_TABLE with nested columns
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: a <- u.a IDENTITY
-- column: n
-- column: id <- u.doc
-- column: tag <- u.doc
-- engine: parse
SELECT u.a, j.n, j.id, j.tag FROM u, JSON_TABLE(doc, 'lax $[*]' AS root COLUMNS (n FOR ORDINALITY, id bigint PATH 'lax $.id' DEFAULT 0 ON EMPTY, NESTED PATH 'lax $.tags[*]' AS tags COLUMNS (tag varchar FORMAT JSON PATH 'lax $')) PLAN (root OUTER tags)) j

-- title: JSON_TABLE with a passed argument
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: v <- u.doc, u.a
-- engine: parse
SELECT v FROM u LEFT JOIN JSON_TABLE(doc, 'lax $[$i]' PASSING a AS "i" COLUMNS (v bigint PATH 'lax $')) ON true

-- title: MATCH_RECOGNIZE, all rows
-- table: u(k bigint, ts timestamp(6), p double)
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: k <- u.k IDENTITY
-- column: ts <- u.ts IDENTITY
-- column: cls
-- column: top <- u.p
-- column: p <- u.p IDENTITY
-- engine: hole MATCH_RECOGNIZE
SELECT * FROM u MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES CLASSIFIER() AS cls, FINAL LAST(UP.p) AS top ALL ROWS PER MATCH AFTER MATCH SKIP TO NEXT ROW PATTERN (S DOWN+ UP*) SUBSET ANYROW = (DOWN, UP) DEFINE DOWN AS p < PREV(p), UP AS UP.p > PREV(UP.p)) AS q

-- title: MATCH_RECOGNIZE over a subquery with aliases of its columns
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: key <- u.k IDENTITY
-- column: low <- u.p, u.a
-- engine: hole MATCH_RECOGNIZE
SELECT key, low FROM (SELECT k, p + a AS v, ts FROM u) MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES MIN(A.v) AS low PATTERN (A+) DEFINE A AS A.v > 0) AS q (key, low)

-- title: a row pattern's variables are no tables
-- table: a(v bigint, ts timestamp(6))
-- kind: SELECT
-- effect: READS
-- sources: a
-- column: x <- a.v
-- engine: hole MATCH_RECOGNIZE
SELECT x FROM a MATCH_RECOGNIZE (ORDER BY ts MEASURES LAST(U.v) AS x PATTERN (U+) DEFINE U AS U.v > 1)

-- title: a table function over a query, partitioned and ordered
-- kind: SELECT
-- effect: READS
-- sources: u, w
-- coverage: ?
-- engine: parse
SELECT * FROM TABLE(lake.system.enrich(input => TABLE(SELECT a, k FROM u) AS i PARTITION BY k ORDER BY a, lookup => TABLE(w) PRUNE WHEN EMPTY, columns => DESCRIPTOR(a bigint, b), CAST(NULL AS DESCRIPTOR) COPARTITION (i, w)))

-- title: a table function reads common table expressions
-- kind: SELECT
-- effect: READS
-- sources: u
-- coverage: ?
-- engine: parse
WITH q AS (SELECT a, b FROM u) SELECT * FROM TABLE(exclude_columns(TABLE(q), DESCRIPTOR(b)))

-- title: PIVOT with two aggregates and aliases
-- table: u(region varchar, mon bigint, amt bigint)
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: region <- u.region IDENTITY
-- column: jan_total <- u.amt AGGREGATION, u.mon
-- column: jan_n <- u.mon
-- column: feb_total <- u.amt AGGREGATION, u.mon
-- column: feb_n <- u.mon
-- engine: hole PIVOT
SELECT * FROM u PIVOT (sum(amt) AS total, count(*) AS n FOR mon IN (1 AS jan, 2 AS feb) GROUP BY region) AS q

-- title: PIVOT over a subquery and two columns
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: x <- u.amt AGGREGATION, u.mon, u.region
-- engine: hole PIVOT
SELECT x FROM (SELECT region, mon, amt FROM u) PIVOT (max(amt) FOR (mon, region) IN ((1, 'n') AS x, (2, 's') AS y))

-- title: NEAREST with a filter
-- kind: SELECT
-- effect: READS
-- sources: u, w
-- column: a <- u.a IDENTITY
-- column: x <- w.x IDENTITY
SELECT u.a, n.x FROM u LEFT JOIN NEAREST(FROM w WHERE w.k = u.k MATCH w.ts <= u.ts) n ON true

-- title: TABLESAMPLE of a join's side
-- kind: SELECT
-- effect: READS
-- sources: u, w
-- column: a <- u.a IDENTITY
SELECT u.a FROM u TABLESAMPLE SYSTEM (5) JOIN w TABLESAMPLE BERNOULLI (10.5) ON u.k = w.k

-- title: a version of one table of two
-- kind: SELECT
-- effect: READS
-- sources: u, w
-- column: a <- u.a IDENTITY
-- column: x <- w.x IDENTITY
SELECT o.a, w.x FROM u FOR VERSION AS OF 7 AS o JOIN w ON o.k = w.k

-- title: a comparison of a table with its own past
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: d <- u.a
-- engine: parse
SELECT n.a - o.a AS d FROM u n JOIN u FOR TIMESTAMP AS OF current_timestamp - INTERVAL '1' DAY o ON n.k = o.k

-- title: the same table from two branches
-- kind: SELECT
-- effect: READS
-- sources: u, u@dev
-- column: m <- u.a IDENTITY
-- column: d <- u@dev.a IDENTITY
-- engine: other
SELECT m.a AS m, d.a AS d FROM u m JOIN u FOR VERSION AS OF 'dev' d ON m.k = d.k

-- title: a metadata table beside its table
-- kind: SELECT
-- effect: READS
-- sources: u
-- coverage: ?
-- engine: other
SELECT u.a, f.file_path FROM u, "u$files" f

-- title: a table function that is not known
-- kind: SELECT
-- effect: READS
-- coverage: ?
-- engine: other
SELECT * FROM TABLE(lake.reports.monthly(2026, name => 'x'))

-- title: a VALUES relation with a column of an outer query
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: v <- u.a, u.b
-- engine: hole VALUES
SELECT q.v FROM u, LATERAL (VALUES (a), (b)) q (v)

-- title: a star over an UNNEST of an array of rows
-- table: u(a bigint, rows array(row(f bigint, h varchar)))
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: a <- u.a IDENTITY
-- column: rows <- u.rows IDENTITY
-- column: f <- u.rows
-- column: h <- u.rows
SELECT * FROM u CROSS JOIN UNNEST(rows)

-- title: a field of an UNNEST without aliases
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: h <- u.rows
SELECT e.h FROM u CROSS JOIN UNNEST(rows) e

-- title: a star over an UNNEST of a map and an array with ordinality
-- table: u(m map(varchar, bigint), arr array(bigint))
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: k <- u.m
-- column: v <- u.m
-- column: e <- u.arr
-- column: n
SELECT q.* FROM u, UNNEST(m, arr) WITH ORDINALITY q (k, v, e, n)

-- title: all fields of a row whose type the text names
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: x <- u.a, u.c
-- column: y <- u.a, u.c
-- engine: hole fields of a row
SELECT CAST(ROW(a, c) AS ROW(x bigint, y varchar)).* FROM u

-- title: all fields of a row that a function makes are not guessed
-- kind: SELECT
-- effect: READS
-- sources: u
-- coverage: TABLE
-- engine: other
SELECT (f(a)).* FROM u

-- title: PIVOT without GROUP BY groups by nothing
-- table: u(region varchar, mon bigint, amt bigint)
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: jan <- u.amt AGGREGATION, u.mon
-- column: feb <- u.amt AGGREGATION, u.mon
-- engine: hole PIVOT
SELECT jan, feb FROM u PIVOT (sum(amt) FOR mon IN (1 AS jan, 2 AS feb))

-- title: the argument of CLASSIFIER is a variable of the pattern
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: c
-- column: p <- u.p
-- read: u.p, u.ts, u.k
-- engine: hole MATCH_RECOGNIZE
SELECT m.c, m.p FROM u MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES classifier(X) AS c, last(X.p) AS p PATTERN (X+) DEFINE X AS X.p > 0) AS m
