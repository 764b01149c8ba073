-- What is running, and what ended since :since (a timestamp literal).
-- A row can be RUNNING and have an end already, because Trino reads state and statistics one after the other.
SELECT
    "query_id", "state", "user", "source", "query", "resource_group_id",
    "queued_time_ms", "analysis_time_ms", "planning_time_ms",
    to_iso8601("created") AS "created",
    to_iso8601("started") AS "started",
    to_iso8601("end") AS "end",
    "error_type", "error_code",
    to_iso8601(current_timestamp) AS "polled_at"
FROM "system"."runtime"."queries"
WHERE "end" IS NULL
   OR "state" NOT IN ('FINISHED', 'FAILED')
   OR "end" >= :since
