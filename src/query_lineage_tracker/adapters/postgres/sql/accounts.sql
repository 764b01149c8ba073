-- What was seen, by whom, and what was not. The names of the columns are those that people see.

-- :name gaps
-- A query id begins with its second; then comes a number that counts up within a UTC day, then who issued it. So what
-- is missing between the last known id before a gap and the first one after it was never seen: nobody can say that of
-- numbers of two days or two coordinators, nor where the counter began anew.
SELECT gap.cluster, gap.source, gap.cause, gap.gap_start AS "from", gap.gap_end AS "to",
       round(extract(epoch FROM gap.gap_end - gap.gap_start))::bigint AS seconds, known.by_event,
       CASE WHEN gap.gap_start IS NOT NULL AND around.before <> '' THEN known.ids_missing END AS ids_missing,
       CASE WHEN gap.gap_start IS NOT NULL AND around.before <> '' AND known.ids_missing = 0 THEN 'yes'
            WHEN known.by_event > 0 THEN 'partly' ELSE 'no' END AS covered,
       gap.detail, gap.recorded_at
FROM {schema}.gaps AS gap
CROSS JOIN LATERAL (
    SELECT to_char(coalesce(gap.gap_start, gap.gap_end - interval '1 hour') AT TIME ZONE 'UTC', 'YYYYMMDD_HH24MISS')
               AS lowest,
           to_char(gap.gap_end AT TIME ZONE 'UTC' + interval '1 second', 'YYYYMMDD_HH24MISS') AS highest
) AS range
CROSS JOIN LATERAL (
    SELECT greatest(
               (SELECT max(query_id) FROM {schema}.trino_queries_history AS history
                WHERE history.cluster = gap.cluster AND query_id < range.lowest),
               (SELECT max(query_id) FROM {schema}.own_queries AS own
                WHERE own.cluster = gap.cluster AND query_id < range.lowest),
               '') AS before,
           least(
               (SELECT min(query_id) FROM {schema}.trino_queries_history AS history
                WHERE history.cluster = gap.cluster AND query_id >= range.highest),
               (SELECT min(query_id) FROM {schema}.own_queries AS own
                WHERE own.cluster = gap.cluster AND query_id >= range.highest)) AS after
) AS around
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE told_by_event AND query_id >= range.lowest AND query_id < range.highest) AS by_event,
           CASE WHEN count(DISTINCT left(query_id, 8) || right(query_id, 5)) = 1 AND max(query_id) = around.after
                 AND count(DISTINCT number) = count(*) THEN max(number) - min(number) + 1 - count(*) END AS ids_missing
    FROM (
        SELECT query_id, substr(query_id, 17, 5)::integer AS number, bool_or(told_by_event) AS told_by_event
        FROM (
            SELECT query_id, 'EVENT' = ANY(told_by) AS told_by_event
            FROM {schema}.trino_queries_history AS history
            WHERE history.cluster = gap.cluster AND query_id >= around.before
              AND query_id <= coalesce(around.after, range.highest)
            UNION ALL
            SELECT query_id, false
            FROM {schema}.own_queries AS own
            WHERE own.cluster = gap.cluster AND query_id >= around.before
              AND query_id <= coalesce(around.after, range.highest)
        ) AS either
        GROUP BY query_id
    ) AS ids
) AS known
WHERE %(cluster)s::text IS NULL OR gap.cluster = %(cluster)s
ORDER BY gap.gap_end DESC, gap.gap_id DESC
LIMIT %(limit)s;

-- :name days
-- The missing ids are a hint only: one whose query nobody followed up leaves no trace anywhere.
SELECT account.cluster, account.day, account.executions, account.by_both, account.by_poll_only, account.by_event_only,
       account.by_file_only, account.open, account.lost, holes.ids_missing
FROM {schema}.daily_accounts AS account
CROSS JOIN LATERAL (
    SELECT coalesce(sum(number - CASE WHEN right(previous_id, 5) = right(query_id, 5) AND previous < number THEN previous
                                      ELSE -1 END - 1), 0)::bigint AS ids_missing
    FROM (
        SELECT query_id, lag(query_id) OVER in_order AS previous_id, substr(query_id, 17, 5)::integer AS number,
               substr(lag(query_id) OVER in_order, 17, 5)::integer AS previous
        FROM (
            SELECT query_id
            FROM {schema}.trino_queries_history AS history
            WHERE history.cluster = account.cluster AND query_id >= to_char(account.day, 'YYYYMMDD')
              AND query_id < to_char(account.day + 1, 'YYYYMMDD')
            UNION ALL
            SELECT query_id
            FROM {schema}.own_queries AS own
            WHERE own.cluster = account.cluster AND query_id >= to_char(account.day, 'YYYYMMDD')
              AND query_id < to_char(account.day + 1, 'YYYYMMDD')
        ) AS ids
        WINDOW in_order AS (ORDER BY query_id)
    ) AS followed
) AS holes
WHERE account.day >= %(since)s AND (%(cluster)s::text IS NULL OR account.cluster = %(cluster)s)
ORDER BY account.day DESC, account.cluster;

-- :name tellers
-- Who told of the executions of the days from this one on.
SELECT coalesce(sum(by_both), 0)::bigint AS by_both, coalesce(sum(by_poll_only), 0)::bigint AS by_poll_only,
       coalesce(sum(by_event_only), 0)::bigint AS by_event_only
FROM {schema}.daily_accounts
WHERE cluster = %(cluster)s AND day >= %(since)s;

-- :name arrivals
-- Among the newest executions, so that it stays quick.
WITH newest AS (
    SELECT 'EVENT' = ANY(told_by) AS by_event, 'POLL' = ANY(told_by) AS by_poll, coalesce(ended, created) AS told_at, ended
    FROM {schema}.trino_queries_history
    WHERE cluster = %(cluster)s
    ORDER BY query_id DESC
    LIMIT 10000
), last AS (
    SELECT max(told_at) FILTER (WHERE by_event) AS event_at, bool_or(by_poll) AS polled FROM newest
)
SELECT event_at, coalesce(polled, false) AS polled,
       (SELECT count(*) FROM newest
        WHERE by_poll AND NOT by_event AND ended > coalesce(last.event_at, '-infinity')
          AND ended < now() - make_interval(secs => %(patience_s)s)) AS without_event
FROM last;

-- :name positions
-- Where the journals of received events were emptied up to.
SELECT source, position FROM {schema}.ingest_state WHERE cluster = %(cluster)s AND source LIKE 'events:%%';
