-- Texts that are not SQL: coverage NONE, with the place of the error.
-- table: u(a bigint)

-- title: a missing select list
-- kind: SELECT
-- effect: ?
-- coverage: NONE
-- error: 1:8
SELECT FROM u

-- title: an unfinished statement
-- kind: INSERT
-- effect: ?
-- coverage: NONE
-- error: 1:14
INSERT INTO t

-- title: two statements at once
-- kind: SELECT
-- effect: ?
-- coverage: NONE
-- error: 1:9
SELECT 1; SELECT 2

-- title: an unclosed parenthesis before the second line
-- kind: SELECT
-- effect: ?
-- coverage: NONE
-- error: 2:1
SELECT (a
FROM u
WHERE b

-- title: an unclosed string
-- kind: SELECT
-- effect: ?
-- coverage: NONE
-- error: 1:8
SELECT 'a FROM u

-- title: a reserved word as a name
-- kind: SELECT
-- effect: ?
-- coverage: NONE
-- error: 1:15
SELECT a FROM order

-- title: backquotes
-- kind: SELECT
-- effect: ?
-- coverage: NONE
-- error: 1:8
SELECT `a` FROM u

-- title: a text that is no statement
-- kind: UNKNOWN
-- effect: ?
-- coverage: NONE
-- error: 1:1
hello world

-- title: a broken text inside EXECUTE IMMEDIATE
-- kind: ?
-- effect: ?
-- coverage: NONE
-- error: 1:26
-- engine: other
EXECUTE IMMEDIATE 'SELECT FROM'
