--! user=bob source="Apache Superset" catalog=lake schema=mart rounds=24
SELECT nation AS nation, sum(revenue) AS "SUM(revenue)"
FROM mart.revenue_by_nation
WHERE month >= TIMESTAMP '{month} 00:00:00.000000'
GROUP BY nation
ORDER BY "SUM(revenue)" DESC
LIMIT 10000
-- dashboard_id=7 slice_id=41 user=bob
--!
SELECT date_trunc('month', order_date) AS __timestamp, status, count(*) AS "count"
FROM core.orders
WHERE order_date >= DATE '{month}'
GROUP BY date_trunc('month', order_date), status
ORDER BY count DESC
LIMIT 50000
-- dashboard_id=7 slice_id=42 user=bob
--!
SELECT segment, "name", "revenue", place FROM big_spenders WHERE place <= {top} LIMIT 1000
-- dashboard_id=7 slice_id=43 user=bob
--!
SELECT virtual_table.ship_mode, sum(virtual_table.lines) AS total_lines
FROM (SELECT s.ship_mode, s.lines FROM ship_modes s WHERE s.ship_year >= {year}) AS virtual_table
GROUP BY virtual_table.ship_mode
-- dashboard_id=9 slice_id=50 user=bob
--!
SELECT category, sum(net_paid) AS net_paid FROM lake.retail.daily_sales GROUP BY category ORDER BY 2 DESC LIMIT 100
-- dashboard_id=12 slice_id=61 user=bob
