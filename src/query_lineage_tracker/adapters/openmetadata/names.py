"""Names in OpenMetadata: fully qualified names (FQN) and their way into a URL.

An FQN joins its parts with dots; exactly the parts that hold a dot are quoted, because the server compares quoted and
unquoted spellings as different names. A double quote inside a part cannot be written at all.
"""

from __future__ import annotations

from urllib.parse import quote

from query_lineage_tracker.domain.outbox import ObjectFacts

_MAX_NAME = 256
_MAX_FQN = 3072


def fqn_of(parts: tuple[str, ...]) -> str:
    """The FQN of the parts. Check them with `why_unnamable` first."""
    return ".".join(f'"{part}"' if "." in part else part for part in parts)


def names_of(facts: ObjectFacts) -> tuple[str, str, str]:
    """Catalog, schema and name."""
    return facts.catalog, facts.schema, facts.name


def table_fqn(service: str, facts: ObjectFacts) -> str:
    """The FQN of a Trino object: its catalog is OpenMetadata's database."""
    return fqn_of((service, *names_of(facts)))


def path_segment(name: str) -> str:
    """The name as one segment of a URL's path."""
    return quote(name, safe="")


def why_unnamable(facts: ObjectFacts) -> str | None:
    """Why OpenMetadata can have no entity for the object, or None."""
    shown = ".".join(names_of(facts))
    if facts.catalog == "system" or facts.schema == "information_schema":
        return f"{shown} is a system table, which OpenMetadata does not hold"
    if any('"' in part or not part for part in names_of(facts)):
        return f"{shown} has an empty part or a double quote, which OpenMetadata's names cannot hold"
    if len(shown) > _MAX_FQN or any(len(part) > _MAX_NAME for part in names_of(facts)):
        return f"{shown[:80]}... is longer than OpenMetadata's names can be"
    return None
