-- What is known already, enqueued for a sink that was added later: page by page, as `save` would have enqueued it.

-- :name query_page
-- What the sink was told of before, or will be, stays as it is.
WITH page AS (
    SELECT statement_id
    FROM {schema}.statements
    WHERE statement_id > %(after)s::uuid
    ORDER BY statement_id
    LIMIT %(limit)s
), enqueued AS (
    INSERT INTO {schema}.outbox (sink, kind, entity)
    SELECT %(sink)s, 'QUERY', statement_id::text
    FROM page
    WHERE EXISTS (SELECT FROM {schema}.counted_days WHERE counted_days.statement_id = page.statement_id)
      AND EXISTS (SELECT
                  FROM {schema}.statement_objects AS used JOIN {schema}.trino_query_objects AS object USING (object_id)
                  WHERE used.statement_id = page.statement_id AND NOT object.is_system)
    ORDER BY statement_id::text COLLATE "C"
    ON CONFLICT DO NOTHING
    RETURNING entity
)
SELECT (SELECT statement_id::text FROM page ORDER BY statement_id DESC LIMIT 1),
       (SELECT count(*) FROM enqueued);

-- :name lineage_page
WITH page AS (
    SELECT DISTINCT upstream_id, downstream_id
    FROM {schema}.edges
    WHERE (upstream_id, downstream_id) > ((%(after)s::bigint[])[1], (%(after)s::bigint[])[2])
    ORDER BY upstream_id, downstream_id
    LIMIT %(limit)s
), enqueued AS (
    INSERT INTO {schema}.outbox (sink, kind, entity)
    SELECT %(sink)s, 'LINEAGE', upstream_id || ':' || downstream_id
    FROM page
    ORDER BY (upstream_id || ':' || downstream_id) COLLATE "C"
    ON CONFLICT DO NOTHING
    RETURNING entity
)
SELECT (SELECT ARRAY[upstream_id, downstream_id] FROM page ORDER BY upstream_id DESC, downstream_id DESC LIMIT 1),
       (SELECT count(*) FROM enqueued);
