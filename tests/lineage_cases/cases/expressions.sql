-- What flows into a column: functions, conditions, aggregates, windows, lambdas, JSON, rows.
-- table: u(a bigint, b bigint, k bigint, c varchar, d date, p double, ts timestamp(6), arr array(bigint), rows array(row(f bigint, h varchar)), m map(varchar, bigint), doc varchar, j json, r row(f row(g bigint), h varchar), flag boolean)
-- table: w(a bigint, x bigint, k bigint)

-- title: CASE: the conditions choose, the results flow
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: v <- u.b IDENTITY, u.k IDENTITY, u.a CONDITIONAL
SELECT CASE WHEN a > 1 THEN b ELSE k END v FROM u

-- title: CASE with an operand
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: v <- u.b, u.a CONDITIONAL, u.k CONDITIONAL
SELECT CASE a WHEN k THEN b ELSE 0 END v FROM u

-- title: IF
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: v <- u.b, u.flag CONDITIONAL
SELECT IF(flag, b) v FROM u

-- title: a column that both flows and chooses
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: v <- u.a
SELECT CASE WHEN a > 0 THEN a END v FROM u

-- title: COALESCE and NULLIF
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: v <- u.a, u.b
-- column: n <- u.a, u.k
SELECT coalesce(a, b) v, nullif(a, k) n FROM u

-- title: constants and functions without arguments have no upstream
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: n
-- column: now
-- column: c
SELECT 1 n, now() now, count(*) c FROM u

-- title: count of a column
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: n <- u.a AGGREGATION
-- column: d <- u.b AGGREGATION
SELECT count(a) n, count(DISTINCT b) d FROM u

-- title: an aggregate inside an expression
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: v <- u.a AGGREGATION, u.p AGGREGATION
SELECT sum(a * p) / nullif(count(*), 0) v FROM u

-- title: array_agg with an order
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: v <- u.a AGGREGATION, u.ts
SELECT array_agg(a ORDER BY ts DESC) v FROM u

-- title: HAVING filters
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: k <- u.k IDENTITY
-- indirect: u.k GROUP_BY, u.p FILTER
SELECT k FROM u GROUP BY k HAVING sum(p) > 1

-- title: GROUP BY an ordinal and an expression
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: y <- u.d TRANSFORMATION
-- column: s <- u.a AGGREGATION
-- indirect: u.d GROUP_BY, u.c GROUP_BY
SELECT year(d) y, sum(a) s FROM u GROUP BY 1, lower(c)

-- title: ORDER BY an ordinal
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: a <- u.a IDENTITY
-- column: b <- u.b IDENTITY
-- indirect: u.b SORT
SELECT a, b FROM u ORDER BY 2 DESC NULLS FIRST LIMIT 3

-- title: a running sum with a frame
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: v <- u.a, u.k WINDOW, u.ts WINDOW
SELECT sum(a) OVER (PARTITION BY k ORDER BY ts ROWS BETWEEN 3 PRECEDING AND CURRENT ROW) v FROM u

-- title: lag with an offset and a default
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: v <- u.a, u.b, u.ts WINDOW
SELECT lag(a, 1, b) IGNORE NULLS OVER (ORDER BY ts) v FROM u

-- title: a window that extends a named one
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: v <- u.a, u.k WINDOW, u.ts WINDOW
-- engine: hole named window
SELECT max(a) OVER (w ORDER BY ts) v FROM u WINDOW w AS (PARTITION BY k)

-- title: the names of windows are no columns
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: v <- u.a, u.b WINDOW
-- engine: hole named window
SELECT first_value(a) OVER k v FROM u WINDOW k AS (ORDER BY b)

-- title: a window over an aggregate
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: k <- u.k IDENTITY
-- column: n <- u.a WINDOW
-- indirect: u.k GROUP_BY
SELECT k, row_number() OVER (ORDER BY sum(a)) n FROM u GROUP BY k

-- title: nested lambdas
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: v <- u.arr, u.b, u.k
SELECT transform(filter(arr, x -> x > b), y -> reduce(arr, y, (s, x) -> s + x * k, s -> s)) v FROM u

-- title: a lambda's parameter hides a column
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: v <- u.arr
SELECT transform(arr, a -> a + 1) v FROM u

-- title: a lambda's parameter with a field
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: v <- u.rows, u.a
SELECT transform(rows, r -> r.f + a) v FROM u

-- title: a lambda over a map
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: v <- u.m, u.c
SELECT map_filter(m, (k, a) -> k <> c AND a > 0) v FROM u

-- title: a lambda in FILTER
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: v <- u.a AGGREGATION, u.arr FILTER, u.b FILTER
SELECT sum(a) FILTER (WHERE any_match(arr, x -> x = b)) v FROM u

