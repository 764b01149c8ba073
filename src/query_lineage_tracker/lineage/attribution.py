"""Which tool sent a query, and for which job, model or dashboard: what the query claims of itself.

Tools sign their queries with a comment, the session's `source`, client info or client tags. Anybody can write such a
signature, so it is a claim: good for finding one's way, never for deciding who may do what.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import unquote

from query_lineage_tracker.lineage.secrets import MASK, hide_secrets, is_secret_name
from query_lineage_tracker.lineage.tokens import comments, tokenize

_LONGEST_COMMENT = 20_000
_LONGEST_SIGNATURE = 4_000
_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w.-]{1,250}\.[a-zA-Z]{2,}")


@dataclass(frozen=True, slots=True)
class Attribution:
    """What a query claims: the tool, and where in the tool it comes from. `details` are further keys as they came."""

    tool: str
    version: str | None = None
    job: str | None = None
    model: str | None = None
    dashboard: str | None = None
    url: str | None = None
    user: str | None = None
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A signature of one's own: all patterns that are given must be found.

    Named groups `version`, `job`, `model`, `dashboard`, `url` and `user` become the fields of that name, all others
    details.
    """

    tool: str
    source: re.Pattern[str] | None = None
    comment: re.Pattern[str] | None = None
    client_info: re.Pattern[str] | None = None
    client_tag: re.Pattern[str] | None = None


class RuleError(ValueError):
    """A rule cannot be used; the message says which and why."""


_FIELDS: Final = ("version", "job", "model", "dashboard", "url", "user")
_PATTERNS: Final = ("source", "comment", "client_info", "client_tag")


def rules_of(document: Mapping[str, Any]) -> tuple[Rule, ...]:
    """The rules of a parsed TOML document, a `[[rule]]` each::

        [[rule]]
        tool = "nightly loads"
        comment = "job=(?P<job>[\\\\w.]+)"

    Raises RuleError.
    """
    found = document.get("rule", [])
    if not isinstance(found, list):
        raise RuleError("rules are written as [[rule]]")
    return tuple(_rule(number, entry) for number, entry in enumerate(found, start=1))


def _rule(number: int, entry: Mapping[str, Any]) -> Rule:
    odd = set(entry) - {"tool", *_PATTERNS}
    if odd or not isinstance(entry.get("tool"), str):
        raise RuleError(f"rule {number} needs a tool and knows {', '.join(_PATTERNS)}; not {', '.join(sorted(odd))}")
    patterns = {}
    for name in _PATTERNS:
        if name in entry:
            try:
                patterns[name] = re.compile(entry[name])
            except (re.error, TypeError) as problem:
                raise RuleError(f"rule {number}: {name} is no regular expression: {problem}") from problem
    if not patterns:
        raise RuleError(f"rule {number} has no pattern")
    return Rule(entry["tool"], **patterns)


def attribute(
    sql: str,
    *,
    source: str | None = None,
    client_info: str | None = None,
    client_tags: Sequence[str] = (),
    rules: Sequence[Rule] = (),
    personal: bool = True,
) -> Attribution | None:
    """What the query claims of itself: one's own rules first, then comments, client info and source.

    Without `personal` no user and no e-mail address is kept.
    """
    signatures = _signatures(sql)
    found = (
        _by_rules(rules, signatures, source or "", client_info or "", client_tags)
        or next((claim for text in signatures if (claim := _by_comment(text))), None)
        or _by_client_info(client_info or "")
        or _by_source(source or "")
    )
    return found if found is None or personal else impersonal(found)


def _signatures(sql: str) -> list[str]:
    """The texts of the first and the last comment, marks removed."""
    if "--" not in sql and "/*" not in sql:
        return []
    found = [text for _, text in comments(tokenize(sql)) if len(text) <= _LONGEST_COMMENT]
    ends = [found[0], found[-1]] if len(found) > 1 else found
    return [_without_marks(text) for text in ends]


def _without_marks(comment: str) -> str:
    return (comment[2:-2] if comment.startswith("/*") else comment[2:]).strip()


