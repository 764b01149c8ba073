--! user=etl source=airflow catalog=lake schema=staging tags=nightly,orders rounds=24
/* {"dag_id": "orders_nightly", "task_id": "stage_orders", "run_id": "scheduled__{day}T02:00:00+00:00", "try_number": 1} */
CREATE OR REPLACE TABLE orders_day AS
SELECT o.orderkey AS order_id, o.custkey AS customer_id, o.orderstatus AS status, o.orderdate AS order_date,
  o.orderpriority AS priority, CAST(o.totalprice AS decimal(14, 2)) AS total
FROM tpch.tiny.orders o
WHERE o.orderdate >= DATE '{day}' AND o.orderdate < DATE '{next_day}'
--!
/* {"dag_id": "orders_nightly", "task_id": "stage_lines", "run_id": "scheduled__{day}T02:00:00+00:00", "try_number": 1} */
CREATE OR REPLACE TABLE lines_day AS
SELECT l.*, l.extendedprice * (1 - l.discount) AS net_price
FROM tpch.tiny.lineitem l
JOIN orders_day d ON d.order_id = l.orderkey
--!
DELETE FROM core.orders WHERE order_date >= DATE '{day}' AND order_date < DATE '{next_day}'
--!
/* {"dag_id": "orders_nightly", "task_id": "load_orders", "run_id": "scheduled__{day}T02:00:00+00:00", "try_number": 1} */
INSERT INTO core.orders (order_id, customer_id, status, order_date, priority, total, loaded_at)
SELECT order_id, customer_id, status, order_date, priority, total, localtimestamp
FROM orders_day
--!
UPDATE core.orders
SET priority_rank = CAST(substr(priority, 1, 1) AS integer)
WHERE order_date >= DATE '{day}' AND priority_rank IS NULL
--!
MERGE INTO core.order_lines t
USING (
  SELECT orderkey, linenumber, partkey, suppkey, quantity, extendedprice, discount, net_price, shipdate, shipmode FROM lines_day
) s
ON t.order_id = s.orderkey AND t.line = s.linenumber
WHEN MATCHED THEN UPDATE SET quantity = s.quantity, extended_price = s.extendedprice, discount = s.discount, net_price = s.net_price
WHEN NOT MATCHED THEN INSERT (order_id, line, part_id, supplier_id, quantity, extended_price, discount, net_price, ship_date, ship_mode)
  VALUES (s.orderkey, s.linenumber, s.partkey, s.suppkey, s.quantity, s.extendedprice, s.discount, s.net_price, s.shipdate, s.shipmode)
--!
MERGE INTO core.customers c
USING (SELECT customer_id, max(order_date) AS latest, sum(total) AS spent FROM orders_day GROUP BY customer_id) d
ON c.customer_id = d.customer_id
WHEN MATCHED THEN UPDATE SET last_order_date = greatest(coalesce(c.last_order_date, d.latest), d.latest), total_spent = c.total_spent + d.spent
--!
INSERT INTO core.load_log SELECT 'orders', DATE '{day}', count(*), localtimestamp FROM orders_day
--! every=4
CREATE OR REPLACE MATERIALIZED VIEW mart.order_priorities AS
SELECT o.priority, date_trunc('month', o.order_date) AS month, count(*) AS orders, sum(l.net_price) AS revenue
FROM core.orders o
JOIN core.order_lines l ON l.order_id = o.order_id
GROUP BY o.priority, date_trunc('month', o.order_date)
--! every=4
REFRESH MATERIALIZED VIEW mart.order_priorities
--! every=8
ANALYZE core.orders
--! every=8
ALTER TABLE core.orders EXECUTE optimize
--!
SELECT count(*) AS late, max(loaded_at) AS loaded FROM core.load_log WHERE task = 'orders' AND day = DATE '{day}'
