"""Reads the case files in `cases/`: statements with the lineage that is right for them.

A file begins with `-- table: u(a bigint, b row(f bigint))` lines, which hold for all its cases. A case begins with its
`-- title:`, followed by further headers and by its SQL, up to the next title:

    table       one more table, or other columns for one, in this case only
    session     catalog and schema, `lake.s` unless said; `-` for a session without them
    kind        the statement's kind
    effect      the statement's effect
    sources     objects read, separated by commas; none unless said
    target      the object written or defined; none unless said
    unresolved  names that cannot be qualified; none unless said
    column      an output column in its place: `x <- u.a IDENTITY, u.b CONDITIONAL`; without a subtype, any is right
    indirect    what influences every row, `u.k FILTER, w.k JOIN`; not checked unless said
    read        all columns that the statement uses; not checked unless said
    coverage    COLUMN unless said
    error       where the syntax error is, `1:10`
    engine      how Trino's own analyzer compares: `same` unless said; `hole ...`, it finds less; `parse`, only
                its parser is asked for sources and target; `other`, its parser only has to accept the text

`?` is not checked. `u` stands for `lake.s.u`, `t@dev` for its branch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DIRECTORY = Path(__file__).parent / "cases"
ANY = "?"
_HEADER = re.compile(r"-- (\w+): ?(.*)")
_PARTS = re.compile(r'"(?:[^"]|"")*"|[^."]+')


@dataclass(frozen=True)
class ExpectedColumn:
    """An output column: its name and its upstream columns with their subtype, empty where any is right."""

    name: str
    upstream: frozenset[tuple[str, str]]

    @property
    def sources(self) -> frozenset[str]:
        return frozenset(column for column, _ in self.upstream)


@dataclass(frozen=True)
class Case:
    """A statement and what is right about it; `None` is "not checked"."""

    file: str
    title: str
    sql: str
    tables: dict[tuple[str, str, str], list[tuple[str, str]]]
    catalog: str | None
    schema: str | None
    kind: str | None
    effect: str | None
    sources: frozenset[str] | None
    target: str | None
    target_checked: bool
    unresolved: frozenset[str] | None
    columns: tuple[ExpectedColumn, ...]
    indirect: frozenset[tuple[str, str]] | None
    read: frozenset[str] | None
    coverage: str | None
    error: str | None
    engine: str

    def __str__(self) -> str:
        return f"{self.file}: {self.title}"


def load() -> list[Case]:
    """All cases of all files, in order."""
    return [case for path in sorted(DIRECTORY.glob("*.sql")) for case in _cases(path)]


def _cases(path: Path) -> Iterator[Case]:
    common, *rest = re.split(r"^(?=-- title: )", path.read_text(), flags=re.MULTILINE)
    tables = dict(table_of(value) for key, value in _HEADER.findall(common) if key == "table")
    for text in rest:
        lines = text.splitlines()
        count = next(i for i, line in enumerate(lines) if not _HEADER.match(line))
        headers = [found.groups() for line in lines[:count] if (found := _HEADER.match(line))]
        own = dict(table_of(value) for key, value in headers if key == "table")
        columns = tuple(_column(value) for key, value in headers if key == "column")
        single = {key: value.strip() for key, value in headers if key not in {"table", "column"}}
        yield _case(path.stem, single, "\n".join(lines[count:]).strip(), tables | own, columns)


def _case(
    file: str,
    headers: dict[str, str],
    sql: str,
    tables: dict[tuple[str, str, str], list[tuple[str, str]]],
    columns: tuple[ExpectedColumn, ...],
) -> Case:
    session = headers.pop("session", "lake.s")
    catalog, _, schema = ("", "", "") if session == "-" else session.partition(".")
    target = headers.pop("target", "")
    case = Case(
        file=file,
        title=headers.pop("title"),
        sql=sql,
        tables=tables,
        catalog=catalog or None,
        schema=schema or None,
        kind=_checked(headers.pop("kind")),
        effect=_checked(headers.pop("effect")),
        sources=_names(headers.pop("sources", "")),
        target=full_name(target) if target not in {"", ANY} else None,
        target_checked=target != ANY,
        unresolved=_words(headers.pop("unresolved", "")),
        columns=columns,
        indirect=_influences(headers.pop("indirect", ANY)),
        read=_names(headers.pop("read", ANY), 1),
        coverage=_checked(headers.pop("coverage", "COLUMN")),
        error=headers.pop("error", None),
        engine=headers.pop("engine", "same"),
    )
    if headers:
        raise ValueError(f"{case}: unknown headers {sorted(headers)}")
    return case


def full_name(text: str, more: int = 0) -> str:
    """`u` as `lake.s.u`; `more` is how many parts follow the object's name."""
    parts = _PARTS.findall(text.strip())
    return ".".join(["lake", "s", *parts]) if len(parts) - more == 1 else text.strip()


def _checked(text: str) -> str | None:
    return None if text == ANY else text


def _words(text: str) -> frozenset[str] | None:
    return None if text == ANY else frozenset(word.strip() for word in text.split(",") if word.strip())


def _names(text: str, more: int = 0) -> frozenset[str] | None:
    words = _words(text)
    return None if words is None else frozenset(full_name(word, more) for word in words)


def _influences(text: str) -> frozenset[tuple[str, str]] | None:
    if text == ANY:
        return None
    found = set()
    for part in (part.strip() for part in text.split(",") if part.strip()):
        name, _, subtype = part.rpartition(" ")
        known = subtype.isupper() and bool(name)
        found.add((full_name(name if known else part, 1), subtype if known else ""))
    return frozenset(found)


def _column(text: str) -> ExpectedColumn:
    name, _, upstream = text.partition(" <- ")
    return ExpectedColumn(name.strip(), _influences(upstream) or frozenset())


def table_of(text: str) -> tuple[tuple[str, str, str], list[tuple[str, str]]]:
    """The name and the columns of `u(a bigint, b varchar)`."""
    name, _, columns = text.strip().removesuffix(")").partition("(")
    catalog, schema, table = (part.strip('"').lower() for part in _PARTS.findall(full_name(name)))
    pairs = (re.match(r'"([^"]+)" (.*)|(\S+) (.*)', column.strip()) for column in _split(columns))
    return (catalog, schema, table), [(p[1] or p[3], p[2] or p[4]) for p in pairs if p]


def _split(text: str) -> Iterator[str]:
    """The parts between the commas that stand outside every parenthesis."""
    depth, start = 0, 0
    for at, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            yield text[start:at]
            start = at + 1
    yield text[start:]
