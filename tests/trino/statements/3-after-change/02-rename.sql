--! user=admin source=trino-cli
ALTER TABLE lake.core.parts RENAME COLUMN brand TO brand_name
--!
ALTER TABLE lake.mart.ship_modes ADD COLUMN carrier varchar
--!
DROP VIEW lake.mart.big_spenders
