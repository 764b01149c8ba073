--! user=heidi source=soak catalog=lake schema=soak
CREATE SCHEMA IF NOT EXISTS lake.soak
--!
CREATE TABLE IF NOT EXISTS daily (day date, region bigint, nations bigint)
--!
INSERT INTO daily SELECT DATE '{day}', regionkey, count(*) FROM tpch.tiny.nation GROUP BY regionkey
--!
SELECT sum(nations) FROM daily WHERE day = DATE '{day}'
--! every=8
DELETE FROM daily WHERE day < DATE '{day}'
--! every=8
CREATE OR REPLACE TABLE latest AS SELECT region, max(day) AS day FROM daily GROUP BY region
