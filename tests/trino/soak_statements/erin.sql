--! user=erin source=soak catalog=tpch schema=tiny
PREPARE one FROM SELECT name FROM nation WHERE nationkey = ?
--!
EXECUTE one USING 3
--!
EXECUTE IMMEDIATE 'SELECT name FROM region WHERE regionkey = ?' USING 2
--!
DEALLOCATE PREPARE one
--! ends=cancel
SELECT count(*) FROM tpch.sf1.lineitem WHERE orderkey > {key}
