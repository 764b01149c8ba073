"""A client of Trino's statement protocol that can do what drivers do not: stop asking in the middle."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import TracebackType
from typing import Any
from urllib.parse import quote, unquote

import httpx

from tests.trino.workload import Script, Sent

_ABANDONED = "ABANDONED_QUERY"
_RUNS_BY_ITSELF = "/v1/statement/executing/"


@dataclass
class RawSession:
    """A session of a user; `catalog`, `schema`, `prepared` and `transaction` follow what the server answers."""

    address: str
    user: str
    source: str
    catalog: str | None = None
    schema: str | None = None
    tags: tuple[str, ...] = ()
    more: dict[str, str] = field(default_factory=dict)
    prepared: dict[str, str] = field(default_factory=dict)
    transaction: str = ""

    def __post_init__(self) -> None:
        self._client = httpx.Client(base_url=self.address, timeout=60)

    def send(self, text: str, *, expected: str | None = None, abandon: bool = False) -> Sent:
        """Send a statement and ask until it has ended; with `abandon` ask no more once it runs without being asked."""
        catalog, schema = self.catalog, self.schema
        verb = text.upper().split()[:1]
        if verb == ["START"]:
            self.transaction = "NONE"
        answer = self._told(self._client.post("/v1/statement", content=text.encode(), headers=self._headers()))
        # Whoever asks once while it executes may take the result of a fast write with that: then nothing is abandoned.
        while "nextUri" in answer and not (abandon and _RUNS_BY_ITSELF in answer["nextUri"]):
            answer = self._told(self._client.get(answer["nextUri"], headers=self._headers()))
        error = answer.get("error", {}).get("errorName", _ABANDONED if "nextUri" in answer else None)
        return Sent(answer["id"], self.user, catalog, schema, text, expected, error)

    def _told(self, response: httpx.Response) -> dict[str, Any]:
        headers = response.raise_for_status().headers
        self.catalog = headers.get("X-Trino-Set-Catalog", self.catalog)
        self.schema = headers.get("X-Trino-Set-Schema", self.schema)
        self.transaction = headers.get("X-Trino-Started-Transaction-Id", self.transaction)
        if "X-Trino-Clear-Transaction-Id" in headers:
            self.transaction = ""
        if "X-Trino-Added-Prepare" in headers:
            name, _, text = headers["X-Trino-Added-Prepare"].partition("=")
            self.prepared[unquote(name)] = unquote(text.replace("+", " "))
        answer: dict[str, Any] = response.json()
        return answer

    def _headers(self) -> dict[str, str]:
        told = {
            "X-Trino-User": self.user,
            "X-Trino-Source": self.source,
            "X-Trino-Catalog": self.catalog,
            "X-Trino-Schema": self.schema,
            "X-Trino-Time-Zone": "UTC",
            "X-Trino-Client-Tags": ",".join(self.tags),
            "X-Trino-Transaction-Id": self.transaction,
            "X-Trino-Prepared-Statement": ",".join(
                f"{quote(name)}={quote(text)}" for name, text in self.prepared.items()
            ),
            **self.more,
        }
        return {name: value for name, value in told.items() if value}

    def __enter__(self) -> RawSession:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()


def run_raw(address: str, script: Script) -> list[Sent]:
    """Run a script once, in one session."""
    with RawSession(address, script.user, script.source, script.catalog, script.schema, script.tags) as session:
        return [session.send(one.text, expected=one.error, abandon=one.ends == "abandon") for one in script.statements]
