-- Texts of views in one catalog. Trino looks up schemas x names one by one, and everything when that is above 100.
SELECT "table_schema" AS "schema_name", "table_name" AS "name", "view_definition" AS "definition",
       false AS "materialized"
FROM :catalog."information_schema"."views"
WHERE "table_schema" IN (:schemas)
  AND "table_name" IN (:names)
