-- The search of executed queries, a bounded number of executions at a time. It is never prepared: each search is planned
-- for its own parameters, and conditions on what is not given fold away.

-- :name scanned
-- So many of the newest executions before a place, by the one condition that leads: an index gives their order.
-- A cluster at a time, because ids are ordered within one.
WITH scanned AS MATERIALIZED (
    SELECT page.*
    FROM {schema}.clusters AS followed
    CROSS JOIN LATERAL (
        SELECT history.cluster, history.query_id, statement_id, text_id, prepared_text_id, user_name, source, state,
               capture, outcome, created, ended, error_type, error_code, elapsed_ms, cpu_ms, claimed_by ->> 'tool' AS tool
        FROM {schema}.trino_queries_history AS history
        WHERE history.cluster = followed.cluster
          AND history.query_id >= %(lowest)s AND history.query_id <= %(highest)s
          AND (%(leading_user)s::text IS NULL OR user_name = %(leading_user)s)
          AND (%(leading_source)s::text IS NULL OR source = %(leading_source)s)
          AND (%(leading_state)s::text IS NULL OR state = 'FAILED')
          AND (%(text_ids)s::uuid[] IS NULL OR text_id = ANY(%(text_ids)s) OR prepared_text_id = ANY(%(text_ids)s))
          AND (%(statement_ids)s::uuid[] IS NULL OR statement_id = ANY(%(statement_ids)s))
          AND (%(last_id)s::text IS NULL
               OR (history.query_id, history.cluster) < (%(last_id)s, %(last_cluster)s COLLATE "C"))
        ORDER BY history.query_id DESC
        LIMIT %(scan)s
    ) AS page
    WHERE %(cluster)s::text IS NULL OR followed.cluster = %(cluster)s
    ORDER BY page.query_id DESC, page.cluster DESC
    LIMIT %(scan)s
), wanted AS (
    -- Statements and texts are only looked at here where a condition is about them: most rows are never shown.
    SELECT scanned.*
    FROM scanned
    LEFT JOIN {schema}.statements AS statement ON statement.statement_id = scanned.statement_id
    LEFT JOIN {schema}.query_texts AS stored ON stored.text_id = scanned.text_id
    WHERE (%(user)s::text IS NULL OR user_name = %(user)s)
      AND (%(source)s::text IS NULL OR source = %(source)s)
      AND (%(tool)s::text IS NULL OR tool = %(tool)s)
      AND (%(state)s::text IS NULL OR state = %(state)s)
      AND (%(error)s::text IS NULL OR error_code = %(error)s OR error_type = %(error)s)
      AND (%(kind)s::text IS NULL OR kind = %(kind)s)
      AND (%(since)s::timestamptz IS NULL OR created >= %(since)s)
      AND (%(until)s::timestamptz IS NULL OR created < %(until)s)
      AND (%(at_least_ms)s::bigint IS NULL OR elapsed_ms >= %(at_least_ms)s)
      AND (%(at_most_ms)s::bigint IS NULL OR elapsed_ms <= %(at_most_ms)s)
      AND (%(object_ids)s::bigint[] IS NULL
           OR EXISTS (SELECT FROM {schema}.statement_objects AS used
                      WHERE used.statement_id = scanned.statement_id AND used.object_id = ANY(%(object_ids)s)))
      AND (%(literal_free)s::text IS NULL OR literal_free LIKE %(literal_free)s)
      AND (%(pattern)s::text IS NULL OR stored.text ILIKE %(pattern)s
           OR scanned.prepared_text_id IS NOT NULL
              AND (SELECT prepared.text ILIKE %(pattern)s FROM {schema}.query_texts AS prepared
                   WHERE prepared.text_id = scanned.prepared_text_id))
)

-- :name page
, page AS (
    SELECT * FROM wanted ORDER BY query_id DESC, cluster DESC LIMIT %(limit)s
)
SELECT told.scanned, told.last_id, told.last_cluster, told.last_created, page.query_id, page.cluster, created, ended,
       user_name AS "user", source, tool, state, capture, outcome, error_code, elapsed_ms, cpu_ms, statement.kind,
       CASE WHEN found.place > 0 AND found.place + length(%(text)s::text) > %(text_length)s
            THEN '… ' || substr(stored.text, greatest(1, found.place - %(text_before)s), %(text_length)s)
            ELSE left(stored.text, %(text_length)s) END AS text,
       length(stored.text) AS text_length
FROM (
    SELECT count(*) OVER () AS scanned, query_id AS last_id, cluster AS last_cluster, created AS last_created
    FROM scanned
    ORDER BY query_id, cluster
    LIMIT 1
) AS told
LEFT JOIN page ON true
LEFT JOIN {schema}.statements AS statement ON statement.statement_id = page.statement_id
LEFT JOIN {schema}.query_texts AS stored ON stored.text_id = page.text_id
-- Texts of megabytes are not searched once more for where it is.
LEFT JOIN LATERAL (
    SELECT strpos(lower(stored.text), lower(%(text)s::text)) AS place
    WHERE %(text)s::text IS NOT NULL AND length(stored.text) <= %(text_most)s
) AS found ON true
ORDER BY page.query_id DESC, page.cluster DESC;

-- :name facets
, counted AS (
    SELECT facet, value, count(*) AS queries
    FROM wanted
    LEFT JOIN {schema}.statements AS statement ON statement.statement_id = wanted.statement_id
    CROSS JOIN LATERAL (
        VALUES ('queries', ''), ('users', user_name), ('sources', source), ('tools', tool), ('states', state),
               ('errors', coalesce(error_code, error_type)), ('kinds', statement.kind)
    ) AS facets (facet, value)
    WHERE value IS NOT NULL
    GROUP BY facet, value
)
SELECT told.scanned, told.last_id, told.last_cluster, facet, value, queries
FROM (
    SELECT count(*) OVER () AS scanned, query_id AS last_id, cluster AS last_cluster
    FROM scanned
    ORDER BY query_id, cluster
    LIMIT 1
) AS told
LEFT JOIN counted ON true;

-- :name texts
-- The planner must not read all texts because some would be found soon: what is rare has to be found, too.
SELECT text_id FROM {schema}.query_texts WHERE text ILIKE %(pattern)s LIMIT %(limit)s;

-- :name statements_like
SELECT statement_id FROM {schema}.statements WHERE literal_free LIKE %(pattern)s LIMIT %(limit)s;

-- :name statements_of_objects
SELECT DISTINCT statement_id
FROM (SELECT statement_id FROM {schema}.statement_objects WHERE object_id = ANY(%(object_ids)s) LIMIT %(limit)s) AS used;

-- :name executions_of
SELECT coalesce(sum(executions), 0)::bigint AS executions
FROM {schema}.statement_days
WHERE statement_id = ANY(%(statement_ids)s) AND day BETWEEN %(first)s AND %(last)s;

-- :name objects_named
SELECT object_id
FROM {schema}.trino_query_objects
WHERE (catalog || '.' || schema || '.' || name) LIKE %(ending)s
  AND %(table)s IN (name, schema || '.' || name, catalog || '.' || schema || '.' || name);

-- :name clusters_of_query
-- A cluster at a time: the key of the history begins with it.
SELECT cluster
FROM {schema}.clusters AS followed
WHERE (%(cluster)s::text IS NULL OR followed.cluster = %(cluster)s)
  AND EXISTS (SELECT FROM {schema}.trino_queries_history AS history
              WHERE history.cluster = followed.cluster AND history.query_id = %(query_id)s
              OFFSET 0)
ORDER BY cluster;
