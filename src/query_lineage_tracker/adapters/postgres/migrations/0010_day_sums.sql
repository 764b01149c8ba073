-- Weeks of counters are summed once, not whenever somebody opens the first page.

CREATE TABLE {schema}.day_sums (
    day date PRIMARY KEY,
    executions bigint NOT NULL,
    failed bigint NOT NULL,
    users text[] NOT NULL,
    user_executions bigint[] NOT NULL,
    objects bigint[] NOT NULL,
    object_executions bigint[] NOT NULL,
    summed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE {schema}.day_sums IS 'Sums of statement_days over a UTC day that is over. A batch that changes what was summed deletes the row, and it is made again later: what is here is what the counters say.';
COMMENT ON COLUMN {schema}.day_sums.day IS 'The UTC day.';
COMMENT ON COLUMN {schema}.day_sums.executions IS 'All executions of the day.';
COMMENT ON COLUMN {schema}.day_sums.failed IS 'Those that failed.';
COMMENT ON COLUMN {schema}.day_sums.users IS 'The 1,000 users with most executions, the most first.';
COMMENT ON COLUMN {schema}.day_sums.user_executions IS 'How many they had, in the same order.';
COMMENT ON COLUMN {schema}.day_sums.objects IS 'The 1,000 objects that most executions used, the most first.';
COMMENT ON COLUMN {schema}.day_sums.object_executions IS 'How many used them, in the same order.';
COMMENT ON COLUMN {schema}.day_sums.summed_at IS 'When they were summed.';
