-- Who ingests which cluster. All times are the database's: clocks of trackers may differ.

-- :name acquire
INSERT INTO {schema}.leases AS lease (cluster, holder, epoch, expires_at)
VALUES (%(cluster)s, %(holder)s, 1, now() + make_interval(secs => %(seconds)s))
ON CONFLICT (cluster) DO UPDATE
SET holder = excluded.holder, epoch = lease.epoch + 1, expires_at = excluded.expires_at
WHERE lease.expires_at <= now() OR lease.holder = excluded.holder
RETURNING epoch;

-- :name holder
SELECT holder, expires_at FROM {schema}.leases WHERE cluster = %(cluster)s;

-- :name renew
UPDATE {schema}.leases SET expires_at = now() + make_interval(secs => %(seconds)s)
WHERE cluster = %(cluster)s AND epoch = %(epoch)s;

-- :name release
UPDATE {schema}.leases SET expires_at = now() WHERE cluster = %(cluster)s AND epoch = %(epoch)s;
