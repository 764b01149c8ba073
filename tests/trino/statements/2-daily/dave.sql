--! user=dave source=trino-cli catalog=lake schema=sandbox rounds=6
--! fails=SYNTAX_ERROR
SELEC * FROM orders WHERE total > {amount}
--! fails=SYNTAX_ERROR
SELECT customer_id, FROM core.customers
--! fails=SYNTAX_ERROR
SELECT 'unterminated FROM core.customers
--! fails=TABLE_NOT_FOUND
SELECT * FROM order_archive
--! fails=SCHEMA_NOT_FOUND
SELECT * FROM archive.orders
--! fails=CATALOG_NOT_FOUND
SELECT * FROM hive.default.orders
--! fails=COLUMN_NOT_FOUND
SELECT order_id, discount_code FROM core.orders
--! fails=TYPE_MISMATCH
SELECT name + 1 FROM core.customers
--! fails=FUNCTION_NOT_FOUND
SELECT median(total) FROM core.orders
--! fails=EXPRESSION_NOT_AGGREGATE
SELECT segment, nation, count(*) FROM core.customers GROUP BY segment
--! fails=DIVISION_BY_ZERO
SELECT order_id, 100 / (order_id - order_id) AS share FROM core.orders WHERE order_date > DATE '{month}'
--! fails=INVALID_CAST_ARGUMENT
SELECT CAST(name AS integer) FROM core.customers
--! fails=TABLE_ALREADY_EXISTS
CREATE TABLE core.parts AS SELECT 1 AS part_id
--! fails=DIVISION_BY_ZERO
CREATE TABLE ratios AS SELECT order_id, total / (order_id * 0) AS ratio FROM core.orders
--! ends=cancel
SELECT a.orderkey, a.comment FROM tpch.sf1.lineitem a WHERE a.orderkey > {key}
--! ends=kill
SELECT l.*, n.name FROM tpch.sf1.lineitem l CROSS JOIN tpch.sf1.nation n WHERE l.partkey > {key}
--!
CREATE OR REPLACE TABLE "Weird Name" AS SELECT 1 AS "Column One", CAST('x' AS varchar) AS "select", {key} AS "Ünïcode"
--!
SELECT "column one", "SELECT", "ünïcode" FROM lake.sandbox."weird name"
--!
SELECT t.snapshot_id, t.operation FROM core."orders$snapshots" t ORDER BY t.committed_at DESC LIMIT {top}
--!
SELECT count(*) FROM core.orders FOR TIMESTAMP AS OF current_timestamp - INTERVAL '1' SECOND WHERE order_date < DATE '{month}'
--!
DROP TABLE "Weird Name"
--!
SHOW CREATE VIEW lake.mart.customer_360
--!
VALUES 1, 2, {key}