def _by_rules(
    rules: Sequence[Rule], signatures: Sequence[str], source: str, client_info: str, client_tags: Sequence[str]
) -> Attribution | None:
    for rule in rules:
        wanted = (
            (rule.source, [source]),
            (rule.comment, signatures),
            (rule.client_info, [client_info]),
            (rule.client_tag, client_tags),
        )
        matches = [
            next(filter(None, map(pattern.search, texts)), None) for pattern, texts in wanted if pattern is not None
        ]
        if all(matches):
            groups: dict[str, Any] = {}
            for match in matches:
                groups |= match.groupdict() if match else {}
            return _claim(rule.tool, groups, {})
    return None


def _claim(tool: str, values: Mapping[str, Any], names: Mapping[str, str]) -> Attribution:
    """A claim of the values that a signature holds; `names` maps their keys to fields, all others are details."""
    fields: dict[str, str] = {}
    details: list[tuple[str, str]] = []
    for key, value in values.items():
        if value is None or value == "":
            continue
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        field = names.get(key, key)
        if field in _FIELDS and field not in fields:
            fields[field] = text
        else:
            details.append((key, text))
    return Attribution(tool, **fields, details=tuple(details))


# Comments

_APPS: Final[dict[str, dict[str, str]]] = {
    "dbt": {"dbt_version": "version", "node_id": "model"},
    "OpenMetadata": {},
    "query-lineage-tracker": {},
}
_LOOKER = {"user_id": "user", "history_slug": "job", "history_id": "job"}
_LIGHTDASH = {"user_uuid": "user", "chart_uuid": "job", "dashboard_uuid": "dashboard", "explore_name": "model"}
_METABASE = {"userID": "user", "cardID": "job", "dashboardID": "dashboard"}
_REDASH = {"Username": "user", "query_id": "job"}
_SIGMA = {"sourceUrl": "url", "email": "user", "request-id": "job"}
_HEX = {"project_url": "url", "project_id": "dashboard"}
_SQLCOMMENTER = {"dag_id": "job", "route": "model"}
_PAIRS = re.compile(r"(\w[\w ]*?):\s*([^,\s][^,]*)")
_WORD_PAIRS = re.compile(r"(\w+):\s*(\S+)")
_QUOTED_PAIRS = re.compile(r"([\w.%-]+)='((?:[^'\\]|\\.)*)'")
_SQLMESH = re.compile(r"SQLMESH_(PLAN|RUN):\s*(\S+)")
_SQL_LAB = re.compile(r"\[SQL LAB\]\s+(\S+)")
_LOOKER_CONTEXT = re.compile(r"Looker Query Context\s+'(.*)'", re.DOTALL)


def _by_comment(text: str) -> Attribution | None:
    values = _json_object(text) if text.startswith("{") else None
    if values is not None:
        return _by_json(values)
    if len(text) > _LONGEST_SIGNATURE:
        return None
    for read in _COMMENT_READERS:
        found = read(text)
        if found is not None:
            return found
    return None


def _json_object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _by_json(values: Mapping[str, Any]) -> Attribution | None:
    app = values.get("app")
    if isinstance(app, str) and app in _APPS:
        return _claim(app, {key: value for key, value in values.items() if key != "app"}, _APPS[app])
    if "modeanalytics.com" in str(values.get("url")) or "app.mode.com" in str(values.get("url")):
        return _claim("Mode", values, {})
    if "project_uuid" in values and "organization_uuid" in values:
        return _claim("Lightdash", values, _LIGHTDASH)
    return None


def _by_metabase(text: str) -> Attribution | None:
    if not text.startswith("Metabase"):
        return None
    return _claim("Metabase", dict(_WORD_PAIRS.findall(text.partition("::")[2])), _METABASE)


def _by_redash(text: str) -> Attribution | None:
    if not (text.startswith("Username:") and "Query Hash:" in text):
        return None
    return _claim("Redash", {key: value.strip() for key, value in _PAIRS.findall(text)}, _REDASH)


def _by_looker(text: str) -> Attribution | None:
    match = _LOOKER_CONTEXT.match(text)
    values = _json_object(match[1]) if match else None
    return None if values is None else _claim("Looker", values, _LOOKER)


