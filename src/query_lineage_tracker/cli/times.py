"""Times on the command line: a point in time, or how long ago."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Annotated

import typer

_AGO = re.compile(r"(\d{1,6})\s*([smhdw])", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def point_in_time(text: str, now: datetime | None = None) -> datetime:
    """The time that the text names: ISO 8601 (UTC where it has no zone), a date, or `2h` for two hours ago.

    Raises typer.BadParameter.
    """
    ago = _AGO.fullmatch(text.strip().lower())
    try:
        if ago:
            return (now or datetime.now(timezone.utc)) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        named = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text.strip()))
    except (ValueError, OverflowError):
        expected = "a time such as 2026-11-22T17:00:00Z, a day, or how long ago: 90m, 2h, 7d"
        raise typer.BadParameter(f"{text!r} is not {expected}") from None
    return named if named.tzinfo else named.replace(tzinfo=timezone.utc)


SinceOption = Annotated[
    datetime | None,
    typer.Option("--since", parser=point_in_time, metavar="TIME", help="From this time on: 2h, 7d, 2026-11-22T17:00Z."),
]
UntilOption = Annotated[
    datetime | None, typer.Option("--until", parser=point_in_time, metavar="TIME", help="Before this time.")
]
