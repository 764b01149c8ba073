--! user=bob source="Apache Superset" catalog=lake schema=mart rounds=5
--! fails=TABLE_NOT_FOUND
SELECT segment, "name", "revenue", place FROM big_spenders WHERE place <= {top} LIMIT 1000
-- dashboard_id=7 slice_id=43 user=bob
--!
SELECT virtual_table.ship_mode, sum(virtual_table.lines) AS total_lines
FROM (SELECT s.ship_mode, s.lines FROM ship_modes s WHERE s.ship_year >= {year}) AS virtual_table
GROUP BY virtual_table.ship_mode
-- dashboard_id=9 slice_id=50 user=bob
