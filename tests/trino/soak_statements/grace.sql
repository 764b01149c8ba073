--! user=grace source=soak catalog=tpch schema=tiny
SHOW SCHEMAS
--!
SELECT s.name FROM supplier s WHERE s.suppkey = {key} % 100
--!
WITH rich AS (SELECT custkey FROM customer WHERE acctbal > {amount}) SELECT count(*) FROM rich
--!
SELECT regionkey FROM region UNION SELECT nationkey FROM nation WHERE nationkey > {top}
--!
DESCRIBE nation
