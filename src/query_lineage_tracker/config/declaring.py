"""How a setting is declared: as the default of the dataclass field that holds its value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, TypeVar

from query_lineage_tracker.config.kinds import DSN, SECRET, Kind

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable. Its default is `default`, as a person would write it, or `otherwise`, what it follows from."""

    name: str
    kind: Kind[Any]
    meaning: str
    default: str = ""
    otherwise: str = ""

    @property
    def secret(self) -> bool:
        return self.kind is SECRET or self.kind is DSN


@dataclass(frozen=True, slots=True)
class Section:
    """Settings that belong together; `section` is the name of their TOML table."""

    section: ClassVar[str]


def plain(name: str, kind: Kind[T], default: str, meaning: str) -> T:
    """A setting with a default of its own."""
    setting = Setting(name, kind, meaning, default=default)
    return field(default=kind.parse(default), metadata={"setting": setting})


def unset(name: str, kind: Kind[T], meaning: str, otherwise: str = "") -> T | None:
    """A setting that is None when nobody gives it."""
    setting = Setting(name, kind, meaning, otherwise=otherwise)
    absent: T | None = None
    return field(default=absent, metadata={"setting": setting})


def derived(name: str, kind: Kind[T], default: T, meaning: str, otherwise: str) -> T:
    """A setting whose default follows from others; `default` is what it is when none of them is given."""
    setting = Setting(name, kind, meaning, otherwise=otherwise)
    return field(default=default, metadata={"setting": setting})


def settings_of(section: type[Section]) -> Iterator[tuple[str, Setting]]:
    """The settings of a section with the names of their fields, in the order of the documentation."""
    for entry in fields(section):
        if "setting" in entry.metadata:
            yield entry.name, entry.metadata["setting"]
