"""Named queries from .sql files.

A file holds queries, each under a line `-- :name the_name`; `{schema}` stands for the schema that we live in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources
from typing import TYPE_CHECKING

from query_lineage_tracker.errors import ConfigurationError

if TYPE_CHECKING:
    from typing_extensions import LiteralString

_MARKER = re.compile(r"^-- :name (\w+)\n", re.MULTILINE)
_SCHEMA_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")


def load(file: str, schema: str) -> Mapping[str, LiteralString]:
    """The queries of `sql/<file>.sql` by their names, for the schema."""
    return named_in((resources.files(__package__) / "sql" / f"{file}.sql").read_text(encoding="utf-8"), schema)


def named_in(text: str, schema: str) -> Mapping[str, LiteralString]:
    """The queries in the text of such a file."""
    _, *parts = _MARKER.split(text)
    return {name: render(query.strip(), schema) for name, query in zip(parts[::2], parts[1::2], strict=True)}


def render(text: str, schema: str) -> LiteralString:
    """The text with the schema's name in it, quoted. Raises ConfigurationError for a name that is none."""
    if not _SCHEMA_NAME.fullmatch(schema):
        raise ConfigurationError(
            f"QLT_PG_SCHEMA={schema!r} is no name of a schema",
            hint="Expected letters, digits and underscores, at most 63, not beginning with a digit.",
        )
    return text.replace("{schema}", f'"{schema}"')
