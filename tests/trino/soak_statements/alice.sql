--! user=alice source=soak catalog=memory schema=default
CREATE TABLE IF NOT EXISTS soak_alice (id bigint, name varchar, round bigint)
--!
INSERT INTO soak_alice SELECT nationkey, name, {key} FROM tpch.tiny.nation WHERE regionkey < 3
--!
SELECT count(*), max(round) FROM soak_alice
--!
SELECT name FROM soak_alice WHERE round = {key} AND id = 3
--! fails=COLUMN_NOT_FOUND
SELECT nothing FROM soak_alice
--!
SHOW TABLES
