--! user=etl source=airflow catalog=lake schema=retail tags=first-load,retail
CREATE TABLE dim_date AS
SELECT d_date_sk AS date_key, d_date AS calendar_date, d_year AS year, d_moy AS month, d_day_name AS day_name
FROM tpcds.tiny.date_dim
WHERE d_year BETWEEN 1998 AND 2002
--!
CREATE TABLE dim_item AS
SELECT i_item_sk AS item_key, trim(i_item_id) AS item_code, i_brand AS brand, i_category AS category, i_current_price AS price
FROM tpcds.tiny.item
--!
CREATE TABLE dim_store AS
SELECT s_store_sk AS store_key, s_store_name AS store_name, s_state AS state, s_floor_space AS floor_space
FROM tpcds.tiny.store
--!
CREATE TABLE dim_customer AS
SELECT c.c_customer_sk AS customer_key, c.c_first_name || ' ' || c.c_last_name AS full_name, a.ca_state AS state, a.ca_city AS city
FROM tpcds.tiny.customer c
LEFT JOIN tpcds.tiny.customer_address a ON a.ca_address_sk = c.c_current_addr_sk
--!
CREATE TABLE fact_sales (
  date_key bigint, store_key bigint, item_key bigint, customer_key bigint, quantity bigint, net_paid decimal(12, 2), channel varchar
)
--!
CREATE TABLE daily_sales (sales_date date, state varchar, category varchar, units bigint, net_paid decimal(18, 2), return_amount decimal(18, 2))
