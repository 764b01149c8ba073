-- Columns of tables in one catalog. Trino looks up schemas x names one by one, and everything when that is above 100.
SELECT "table_schema", "table_name", "column_name", "data_type"
FROM :catalog."information_schema"."columns"
WHERE "table_schema" IN (:schemas)
  AND "table_name" IN (:names)
ORDER BY "table_schema", "table_name", "ordinal_position"
LIMIT :rows
