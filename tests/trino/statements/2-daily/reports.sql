--! user=frank source=trino-jdbc catalog=tpch schema=tiny tags=reports rounds=5
SELECT s.acctbal, s.name, n.name AS nation, p.partkey, p.mfgr
FROM part p, supplier s, partsupp ps, nation n, region r
WHERE p.partkey = ps.partkey AND s.suppkey = ps.suppkey AND p.size = {top} AND p.type LIKE '%BRASS'
  AND s.nationkey = n.nationkey AND n.regionkey = r.regionkey AND r.name = 'EUROPE'
  AND ps.supplycost = (
    SELECT min(ps2.supplycost) FROM partsupp ps2, supplier s2, nation n2, region r2
    WHERE p.partkey = ps2.partkey AND s2.suppkey = ps2.suppkey AND s2.nationkey = n2.nationkey
      AND n2.regionkey = r2.regionkey AND r2.name = 'EUROPE')
ORDER BY s.acctbal DESC, n.name, s.name, p.partkey
LIMIT 100
--!
SELECT l.orderkey, sum(l.extendedprice * (1 - l.discount)) AS revenue, o.orderdate, o.shippriority
FROM customer c, orders o, lineitem l
WHERE c.mktsegment = 'BUILDING' AND c.custkey = o.custkey AND l.orderkey = o.orderkey
  AND o.orderdate < DATE '{month}' AND l.shipdate > DATE '{month}'
GROUP BY l.orderkey, o.orderdate, o.shippriority
ORDER BY revenue DESC, o.orderdate
LIMIT 10
--!
SELECT orderpriority, count(*) AS order_count
FROM orders o
WHERE orderdate >= DATE '{month}' AND orderdate < DATE '{month}' + INTERVAL '3' MONTH
  AND EXISTS (SELECT * FROM lineitem l WHERE l.orderkey = o.orderkey AND l.commitdate < l.receiptdate)
GROUP BY orderpriority
ORDER BY orderpriority
--!
SELECT n.name, sum(l.extendedprice * (1 - l.discount)) AS revenue
FROM customer c, orders o, lineitem l, supplier s, nation n, region r
WHERE c.custkey = o.custkey AND l.orderkey = o.orderkey AND l.suppkey = s.suppkey AND c.nationkey = s.nationkey
  AND s.nationkey = n.nationkey AND n.regionkey = r.regionkey AND r.name = 'ASIA' AND o.orderdate >= DATE '{month}'
GROUP BY n.name
ORDER BY revenue DESC
--!
SELECT sum(extendedprice * discount) AS revenue FROM lineitem WHERE discount BETWEEN 0.05 AND 0.07 AND quantity < {top}
--!
SELECT supp_nation, cust_nation, l_year, sum(volume) AS revenue
FROM (
  SELECT n1.name AS supp_nation, n2.name AS cust_nation, extract(YEAR FROM l.shipdate) AS l_year, l.extendedprice * (1 - l.discount) AS volume
  FROM supplier s, lineitem l, orders o, customer c, nation n1, nation n2
  WHERE s.suppkey = l.suppkey AND o.orderkey = l.orderkey AND c.custkey = o.custkey AND s.nationkey = n1.nationkey AND c.nationkey = n2.nationkey
    AND ((n1.name = 'FRANCE' AND n2.name = 'GERMANY') OR (n1.name = 'GERMANY' AND n2.name = 'FRANCE'))
) AS shipping
GROUP BY supp_nation, cust_nation, l_year
ORDER BY 1, 2, 3
--!
SELECT c_count, count(*) AS custdist
FROM (
  SELECT c.custkey, count(o.orderkey) AS c_count
  FROM customer c LEFT OUTER JOIN orders o ON c.custkey = o.custkey AND o.comment NOT LIKE '%special%requests%'
  GROUP BY c.custkey
) AS c_orders
GROUP BY c_count
ORDER BY custdist DESC, c_count DESC
--!
WITH revenue AS (
  SELECT suppkey AS supplier_no, sum(extendedprice * (1 - discount)) AS total_revenue
  FROM lineitem
  WHERE shipdate >= DATE '{month}'
  GROUP BY suppkey
)
SELECT s.suppkey, s.name, total_revenue
FROM supplier s, revenue
WHERE s.suppkey = supplier_no AND total_revenue = (SELECT max(total_revenue) FROM revenue)
--!
SELECT sum(l.extendedprice) / 7.0 AS avg_yearly
FROM lineitem l, part p
WHERE p.partkey = l.partkey AND p.brand = 'Brand#23' AND l.quantity < (SELECT 0.2 * avg(quantity) FROM lineitem WHERE partkey = p.partkey)
--!
SELECT substr(phone, 1, 2) AS cntrycode, count(*) AS numcust, sum(acctbal) AS totacctbal
FROM customer
WHERE substr(phone, 1, 2) IN ('13', '31', '23', '29') AND custkey NOT IN (SELECT custkey FROM orders)
GROUP BY substr(phone, 1, 2)
ORDER BY 1
--!
SELECT i.i_brand AS brand, d.d_year, sum(s.ss_ext_sales_price) AS sales
FROM tpcds.tiny.store_sales s
JOIN tpcds.tiny.date_dim d ON d.d_date_sk = s.ss_sold_date_sk
JOIN tpcds.tiny.item i ON i.i_item_sk = s.ss_item_sk
WHERE i.i_manufact_id = {top} AND d.d_moy = 11
GROUP BY i.i_brand, d.d_year
ORDER BY d.d_year, sales DESC
LIMIT 100
--!
SELECT n.name FROM nation n JOIN memory.scratch.regions r ON r.regionkey = n.regionkey WHERE r.name = 'AFRICA'
