"""From fetched rows to redacted executions with identities: pure work on texts, no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from uuid import UUID

from query_lineage_tracker.domain.history import ExecutedQuery, State
from query_lineage_tracker.lineage.attribution import Attribution, Rule, attribute, impersonal, without_secrets
from query_lineage_tracker.lineage.fingerprint import normalize
from query_lineage_tracker.lineage.redaction import redact_message
from query_lineage_tracker.lineage.secrets import hide_secrets
from query_lineage_tracker.ports.analysis import Run, StatementText
from query_lineage_tracker.services.identity import statement_id, text_id

_LONGEST_REMEMBERED_TEXT = 16_384
_REMEMBERED_TEXTS = 8_192


@dataclass(frozen=True, slots=True)
class Text:
    """A text after redaction, with its identity and the fingerprint of the statement in it."""

    redacted: str
    text_id: UUID
    fingerprint: str


@dataclass(frozen=True, slots=True)
class PreparedExecution:
    """An execution whose texts are redacted; `analyzed` is the text that says what was executed."""

    query: ExecutedQuery
    text: Text
    prepared_text: Text | None
    statement_id: UUID
    claim: Attribution | None = None

    @property
    def analyzed(self) -> Text:
        return self.prepared_text or self.text


Runs = Mapping[UUID, "tuple[Run, ...]"]
"""The executions of each statement."""


def runs_of(executions: Sequence[PreparedExecution]) -> Runs:
    """The executions by their statements, in the order of the statements."""
    runs: dict[UUID, list[Run]] = {}
    for one in executions:
        query = one.query
        finished = (query.ended or query.created) if query.state is State.FINISHED else None
        runs.setdefault(one.statement_id, []).append(Run(query.created, finished))
    return {key: tuple(its) for key, its in runs.items()}


def statement_text(execution: PreparedExecution, runs: Runs) -> StatementText:
    """The statement that was executed, ready to be analyzed."""
    session = execution.query.session
    key = execution.statement_id
    return StatementText(execution.analyzed.redacted, session.catalog, session.schema, key, runs[key])


def texts_of(prepared: Sequence[PreparedExecution]) -> dict[UUID, str]:
    """The redacted texts of the executions by their identity."""
    texts = [text for one in prepared for text in (one.text, one.prepared_text) if text is not None]
    return {text.text_id: text.redacted for text in texts}


@dataclass(frozen=True, slots=True)
class ClaimRules:
    """How claims of tools are read: signatures of one's own, and whether users and e-mail addresses in them stay."""

    rules: tuple[Rule, ...] = ()
    personal: bool = True


_NONE_READ: Mapping[str, Attribution] = {}


def prepare(
    queries: Sequence[ExecutedQuery],
    *,
    namespace: str,
    redact_literals: bool,
    claims: ClaimRules = ClaimRules(),
    attributions: Mapping[str, Attribution] = _NONE_READ,
) -> tuple[PreparedExecution, ...]:
    """Redact every text first, then derive identities from what is left.

    The claims of tools are read before, because redaction of literals empties comments. `attributions` are those that
    were read earlier, by query id: their texts came redacted.
    """
    return tuple(
        _prepare_one(query, namespace, redact_literals, claims, attributions.get(query.query_id)) for query in queries
    )


def _prepare_one(
    query: ExecutedQuery, namespace: str, redact_literals: bool, claims: ClaimRules, read: Attribution | None
) -> PreparedExecution:
    text = _text(query.text, redact_literals, query.prepared_text or "")
    prepared_text = None if query.prepared_text is None else _text(query.prepared_text, redact_literals)
    analyzed = prepared_text or text
    return PreparedExecution(
        query=_redacted(query, text, prepared_text, redact_literals, claims.personal),
        text=text,
        prepared_text=prepared_text,
        statement_id=statement_id(namespace, analyzed.fingerprint, query.session.catalog, query.session.schema),
        claim=_claim(query, claims) if read is None else without_secrets(read if claims.personal else impersonal(read)),
    )


def _claim(query: ExecutedQuery, claims: ClaimRules) -> Attribution | None:
    claim = attribute(
        query.text,
        source=query.source,
        client_info=query.client_info,
        client_tags=query.client_tags,
        rules=claims.rules,
        personal=claims.personal,
    )
    return None if claim is None else without_secrets(claim)


def _redacted(
    query: ExecutedQuery, text: Text, prepared_text: Text | None, redact_literals: bool, personal: bool
) -> ExecutedQuery:
    query, message, info = _without_secrets(query), query.error_message, query.client_info
    if message is None and info is None and prepared_text is None and text.redacted == query.text:
        return query
    return replace(
        query,
        text=text.redacted,
        prepared_text=None if prepared_text is None else prepared_text.redacted,
        client_info=None if info is None or not personal else redact_message(info),
        error_message=None
        if message is None
        else redact_message(message, sql=query.text, prepared=query.prepared_text or "", literals=redact_literals),
    )


def _without_secrets(query: ExecutedQuery) -> ExecutedQuery:
    """What clients call themselves and their queries, without what is a secret by its looks; the same as a rule."""
    source, tags, trace = query.source, query.client_tags, query.trace_token
    told = (source and _shown(source), tuple(map(_shown, tags)) if tags else tags, trace and _shown(trace))
    if told == (source, tags, trace):
        return query
    source, tags, trace = told
    return replace(query, source=source, client_tags=tags, trace_token=trace)


def _text(sql: str, redact_literals: bool, prepared: str = "") -> Text:
    remember = len(sql) + len(prepared) <= _LONGEST_REMEMBERED_TEXT
    return (_remembered_text if remember else _normalized_text)(sql, redact_literals, prepared)


def _normalized_text(sql: str, redact_literals: bool, prepared: str) -> Text:
    normalized = normalize(sql, literals=redact_literals, prepared=prepared)
    return Text(normalized.redacted, text_id(normalized.redacted), normalized.fingerprint)


_shown = lru_cache(maxsize=_REMEMBERED_TEXTS)(hide_secrets)
_remembered_text = lru_cache(maxsize=_REMEMBERED_TEXTS)(_normalized_text)
