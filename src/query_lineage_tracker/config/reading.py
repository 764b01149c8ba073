"""From given values to typed sections, and back to text for showing them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from query_lineage_tracker.config.declaring import Section, Setting, settings_of
from query_lineage_tracker.config.kinds import SessionDefault
from query_lineage_tracker.config.model import SettingRow
from query_lineage_tracker.config.secret import Secret
from query_lineage_tracker.config.sources import Given, Notes, read_text

S = TypeVar("S", bound=Section)
GivenValues = Mapping[str, Given]


def read_section(section: type[S], given: GivenValues, cwd: Path, notes: Notes) -> S:
    """The section with what is given; a value that is wrong becomes a problem, and its default stays.

    Relative paths, also of defaults, are taken from `cwd`.
    """
    values: dict[str, Any] = {}
    for field, setting in settings_of(section):
        try:
            value = _parsed(setting, given.get(setting.name), cwd)
        except ValueError as error:
            notes.failed.add(setting.name)
            notes.problems.append(f"{setting.name} ({given[setting.name].origin}): {error}")
            continue
        if value is not None:
            values[field] = cwd / value if isinstance(value, Path) else value
    return section(**values)


def _parsed(setting: Setting, given: Given | None, cwd: Path) -> object:
    if given is None:
        return setting.kind.parse(setting.default) if setting.default else None
    kind, value = setting.kind, given.value
    text = secret_text(given, cwd) if given.file else _text_of(value)
    try:
        if text is not None:
            return kind.parse(text)
        if kind.tables is not None and isinstance(value, list) and all(isinstance(t, dict) for t in value):
            return kind.tables(value)
    except ValueError as error:
        raise ValueError(f"{_shape(setting, text, value)} is not {kind.expected}") from error
    raise ValueError(f"{_shape(setting, text, value)} is not {kind.expected}")


def secret_text(given: Given, cwd: Path) -> str:
    """What a secret file holds, without its trailing newline; ValueError says why there is nothing."""
    path = cwd / str(given.value)
    text = read_text(path).rstrip("\r\n")
    if not text:
        raise ValueError(f"{path} is empty")
    return text


def _text_of(value: object) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, list):
        texts = [item for item in value if isinstance(item, str) and "," not in item]
        return ",".join(texts) if len(texts) == len(value) else None
    return None


def _shape(setting: Setting, text: str | None, value: object) -> str:
    if text is None:
        return f"a TOML value of type {type(value).__name__}"
    if setting.secret or "@" in text or len(text) > 60:
        return f"a text of {len(text)} characters"
    return repr(text)


def rows_of(section: Section, given: GivenValues, suffix: str = "") -> list[SettingRow]:
    """Each setting of a section as it is shown; `suffix` tells clusters apart."""
    return [
        SettingRow(
            setting.name + suffix,
            _shown(setting, getattr(section, field), given.get(setting.name)),
            given[setting.name].origin if setting.name in given else "default",
        )
        for field, setting in settings_of(type(section))
    ]


def _shown(setting: Setting, value: object, given: Given | None) -> str:
    text = _text_of(given.value) if given else setting.default
    return text if text and not setting.secret else _rendered(value)


def _rendered(value: object) -> str:
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    if isinstance(value, Secret):
        return value.masked
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g}s"
    if isinstance(value, SessionDefault):
        return f"{value.user}/{value.source}={value.catalog}" + (f".{value.schema}" if value.schema else "")
    return ",".join(map(_rendered, value)) if isinstance(value, tuple) else str(value)
