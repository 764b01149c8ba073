--! user=erin source=notebook catalog=lake schema=agree
CREATE TABLE blackhole.default.endless (x bigint)
WITH (split_count = 1, pages_per_split = 1000, rows_per_page = 1, page_processing_delay = '1s')
--! ends=abandon
INSERT INTO target (id, name) SELECT id, 'committed all the same' FROM nations
--! ends=abandon
INSERT INTO memory.default.copied SELECT id, 'committed all the same' FROM nations
--! ends=abandon
INSERT INTO target (id, name) SELECT x, 'never committed' FROM blackhole.default.endless
--! ends=abandon
SELECT count(*) FROM blackhole.default.endless
