--! user=etl source=airflow catalog=lake schema=core tags=nightly,orders
REFRESH MATERIALIZED VIEW lake.mart.revenue_by_nation
--!
SELECT nation, month, revenue FROM lake.mart.revenue_by_nation ORDER BY revenue DESC LIMIT 5
