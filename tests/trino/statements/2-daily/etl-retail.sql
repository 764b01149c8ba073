--! user=etl source=airflow catalog=lake schema=retail tags=nightly,retail rounds=16
-- dag: retail_daily, task: stage_sales, day: {day}
CREATE OR REPLACE TABLE stg_sales AS
SELECT ss_sold_date_sk, ss_store_sk, ss_item_sk, ss_customer_sk, ss_quantity, ss_net_paid
FROM tpcds.tiny.store_sales
WHERE ss_sold_date_sk = {date_key}
--!
-- dag: retail_daily, task: stage_web, day: {day}
CREATE OR REPLACE TABLE stg_web AS
SELECT ws_sold_date_sk, ws_item_sk, ws_bill_customer_sk, ws_quantity, ws_net_paid
FROM tpcds.tiny.web_sales
WHERE ws_sold_date_sk = {date_key}
--!
CREATE OR REPLACE TABLE stg_returns AS
WITH returns AS (
  SELECT sr_returned_date_sk AS date_key, sr_store_sk AS store_key, sr_item_sk AS item_key, sr_return_amt AS amount
  FROM tpcds.tiny.store_returns
)
SELECT r.date_key, s.state, i.category, sum(r.amount) AS amount
FROM returns r
JOIN dim_store s ON s.store_key = r.store_key
JOIN dim_item i ON i.item_key = r.item_key
WHERE r.date_key = {date_key}
GROUP BY ROLLUP (r.date_key, s.state, i.category)
--!
INSERT INTO fact_sales
SELECT ss_sold_date_sk, ss_store_sk, ss_item_sk, ss_customer_sk, ss_quantity, ss_net_paid, 'store' FROM stg_sales
UNION ALL
SELECT ws_sold_date_sk, NULL, ws_item_sk, ws_bill_customer_sk, ws_quantity, ws_net_paid, 'web' FROM stg_web
--!
INSERT INTO daily_sales
SELECT d.calendar_date, s.state, i.category, sum(f.quantity), sum(f.net_paid), coalesce(max(r.amount), 0)
FROM fact_sales f
JOIN dim_date d ON d.date_key = f.date_key
JOIN dim_store s ON s.store_key = f.store_key
JOIN dim_item i ON i.item_key = f.item_key
LEFT JOIN stg_returns r ON r.date_key = f.date_key AND r.state = s.state AND r.category = i.category
WHERE f.date_key = {date_key}
GROUP BY d.calendar_date, s.state, i.category
--!
CREATE OR REPLACE TABLE lake.mart.category_trend AS
SELECT category, sales_date, net_paid, avg(net_paid) OVER w AS moving_average, lag(net_paid) OVER w AS previous
FROM (SELECT category, sales_date, sum(net_paid) AS net_paid FROM daily_sales GROUP BY category, sales_date)
WINDOW w AS (PARTITION BY category ORDER BY sales_date)
--!
DROP TABLE stg_returns
--!
TRUNCATE TABLE stg_web
