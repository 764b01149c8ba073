--! user=carol source="Starburst Metabase" catalog=lake rounds=5
--! fails=COLUMN_NOT_FOUND
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
