-- How many wait for the lock on the counters.
SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'omd.statement_days'::regclass
