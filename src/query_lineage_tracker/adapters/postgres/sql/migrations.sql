-- :name lock
SELECT pg_advisory_xact_lock(hashtextextended('query-lineage-tracker ' || %s, 0));

-- :name relations_of_schema
SELECT relname
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE nspname = %s AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
ORDER BY relname;

-- :name columns_of_migrations
SELECT attname
FROM pg_attribute
JOIN pg_class ON pg_class.oid = attrelid
JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE nspname = %s AND relname = 'schema_migrations' AND attnum > 0 AND NOT attisdropped;

-- :name applied
SELECT version, name, checksum, applied_at FROM {schema}.schema_migrations;

-- :name create_schema
CREATE SCHEMA IF NOT EXISTS {schema};
COMMENT ON SCHEMA {schema} IS 'Query Lineage Tracker: the memory of Trino clusters.';
CREATE TABLE {schema}.schema_migrations (
    version integer PRIMARY KEY,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE {schema}.schema_migrations IS 'Which migrations were applied.';
COMMENT ON COLUMN {schema}.schema_migrations.version IS 'Number of the migration.';
COMMENT ON COLUMN {schema}.schema_migrations.name IS 'Its name.';
COMMENT ON COLUMN {schema}.schema_migrations.checksum IS 'SHA-256 of its text; applied migrations never change.';
COMMENT ON COLUMN {schema}.schema_migrations.applied_at IS 'When it was applied.';

-- :name record
INSERT INTO {schema}.schema_migrations (version, name, checksum) VALUES
