--! user=admin source=trino-cli
CREATE SCHEMA IF NOT EXISTS lake.staging
--!
CREATE SCHEMA IF NOT EXISTS lake.core
--!
CREATE SCHEMA IF NOT EXISTS lake.mart
--!
CREATE SCHEMA IF NOT EXISTS lake.retail
--!
CREATE SCHEMA IF NOT EXISTS lake.analytics
--!
CREATE SCHEMA IF NOT EXISTS lake.sandbox
--!
CREATE SCHEMA IF NOT EXISTS memory.scratch
--!
CREATE TABLE lake.core.customers (
  customer_id bigint,
  name varchar,
  segment varchar COMMENT 'market segment',
  nation varchar,
  region varchar,
  balance decimal(12, 2),
  last_order_date date,
  total_spent decimal(16, 2)
)
COMMENT 'one row a customer'
--!
CREATE TABLE lake.core.orders (
  order_id bigint,
  customer_id bigint,
  status varchar,
  order_date date,
  priority varchar,
  priority_rank integer,
  total decimal(14, 2),
  loaded_at timestamp(6)
)
WITH (partitioning = ARRAY['month(order_date)'])
--!
CREATE TABLE lake.core.order_lines (
  order_id bigint, line integer, part_id bigint, supplier_id bigint, quantity double, extended_price double,
  discount double, net_price double, ship_date date, ship_mode varchar
)
--!
CREATE TABLE lake.core.load_log (task varchar, day date, row_count bigint, loaded_at timestamp(6))
--!
COMMENT ON COLUMN lake.core.orders.priority_rank IS '1 is urgent, 5 is low'
--!
SHOW CATALOGS
