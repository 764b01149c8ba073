"""Texts in other dialects, which `TABLE(catalog.system.query(query => '...'))` passes through to a catalog."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PassedText:
    """What is known of such a text.

    `sql` is the same query in Trino's SQL, empty where it has no such form; `problem` says why. `tables` are the names
    that it reads, as parts, not qualified; `complete` tells whether it reads nothing else.
    """

    sql: str = ""
    tables: tuple[tuple[str, ...], ...] = ()
    complete: bool = False
    problem: str = ""


class PassThrough(Protocol):
    """Reads the dialects of catalogs; never raises, and its work is bounded."""

    @property
    def version(self) -> str:
        """Another one may mean other answers."""

    def read(self, catalog: str, text: str) -> PassedText | None:
        """What is known of a text; None if the dialect of the catalog is not known."""
