--! user=erin source=jupyter catalog=memory schema=scratch tags=notebook,adhoc rounds=6
DROP TABLE IF EXISTS basket
--!
CREATE TABLE basket AS
SELECT o.customer_id, array_agg(l.part_id ORDER BY l.line) AS parts, map_agg(l.line, l.net_price) AS prices,
  CAST(ROW(min(l.ship_date), max(l.ship_date)) AS row(first date, last date)) AS shipped
FROM lake.core.orders o
JOIN lake.core.order_lines l ON l.order_id = o.order_id
WHERE o.order_date < DATE '{month}'
GROUP BY o.customer_id
--!
SELECT b.customer_id, p.part_id, p.position, b.shipped.first AS first_shipped
FROM basket b
CROSS JOIN UNNEST(b.parts) WITH ORDINALITY AS p (part_id, position)
WHERE p.position <= {top}
--!
SELECT customer_id, transform(parts, x -> x % 10) AS bucket, reduce(map_values(prices), 0e0, (s, x) -> s + x, s -> s) AS spent
FROM basket
--!
SELECT *
FROM lake.core.orders MATCH_RECOGNIZE (
  PARTITION BY customer_id
  ORDER BY order_date
  MEASURES first(up.total) AS start_total, last(up.total) AS peak_total, count(*) AS steps
  ONE ROW PER MATCH
  PATTERN (start up+)
  DEFINE up AS up.total > prev(up.total)
)
WHERE steps > {top}
--!
WITH RECURSIVE tree (node, parent, depth) AS (
  SELECT BIGINT '{key}', CAST(NULL AS bigint), 0
  UNION ALL
  SELECT node * 2, node, depth + 1 FROM tree WHERE depth < 4
)
SELECT t.node, t.depth, c.name FROM tree t LEFT JOIN lake.core.customers c ON c.customer_id = t.node
--!
SELECT j.city, j.zip FROM (VALUES '{"city": "Graz", "zip": {key}}') AS d (doc),
  JSON_TABLE(d.doc, 'lax $' COLUMNS (city varchar PATH 'lax $.city', zip bigint PATH 'lax $.zip')) AS j
--!
SELECT * FROM TABLE(exclude_columns(input => TABLE(lake.core.customers), columns => DESCRIPTOR(balance, total_spent))) WHERE customer_id = {key}
--!
SELECT r.name AS region, x.segment, x.n
FROM regions r
CROSS JOIN LATERAL (SELECT c.segment, count(*) AS n FROM lake.core.customers c WHERE c.region = r.name GROUP BY c.segment) x
WHERE x.n > {top}
--!
SELECT customer_id FROM lake.core.customers WHERE region = 'ASIA'
EXCEPT
SELECT customer_id FROM lake.core.orders WHERE order_date > DATE '{month}'
--!
SELECT coalesce(region, 'all') AS region, coalesce(segment, 'all') AS segment, grouping(region, segment) AS level, sum(total_spent) AS spent
FROM lake.core.customers
GROUP BY GROUPING SETS ((region, segment), (region), ())
--!
SELECT c.name, (SELECT max(o.total) FROM lake.core.orders o WHERE o.customer_id = c.customer_id) AS biggest
FROM lake.core.customers c
WHERE EXISTS (SELECT 1 FROM lake.core.orders o WHERE o.customer_id = c.customer_id AND o.status = 'O') AND c.balance > {amount}
--!
TABLE regions
--!
INSERT INTO regions SELECT 100 + {key}, upper(name) FROM tpch.tiny.region WHERE regionkey = 1
--!
SELECT approx_distinct(part_id) FROM lake.core.order_lines TABLESAMPLE BERNOULLI ({top})
