-- Messages that wait for a catalog to know their objects.

-- :name parked
-- With the objects of each that a catalog can know. A cast must not meet the entity of another kind.
WITH page AS (
    SELECT kind, entity
    FROM {schema}.outbox
    WHERE sink = %(sink)s AND state = 'PARKED' AND (kind, entity) > (%(kind)s, %(entity)s)
      AND (lease_until IS NULL OR lease_until < now())
    ORDER BY kind, entity
    LIMIT %(limit)s
), named AS (
    SELECT kind, entity, unnest(CASE kind WHEN 'LINEAGE' THEN string_to_array(entity, ':')
                                          WHEN 'USAGE' THEN ARRAY[split_part(entity, ':', 1)] END)::bigint AS object_id
    FROM page
    UNION
    SELECT kind, entity, object_id
    FROM page
    JOIN {schema}.statement_objects
        ON statement_id = CASE WHEN kind IN ('QUERY', 'TEXT') THEN split_part(entity, ':', 1)::uuid END
)
SELECT named.kind, entity, namespace, catalog, schema, name, branch
FROM named JOIN {schema}.trino_query_objects USING (object_id)
WHERE NOT is_system
ORDER BY named.kind, entity COLLATE "C", object_id;

-- :name make_due
UPDATE {schema}.outbox AS message
SET next_attempt_at = now(), attempts = 0, updated_at = now()
FROM unnest(%(kinds)s::text[], %(entities)s::text[]) AS complete (kind, entity)
WHERE message.sink = %(sink)s AND message.kind = complete.kind AND message.entity = complete.entity
  AND message.state = 'PARKED' AND (message.lease_until IS NULL OR message.lease_until < now());
