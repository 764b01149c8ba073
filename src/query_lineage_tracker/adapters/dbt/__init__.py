"""Files of dbt."""
