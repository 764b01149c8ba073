-- Where the source stands, by the clock of the coordinator.
SELECT (position ->> 'last_poll_at')::timestamptz FROM omd.ingest_state WHERE cluster = 'trino' AND source = 'trino'
