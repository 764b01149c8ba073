--! user=dbt source=dbt catalog=lake schema=agree
CREATE VIEW inner_view AS SELECT id, name FROM nations
--!
CREATE VIEW outer_view AS SELECT id * 2 AS twice, name FROM inner_view
--!
CREATE OR REPLACE VIEW widest_view SECURITY INVOKER AS SELECT o.twice, r.name FROM outer_view o JOIN regions r ON r.id = o.twice
--!
CREATE TABLE from_views AS SELECT twice, name FROM widest_view
--!
CREATE MATERIALIZED VIEW counted AS SELECT region, count(*) AS nations FROM nations GROUP BY region
--!
SELECT * FROM counted
--!
REFRESH MATERIALIZED VIEW counted
--!
REFRESH MATERIALIZED VIEW counted
--!
CREATE TABLE from_counted AS SELECT region, nations FROM counted
--!
CREATE VIEW over_counted AS SELECT max(nations) AS most FROM counted
--!
SELECT most FROM over_counted
--!
CREATE MATERIALIZED VIEW over_view AS SELECT twice FROM outer_view
--!
REFRESH MATERIALIZED VIEW over_view
--!
DROP VIEW widest_view
--!
DROP MATERIALIZED VIEW over_view
