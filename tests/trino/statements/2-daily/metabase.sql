--! user=carol source="Starburst Metabase" catalog=lake rounds=20
-- Metabase:: userID: 12 queryType: MBQL queryHash: 1f0d5ccf0c5a4a5c8dbd6a0de0a4a1f49c2a2a4d0c0b4a6f8e7d6c5b4a392817
SELECT "lake"."core"."customers"."region" AS "region", count(*) AS "count", avg("lake"."core"."customers"."balance") AS "avg"
FROM "lake"."core"."customers"
GROUP BY "lake"."core"."customers"."region"
ORDER BY "lake"."core"."customers"."region" ASC
--!
-- Metabase:: userID: 12 queryType: native queryHash: 93b1d3bb2c0e4df28cbf3fbb01d2b1a2c3d4e5f60718293a4b5c6d7e8f901234
SELECT source.segment, source.orders, source.revenue / nullif(source.orders, 0) AS revenue_an_order
FROM (SELECT segment, sum(orders) AS orders, sum(revenue) AS revenue FROM mart.customer_360 GROUP BY segment) source
WHERE source.revenue > {amount}
--!
-- Metabase:: userID: 12 queryType: native queryHash: 5e1a7b3c9d2f4e6a8b0c1d3e5f7a9b2c4d6e8f0a1b3c5d7e9f1a2b4c6d8e0f23
SELECT p.brand, p.type, count(*) AS lines, sum(l.net_price) AS revenue
FROM core.order_lines AS l
JOIN core.parts AS p ON p.part_id = l.part_id
JOIN core.suppliers AS s ON s.supplier_id = l.supplier_id
WHERE s.nation = '{nation}' AND p.size < {top}
GROUP BY p.brand, p.type
HAVING sum(l.net_price) > 1000
ORDER BY revenue DESC
LIMIT 2000
--! fails=TABLE_NOT_FOUND every=4
-- Metabase:: userID: 12 queryType: native queryHash: 0b9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a0b98
SELECT * FROM mart.customer_churn WHERE score > 0.{top}
