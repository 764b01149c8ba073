--! user=bob source=soak catalog=tpch schema=tiny
SELECT count(*) FROM nation
--!
SELECT r.name, count(*) FROM nation n JOIN region r ON r.regionkey = n.regionkey GROUP BY r.name
--!
SELECT name FROM nation WHERE nationkey = {key} % 25
--!
SELECT name FROM nation WHERE name = '{nation}'
--!
SELECT max(name) FROM region
--! fails=TABLE_NOT_FOUND
SELECT * FROM nations
