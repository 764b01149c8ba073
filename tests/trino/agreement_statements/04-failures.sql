--! user=carol source=notebook catalog=lake schema=agree
SELECT 1
--! fails=SYNTAX_ERROR
SELEC name FROM nations
--! fails=TABLE_NOT_FOUND
SELECT * FROM missing
--! fails=COLUMN_NOT_FOUND
INSERT INTO target (id) SELECT missing FROM nations
--! fails=DIVISION_BY_ZERO
INSERT INTO target (id) SELECT 1 / (id - id) FROM nations
--! fails=DIVISION_BY_ZERO
CREATE TABLE never AS SELECT 1 / (id - id) AS x FROM nations
--! fails=TABLE_ALREADY_EXISTS
CREATE TABLE nations AS SELECT 1 AS x
--! fails=TYPE_MISMATCH
SELECT id + name FROM nations
--! fails=INVALID_CAST_ARGUMENT
SELECT CAST(name AS bigint) FROM nations
--! fails=EXCEEDED_TIME_LIMIT
WITH SESSION query_max_execution_time = '1ms' SELECT count(*) FROM tpch.sf1.lineitem
--! fails=DIVISION_BY_ZERO
UPDATE target SET score = 1 / 0 WHERE id = 1
