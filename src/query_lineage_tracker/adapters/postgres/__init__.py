"""PostgreSQL: the store, the outbox, the leases, the reads, and a server of our own for development.

What the composition root uses::

    server = embedded.start_or_attach(data_dir, bin_dir)      # EmbeddedServer(dsn, owned), server.stop(); main thread
    migrate.migrate(dsn, schema)                              # also status, pending, migration_sql, roles_sql

    async with Database(dsn, schema="omd", pool_size=4) as database:   # or await database.open() and aclose()
        PostgresStore(database)        # ports.IngestStore
        PostgresLeases(database)       # ports.Leases
        PostgresOutbox(database)       # ports.Outbox
        UsageMessages(database)        # ports.UsageQueue
        PostgresReads(database)        # what the command line shows
        Partitions(database)           # create(days_ahead), drop(before): retention

All of them raise StoreUnreachable, StoreRefused, PermissionMissing or ConfigurationError for what PostgreSQL answers.
"""

from __future__ import annotations
