-- Can we read the table at all, whose queries do we see, what time is it there?
-- (current_user stands outside, because Trino cannot have it beside an aggregation.)
SELECT "queries", "users", current_user AS "as_user", to_iso8601(current_timestamp) AS "polled_at"
FROM (
    SELECT count(*) AS "queries", array_sort(array_agg(DISTINCT "user")) AS "users"
    FROM "system"."runtime"."queries"
)
