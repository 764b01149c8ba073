-- The text of one materialized view. Asked for several at once, Trino would read all those of their schemas.
UNION ALL
SELECT "schema_name", "name", "definition", true
FROM "system"."metadata"."materialized_views"
WHERE "catalog_name" = :catalog
  AND "schema_name" = :schema
  AND "name" = :name
