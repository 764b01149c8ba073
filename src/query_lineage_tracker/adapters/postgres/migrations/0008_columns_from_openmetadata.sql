-- Columns that nobody else told can come from OpenMetadata.

ALTER TABLE {schema}.column_sets DROP CONSTRAINT column_sets_origin_check;
ALTER TABLE {schema}.column_sets ADD CONSTRAINT column_sets_origin_check
    CHECK (origin IN ('STATEMENT', 'TRINO', 'OPENMETADATA'));
ALTER TABLE {schema}.column_sets ADD COLUMN openmetadata_asked_at timestamptz;
COMMENT ON COLUMN {schema}.column_sets.origin IS 'Who told: STATEMENT when a statement created or changed it, TRINO, or OPENMETADATA, which is only believed where neither told.';
COMMENT ON COLUMN {schema}.column_sets.openmetadata_asked_at IS 'When OpenMetadata was last asked for them.';
