--! user=frank source=soak catalog=memory schema=default
CREATE TABLE IF NOT EXISTS soak_frank (key bigint, label varchar)
--!
INSERT INTO soak_frank VALUES ({key}, 'first'), ({key} + 1, 'second')
--!
SELECT label, count(*) FROM soak_frank GROUP BY label
--!
TRUNCATE TABLE soak_frank
--! every=4
DROP TABLE soak_frank
