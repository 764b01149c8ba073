--! user=metabase source=metabase catalog=lake schema=agree
PREPARE reading FROM SELECT name FROM nations WHERE id = ? AND name <> 'secret'
--!
EXECUTE reading USING 3
--!
PREPARE writing FROM INSERT INTO target (id, name) SELECT id, name FROM nations WHERE region = ?
--!
EXECUTE writing USING 2
--!
DESCRIBE OUTPUT reading
--!
DEALLOCATE PREPARE reading
--!
EXECUTE IMMEDIATE 'INSERT INTO target (id, name) SELECT id, ''x'' FROM regions WHERE id = ?' USING 1
--!
EXECUTE IMMEDIATE 'SELECT 1'
--! fails=NOT_FOUND
EXECUTE nothing
--!
USE lake.agree
--!
SELECT count(*) FROM nations
--!
SHOW TABLES
--!
SHOW CREATE VIEW inner_view
--!
SET SESSION query_priority = 2
--!
WITH FUNCTION twice(x bigint) RETURNS bigint RETURN x * 2 SELECT twice(id) AS t FROM nations
