"""The statements that we send to Trino, read from the files in `sql`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from functools import lru_cache
from importlib.resources import files

from query_lineage_tracker.lineage.result import ObjectName


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
    parts = {":catalog": _quoted(catalog), ":schemas": _texts(schemas), ":names": _texts(names), ":rows": str(rows)}
    return _filled("columns", parts)


def views_statement(objects: Sequence[ObjectName], *, materialized: bool) -> str:
    """The SELECT of the texts of those of the objects, all of one catalog, that are views."""
    catalog = objects[0].catalog
    schemas, names = {one.schema for one in objects}, {one.name for one in objects}
    views = _filled("views", {":catalog": _quoted(catalog), ":schemas": _texts(schemas), ":names": _texts(names)})
    others = objects if materialized else ()
    return "\n".join([views, *(_materialized_view(one) for one in others)])


def _materialized_view(name: ObjectName) -> str:
    parts = {":catalog": _texts([name.catalog]), ":schema": _texts([name.schema]), ":name": _texts([name.name])}
    return _filled("materialized_view", parts)


def _filled(name: str, parts: Mapping[str, str]) -> str:
    # All at once: a name may look like one of our marks.
    return re.sub("|".join(rf"{part}\b" for part in parts), lambda mark: parts[mark[0]], _statement(name))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


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
