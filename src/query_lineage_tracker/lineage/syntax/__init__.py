"""The syntax of Trino SQL (483 and older), read as far as lineage needs it: see `tree` for what is kept."""
