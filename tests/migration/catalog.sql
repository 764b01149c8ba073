-- Every column of every relation of the schema omd, partitions left out; definitions are constraints and indexes.
SELECT relation.relname, relation.relkind::text, obj_description(relation.oid, 'pg_class'),
       (SELECT array_agg(definition ORDER BY rank, definition)
        FROM (
            SELECT 1 AS rank, pg_get_constraintdef(oid) AS definition FROM pg_constraint
            WHERE conrelid = relation.oid AND contype IN ('p', 'u', 'c')
            UNION ALL
            SELECT 2, regexp_replace(replace(pg_get_indexdef(indexrelid), 'omd.', ''), '^CREATE INDEX \S+ ON (ONLY )?\S+ USING', 'INDEX')
            FROM pg_index WHERE indrelid = relation.oid AND NOT indisunique
        ) AS found),
       attname, format_type(atttypid, atttypmod), attnotnull, col_description(relation.oid, attnum)
FROM pg_class AS relation
JOIN pg_namespace AS namespace ON namespace.oid = relnamespace
JOIN pg_attribute ON attrelid = relation.oid AND attnum > 0 AND NOT attisdropped
WHERE nspname = 'omd' AND relkind IN ('r', 'p', 'v') AND NOT relispartition
ORDER BY relation.relkind = 'v', relation.relname, attnum;
