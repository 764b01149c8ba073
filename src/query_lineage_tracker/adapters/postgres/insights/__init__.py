"""The read side of the history in PostgreSQL."""