def _by_prefixed_json(prefix: str, tool: str, names: Mapping[str, str]) -> Callable[[str], Attribution | None]:
    def read(text: str) -> Attribution | None:
        values = _json_object(text[len(prefix) :].strip()) if text.startswith(prefix) else None
        return None if values is None else _claim(tool, values, names)

    return read


def _by_sqlmesh(text: str) -> Attribution | None:
    match = _SQLMESH.match(text)
    return Attribution("SQLMesh", job=match[2], details=(("type", match[1]),)) if match else None


def _by_superset(text: str) -> Attribution | None:
    match = _SQL_LAB.match(text)
    return Attribution("Superset", job="SQL Lab", user=match[1]) if match else None


def _by_sqlcommenter(text: str) -> Attribution | None:
    pairs = _QUOTED_PAIRS.findall(text)
    if not pairs or _QUOTED_PAIRS.sub("", text).strip(" ,"):
        return None
    values = {unquote(key): unquote(value) for key, value in pairs}
    tool = values.get("application") or values.get("framework") or values.get("db_driver") or "sqlcommenter"
    return _claim(tool, values, _SQLCOMMENTER)


_COMMENT_READERS: Final[tuple[Callable[[str], Attribution | None], ...]] = (
    _by_metabase,
    _by_redash,
    _by_looker,
    _by_prefixed_json("Hex query metadata:", "Hex", _HEX),
    _by_prefixed_json("Sigma Σ", "Sigma", _SIGMA),
    _by_sqlmesh,
    _by_superset,
    _by_sqlcommenter,
)


# Client info and source

_SOURCES: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), tool)
    for pattern, tool in (
        (r"^dbt-trino-(?P<version>\S+)", "dbt"),
        (r"^sqlmesh", "SQLMesh"),
        (r"^airflow", "Airflow"),
        (r"^apache superset", "Superset"),
        (r"^redash", "Redash"),
        (r"metabase", "Metabase"),
        (r"looker", "Looker"),
        (r"tableau", "Tableau"),
        (r"^qlt\b", "query-lineage-tracker"),
        (r"^trino-cli", "Trino CLI"),
        (r"^trino-sqlalchemy", "SQLAlchemy"),
        (r"^trino-python-client", "Trino Python client"),
        (r"^trino-jdbc", "Trino JDBC"),
    )
)


def _by_client_info(text: str) -> Attribution | None:
    values = _json_object(text) if text.startswith("{") else None
    if values is None or "dag_id" not in values:
        return None
    named = {"job": values.get("dag_id"), "model": values.get("task_id"), "user": values.get("dag_owner")}
    others = {key: value for key, value in values.items() if key not in ("dag_id", "task_id", "dag_owner")}
    return _claim("Airflow", named | others, {})


def _by_source(source: str) -> Attribution | None:
    for pattern, tool in _SOURCES:
        match = pattern.search(source)
        if match:
            return _claim(tool, match.groupdict(), {})
    return None


def without_secrets(claim: Attribution) -> Attribution:
    """The claim with the secrets in its values hidden: a comment can hold a whole connection string."""
    texts = {name: hide_secrets(value) for name in _FIELDS if (value := getattr(claim, name)) is not None}
    details = tuple(
        (key, MASK if is_secret_name(key, is_property=True) else hide_secrets(value)) for key, value in claim.details
    )
    return replace(claim, **texts, details=details)


def claim_json(claim: Attribution) -> dict[str, object]:
    """The claim as JSON, without what it does not say."""
    said = {name: value for name in ("tool", *_FIELDS) if (value := getattr(claim, name)) is not None}
    return said | ({"details": dict(claim.details)} if claim.details else {})


def impersonal(claim: Attribution) -> Attribution:
    """The claim without its user and without e-mail addresses."""
    return replace(
        claim,
        job=_masked(claim.job),
        model=_masked(claim.model),
        dashboard=_masked(claim.dashboard),
        url=_masked(claim.url),
        user=None,
        details=tuple((key, _masked(value) or "") for key, value in claim.details if key not in _PERSONAL),
    )


_PERSONAL: Final = frozenset({"user", "email", "username", "Username", "user_uuid", "user_id"})


def _masked(text: str | None) -> str | None:
    return None if text is None else _EMAIL.sub("***", text)
