--! user=dave source=soak catalog=tpch schema=tiny
EXPLAIN SELECT count(*) FROM region
--!
USE memory.default
--!
SELECT {key}
--!
SELECT current_user, {key}
--! fails=SYNTAX_ERROR
SELEC {key} FROM tpch.tiny.region
--! fails=DIVISION_BY_ZERO
SELECT 1 / (regionkey - regionkey) FROM tpch.tiny.region WHERE regionkey < {key}