-- title: subscripts of arrays and maps
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: e <- u.arr, u.b
-- column: v <- u.m, u.c
SELECT arr[b] e, m[c] v FROM u

-- title: constructors of rows, arrays and maps
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: r <- u.a, u.c
-- column: l <- u.a, u.b
-- column: m <- u.c, u.k
SELECT ROW(a, c) r, ARRAY[a, b] l, map(ARRAY[c], ARRAY[k]) m FROM u

-- title: a field of a constructed row
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: x <- u.a, u.c
SELECT CAST(ROW(a, c) AS ROW(x bigint, y varchar)).x AS x FROM u

-- title: CAST, TRY and AT TIME ZONE
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: x <- u.a TRANSFORMATION
-- column: y <- u.c
-- column: z <- u.ts
SELECT CAST(a AS varchar) x, TRY(CAST(c AS bigint)) y, CAST(ts AS timestamp(3) with time zone) AT TIME ZONE 'UTC' z FROM u

-- title: string functions with their own syntax
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: x <- u.c TRANSFORMATION
-- column: y <- u.c, u.a
-- column: z <- u.c
-- column: p <- u.c, u.doc
SELECT trim(BOTH ' ' FROM c) x, substring(c FROM a FOR 3) y, normalize(c, NFC) z, position(c IN doc) p FROM u

-- title: EXTRACT and intervals
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: y <- u.d TRANSFORMATION
-- column: n <- u.ts
SELECT EXTRACT(YEAR FROM d) y, ts + INTERVAL '1' DAY n FROM u

-- title: predicates as values
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: x <- u.a, u.b, u.k
-- column: y <- u.c
-- column: z <- u.a, u.b
-- column: n <- u.d
SELECT a BETWEEN b AND k x, c LIKE 'a%' ESCAPE '\' y, a IS DISTINCT FROM b z, d IS NULL n FROM u

-- title: IN with a list and with a subquery as values
-- kind: SELECT
-- effect: READS
-- sources: u, w
-- column: x <- u.a, u.b
-- column: y <- u.a, w.x
SELECT a IN (1, b) x, a IN (SELECT x FROM w) y FROM u

-- title: a quantified comparison
-- kind: SELECT
-- effect: READS
-- sources: u, w
-- column: y <- u.a, w.x
SELECT a > ALL (SELECT x FROM w) y FROM u

-- title: JSON functions
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: x <- u.doc, u.a
-- column: y <- u.doc
-- column: z <- u.doc
SELECT json_value(doc, 'lax $.x[$i]' PASSING a AS "i" RETURNING bigint DEFAULT 0 ON EMPTY) x, json_query(doc, 'lax $.y' WITH ARRAY WRAPPER) y, json_exists(doc, 'lax $.z') z FROM u

-- title: JSON constructors
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: o <- u.c, u.a, u.b
-- column: l <- u.a, u.c
SELECT json_object(KEY c VALUE a, 'b' : b ABSENT ON NULL) o, json_array(a, c NULL ON NULL) l FROM u

-- title: date arithmetic keeps both columns
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: v <- u.d, u.ts
SELECT date_diff('day', d, CAST(ts AS date)) v FROM u

-- title: an aggregate with two arguments
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: v <- u.c AGGREGATION, u.p AGGREGATION
SELECT max_by(c, p) v FROM u

-- title: GROUPING
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: a <- u.a IDENTITY
-- column: g <- u.a, u.b
-- engine: hole GROUPING
SELECT a, grouping(a, b) g FROM u GROUP BY ROLLUP (a, b)

-- title: DISTINCT
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: a <- u.a IDENTITY
-- column: b <- u.b IDENTITY
SELECT DISTINCT a, b FROM u

-- title: an expression without a name
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: ? <- u.a, u.b
-- engine: parse
SELECT a + b FROM u

-- title: all columns that a plain query uses
-- kind: SELECT
-- effect: READS
-- sources: u, w
-- read: u.a, u.k, u.d, u.ts, w.k, w.x, u.p
-- column: a <- u.a IDENTITY
-- column: s <- w.x AGGREGATION
SELECT u.a, sum(w.x) s FROM u JOIN w ON u.k = w.k WHERE d > DATE '2026-01-01' AND ts IS NOT NULL GROUP BY u.a HAVING max(p) > 0

-- title: BETWEEN SYMMETRIC and boolean tests
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: x <- u.a, u.b, u.k
-- column: y <- u.flag
SELECT a BETWEEN SYMMETRIC b AND k x, flag IS NOT TRUE y FROM u

-- title: a function in an inline routine hides no column
-- kind: SELECT
-- effect: READS
-- sources: u
-- column: v <- u.b
WITH FUNCTION twice(a bigint) RETURNS bigint BEGIN DECLARE k bigint DEFAULT 2; SET k = a * k; RETURN k; END SELECT twice(b) v FROM u
