--! user=alice source=DataGrip rounds=6
USE lake.core
--!
SELECT order_id, total FROM orders WHERE customer_id = {key} ORDER BY total DESC LIMIT 20
--!
USE mart
--!
SELECT nation, revenue FROM revenue_by_nation WHERE orders > {top}
--!
PREPARE orders_of FROM SELECT o.order_id, o.order_date, c.name FROM lake.core.orders o JOIN lake.core.customers c ON c.customer_id = o.customer_id WHERE c.segment = ? AND o.total > ?
--!
EXECUTE orders_of USING 'BUILDING', {amount}
--!
EXECUTE orders_of USING 'MACHINERY', {amount}
--!
DESCRIBE INPUT orders_of
--!
DEALLOCATE PREPARE orders_of
--!
EXECUTE IMMEDIATE 'SELECT name, balance FROM lake.core.customers WHERE segment = ? AND balance > ?' USING 'AUTOMOBILE', {amount}
--!
USE tpch.tiny
--!
SELECT returnflag, linestatus, sum(quantity) AS sum_qty, sum(extendedprice) AS sum_base_price,
  sum(extendedprice * (1 - discount)) AS sum_disc_price, sum(extendedprice * (1 - discount) * (1 + tax)) AS sum_charge,
  avg(quantity) AS avg_qty, avg(discount) AS avg_disc, count(*) AS count_order
FROM lineitem
WHERE shipdate <= DATE '1998-12-01' - INTERVAL '{top}' DAY
GROUP BY returnflag, linestatus
ORDER BY returnflag, linestatus
--!
SHOW COLUMNS FROM lineitem
--!
SELECT table_schema, table_name FROM lake.information_schema.tables WHERE table_schema = 'mart'
--!
EXPLAIN SELECT * FROM lake.mart.big_spenders
--!
EXPLAIN ANALYZE SELECT count(*) FROM lake.core.orders WHERE order_date > DATE '{month}'
--!
SET SESSION join_distribution_type = 'BROADCAST'
