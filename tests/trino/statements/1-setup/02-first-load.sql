--! user=etl source=airflow catalog=lake schema=core tags=first-load
INSERT INTO customers
SELECT c.custkey, c.name, c.mktsegment, n.name, r.name, CAST(c.acctbal AS decimal(12, 2)), NULL, 0
FROM tpch.tiny.customer c
JOIN tpch.tiny.nation n ON n.nationkey = c.nationkey
JOIN tpch.tiny.region r ON r.regionkey = n.regionkey
--!
INSERT INTO orders (order_id, customer_id, status, order_date, priority, total, loaded_at)
SELECT orderkey, custkey, orderstatus, orderdate, orderpriority, CAST(totalprice AS decimal(14, 2)), localtimestamp
FROM tpch.tiny.orders
WHERE orderdate < DATE '1993-01-01'
--!
INSERT INTO order_lines
SELECT l.orderkey, l.linenumber, l.partkey, l.suppkey, l.quantity, l.extendedprice, l.discount,
  l.extendedprice * (1 - l.discount), l.shipdate, l.shipmode
FROM tpch.tiny.lineitem l
WHERE l.orderkey IN (SELECT order_id FROM orders)
--!
CREATE TABLE parts AS
SELECT partkey AS part_id, p.name, p.brand, p.type, p.size, min(ps.supplycost) AS lowest_cost, sum(ps.availqty) AS available
FROM tpch.tiny.part p
JOIN tpch.tiny.partsupp ps USING (partkey)
GROUP BY partkey, p.name, p.brand, p.type, p.size
--!
CREATE TABLE suppliers AS
SELECT s.suppkey AS supplier_id, s.name, n.name AS nation, s.acctbal AS balance
FROM tpch.tiny.supplier s, tpch.tiny.nation n
WHERE s.nationkey = n.nationkey
--!
CREATE OR REPLACE VIEW lake.mart.customer_360 SECURITY INVOKER AS
SELECT c.customer_id, c.name, c.segment, c.nation, c.region, c.balance,
  count(o.order_id) AS orders, coalesce(sum(o.total), 0) AS revenue, max(o.order_date) AS latest_order
FROM lake.core.customers c
LEFT JOIN lake.core.orders o ON o.customer_id = c.customer_id
GROUP BY 1, 2, 3, 4, 5, 6
--!
CREATE OR REPLACE VIEW lake.mart.big_spenders AS
SELECT customer_id, name, segment, revenue, rank() OVER (PARTITION BY segment ORDER BY revenue DESC) AS place
FROM lake.mart.customer_360
WHERE revenue > 100000
--!
CREATE MATERIALIZED VIEW lake.mart.revenue_by_nation AS
SELECT c.nation, date_trunc('month', o.order_date) AS month, sum(l.net_price) AS revenue, count(DISTINCT o.order_id) AS orders
FROM lake.core.order_lines l
JOIN lake.core.orders o ON o.order_id = l.order_id
JOIN lake.core.customers c ON c.customer_id = o.customer_id
GROUP BY c.nation, date_trunc('month', o.order_date)
--!
REFRESH MATERIALIZED VIEW lake.mart.revenue_by_nation
--!
CREATE TABLE lake.mart.ship_modes AS
SELECT ship_mode, year(ship_date) AS ship_year, count(*) AS lines, avg(quantity) AS mean_quantity
FROM lake.core.order_lines
GROUP BY ship_mode, year(ship_date)
--!
CREATE TABLE IF NOT EXISTS lake.mart.ship_modes AS SELECT 'AIR' AS ship_mode, 1998 AS ship_year, BIGINT '0' AS lines, 0e0 AS mean_quantity
--!
CREATE TABLE memory.scratch.regions AS SELECT regionkey, name FROM tpch.tiny.region
