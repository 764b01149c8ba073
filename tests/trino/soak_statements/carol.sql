--! user=carol source=soak catalog=memory schema=default
CREATE TABLE IF NOT EXISTS soak_carol AS SELECT regionkey AS id, name FROM tpch.tiny.region
--!
INSERT INTO soak_carol SELECT id + {key}, upper(name) FROM soak_carol WHERE id < 2
--!
CREATE OR REPLACE VIEW soak_view AS SELECT id, name FROM soak_carol WHERE id < {key}
--!
SELECT count(*) FROM soak_view
--!
DROP TABLE soak_carol
