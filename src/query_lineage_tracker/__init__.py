"""Query Lineage Tracker: the memory of a Trino cluster."""

from __future__ import annotations

__version__ = "0.1.0"
