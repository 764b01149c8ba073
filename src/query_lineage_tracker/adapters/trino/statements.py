"""The statements that we send to Trino, read from the files in `sql`."""

from __future__ import annotations

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


@lru_cache(maxsize=8)
def _statement(name: str) -> str:
    text = (files(__package__) / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    return "\n".join(line for line in text.splitlines() if not line.startswith("--"))


def _timestamp_literal(time: datetime) -> str:
    """Rendered here, because the client would send a parameter as EXECUTE IMMEDIATE, after a probe of its own."""
    shown = time.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    return f"TIMESTAMP '{shown} UTC'"
