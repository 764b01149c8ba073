"""The statements that we send to Trino, read from the files in `sql`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timezone
from functools import lru_cache
from importlib.resources import files


def poll_statement(since: datetime | None) -> str:
    """The one SELECT of a poll: what is running, and what ended from `since` on; everything when it is None."""
    if since is None:
        return _statement("poll_all")
    return _statement("poll").replace(":since", _timestamp_literal(since))


def check_statement() -> str:
    """The SELECT that tells what we may see."""
    return _statement("check")


def columns_statement(catalog: str, schemas: Iterable[str], names: Iterable[str], rows: int) -> str:
    """The SELECT of the columns of tables in one catalog, at most so many rows."""
    quoted = catalog.replace('"', '""')
    parts = {":catalog": f'"{quoted}"', ":schemas": _texts(schemas), ":names": _texts(names), ":rows": str(rows)}
    # All at once: a name may look like one of our marks.
    return re.sub("|".join(parts), lambda mark: parts[mark[0]], _statement("columns"))


def _texts(values: Iterable[str]) -> str:
    return ", ".join("'" + value.replace("'", "''") + "'" for value in sorted(values))


@lru_cache(maxsize=8)
def _statement(name: str) -> str:
    text = (files(__package__) / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    return "\n".join(line for line in text.splitlines() if not line.startswith("--"))


def _timestamp_literal(time: datetime) -> str:
    """Rendered here, because the client would send a parameter as EXECUTE IMMEDIATE, after a probe of its own."""
    shown = time.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    return f"TIMESTAMP '{shown} UTC'"
