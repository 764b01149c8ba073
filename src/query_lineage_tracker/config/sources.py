"""Where values come from, each with its origin: flags, environment, secret files, the env file, TOML."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from query_lineage_tracker.config.cluster import ClusterSettings
from query_lineage_tracker.config.declaring import Section, settings_of
from query_lineage_tracker.config.libpq import LIBPQ
from query_lineage_tracker.config.settings import SECTIONS, SETTINGS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_PREFIXES = ("QLT_", "TRINO_", "OMD_")
_CONTROL = ("APP_ENV", "QLT_CONFIG")
_SECRETS = {name for name, setting in SETTINGS.items() if setting.secret} | {"PGPASSWORD"}
_KNOWN = {*SETTINGS, *_CONTROL, *(f"{name}_FILE" for name in _SECRETS), *LIBPQ}
_ASSIGNMENT = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)", re.ASCII)
_SINGLE = re.compile(r"'([^']*)'\s*(?:#.*)?")
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"\s*(?:#.*)?')
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_LARGEST_FILE = 1 << 20


@dataclass(frozen=True, slots=True)
class Given:
    """A value as somebody gave it: text, what TOML makes of it, or the path of a secret file (`file`)."""

    value: object
    origin: str
    file: bool = False


Layer = dict[str, Given]


@dataclass(slots=True)
class Notes:
    """What is wrong (`problems`) and what is odd (`warnings`); `failed` are the settings that a problem is about."""

    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class TomlValues:
    """The settings of a TOML file, and those of each [[cluster]] in it."""

    values: Layer
    clusters: tuple[Layer, ...] = ()


def flag_layer(flags: Mapping[str, str]) -> Layer:
    """Command line flags, keyed by the variable that each stands for."""
    return {name: Given(text, f"flag {flag_of(name)}") for name, text in flags.items()}


def flag_of(name: str) -> str:
    """The command line flag that stands for a variable: BATCH_SIZE is --batch-size, QLT_PG_SCHEMA --pg-schema."""
    special = {"APP_ENV": "--env", "TRINO_CLUSTER": "--cluster"}
    return special.get(name) or "--" + name.removeprefix("QLT_").lower().replace("_", "-")


def environment_layers(environ: Mapping[str, str], notes: Notes) -> tuple[Layer, Layer]:
    """The environment's own values, and those that it names secret files for. An empty variable counts as absent."""
    given = {name: Given(text, "environment") for name, text in environ.items() if text}
    for name in given:
        _check_name(name, "environment", notes, strict=False)
    return given, _secret_files(given)


def env_file_layers(path: Path, notes: Notes) -> tuple[Layer, Layer]:
    """The values of an env file, and those that it names secret files for; both empty when there is no such file."""
    text = _read(path, notes) if path.is_file() else ""
    given: Layer = {}
    for number, line in enumerate(text.splitlines(), start=1):
        origin = f"file {path.name}:{number}"
        assignment = _assignment(line, origin, notes)
        if assignment is None:
            continue
        name, value = assignment
        _check_name(name, origin, notes, strict=True)
        if name in given:
            notes.warnings.append(f"{name} ({origin}) replaces the one from {given[name].origin}")
        if value:
            given[name] = Given(value, origin)
    return given, _secret_files(given)


def _assignment(line: str, origin: str, notes: Notes) -> tuple[str, str] | None:
    if not line.strip() or line.lstrip().startswith("#"):
        return None
    found = _ASSIGNMENT.fullmatch(line.strip())
    value = _unquoted(found[2]) if found else None
    if found is None or value is None:
        notes.problems.append(f"{origin} is not a line of the form NAME=value, or its quotes do not match")
        return None
    return found[1], value


def _unquoted(text: str) -> str | None:
    if text.startswith("'"):
        single = _SINGLE.fullmatch(text)
        return single[1] if single else None
    if text.startswith('"'):
        double = _DOUBLE.fullmatch(text)
        return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), double[1]) if double else None
    return re.split(r"(?:^|\s)#", text, maxsplit=1)[0].rstrip()


def _secret_files(given: Layer) -> Layer:
    paths = {name: given[f"{name}_FILE"] for name in _SECRETS if f"{name}_FILE" in given}
    return {
        name: Given(path.value, f"secret file {name}_FILE, {path.origin}", file=True) for name, path in paths.items()
    }


def _check_name(name: str, origin: str, notes: Notes, *, strict: bool) -> None:
    if name in _KNOWN:
        return
    close = get_close_matches(name, _KNOWN, n=1, cutoff=0.85)
    message = f"{name} ({origin}) is not a setting" + (f"; did you mean {close[0]}?" if close else "")
    if strict and name.startswith(_PREFIXES):
        notes.problems.append(message)
    elif close and not name.startswith("PG"):
        notes.warnings.append(message)


def toml_values(path: Path, notes: Notes) -> TomlValues:
    """The values of a TOML file; empty when there is no such file."""
    if not path.is_file():
        return TomlValues({})
    try:
        document: dict[str, object] = tomllib.loads(_read(path, notes))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        notes.problems.append(f"{path.name} is not TOML: {error}")
        return TomlValues({})
    return _document(document, path.name, notes)


def _document(document: dict[str, object], file: str, notes: Notes) -> TomlValues:
    sections = {section.section: section for section in SECTIONS}
    values: Layer = {}
    clusters: list[Layer] = []
    for name, content in document.items():
        where = f"{file} [{name}]"
        if name == "session_defaults":
            values["QLT_SESSION_DEFAULTS"] = Given(content, f"{file} [[{name}]]")
        elif name == "cluster" and isinstance(content, list):
            tables = enumerate(content, start=1)
            clusters.extend(_table(ClusterSettings, t, f"{file} [[cluster]] {n}", notes) for n, t in tables)
        elif name in sections:
            values = {**_table(sections[name], content, where, notes), **values}
        else:
            notes.problems.append(f"{where} is not a table of settings{_nearest(name, [*sections, 'cluster'])}")
    return TomlValues(values, tuple(clusters))


def _table(section: type[Section], content: object, where: str, notes: Notes) -> Layer:
    if not isinstance(content, dict):
        notes.problems.append(f"{where} is not a table")
        return {}
    keys = {key: setting.name for key, setting in settings_of(section)}
    files = {f"{key}_file": setting.name for key, setting in settings_of(section) if setting.secret}
    notes.problems += [
        f"{where}.{key} is not a setting{_nearest(key, [*keys, *files])}"
        for key in content
        if key not in keys and key not in files
    ]
    given = {key: value for key, value in content.items() if value != ""}
    return {
        **{files[key]: Given(given[key], f"{where}.{key}", file=True) for key in given if key in files},
        **{keys[key]: Given(given[key], f"{where}.{key}") for key in given if key in keys},
    }


def _nearest(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else f"; known are {', '.join(known)}"


def _read(path: Path, notes: Notes) -> str:
    try:
        return read_text(path)
    except ValueError as error:
        notes.problems.append(f"{path.name}: {error}")
        return ""


def why_missing(path: Path) -> str | None:
    """Why nothing is found there; None when something is."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return f"there is no file {path}"
    except OSError as error:
        return f"cannot reach {path}: {error.strerror}"
    return None


def read_text(path: Path) -> str:
    """The text of a small UTF-8 file; ValueError says why there is none."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from error
    if len(content) > _LARGEST_FILE:
        raise ValueError(f"{path} is larger than 1 MiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text") from error
