--! user=alice source=trino-cli catalog=lake schema=agree tags=agreement,writes
CREATE SCHEMA lake.agree
--!
CREATE TABLE nations AS SELECT nationkey AS id, name, regionkey AS region FROM tpch.tiny.nation
--!
CREATE TABLE regions (id, name) AS SELECT regionkey, name FROM tpch.tiny.region
--!
CREATE TABLE target (id bigint, name varchar, region varchar, score double)
--!
INSERT INTO target SELECT n.id, n.name, r.name, 0e0 FROM nations n JOIN regions r ON r.id = n.region
--!
INSERT INTO target (name, id) SELECT upper(name), id + 100 FROM nations WHERE region = 1
--!
INSERT INTO target SELECT id, name, name, 1e0 FROM (TABLE regions)
--!
UPDATE target SET score = score + id * 2 WHERE id < 10
--!
UPDATE target SET region = (SELECT max(name) FROM regions)
--!
DELETE FROM target WHERE id IN (SELECT id FROM nations WHERE region = 4)
--!
MERGE INTO target t USING (SELECT id, name, region FROM nations) s ON t.id = s.id
WHEN MATCHED AND s.region = 0 THEN DELETE
WHEN MATCHED THEN UPDATE SET name = s.name, score = t.score + 1
WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.name)
--!
CREATE TABLE IF NOT EXISTS nations AS SELECT regionkey AS id FROM tpch.tiny.region
--!
CREATE OR REPLACE TABLE nations AS SELECT nationkey AS id, name, regionkey AS region FROM tpch.tiny.nation
--!
CREATE TABLE emptied AS SELECT * FROM nations WITH NO DATA
--!
INSERT INTO emptied SELECT * FROM nations WHERE false
--!
ANALYZE nations
--!
EXPLAIN INSERT INTO emptied SELECT * FROM nations
--!
EXPLAIN ANALYZE INSERT INTO emptied SELECT * FROM nations
--!
ALTER TABLE emptied EXECUTE optimize
--!
TRUNCATE TABLE emptied
--!
ALTER TABLE emptied ADD COLUMN more varchar
--!
ALTER TABLE emptied RENAME COLUMN more TO remark
--!
COMMENT ON TABLE emptied IS 'nobody needs it'
--!
ALTER TABLE emptied RENAME TO forgotten
--!
DROP TABLE forgotten
--!
CREATE TABLE memory.default.copied AS SELECT id, name FROM nations
--!
INSERT INTO memory.default.copied SELECT id, name FROM regions
--!
SELECT count(*) FROM "nations$snapshots"
--!
SELECT id FROM target UNION SELECT id FROM nations EXCEPT SELECT id FROM regions
