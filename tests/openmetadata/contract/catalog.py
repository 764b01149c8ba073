"""Asking a server of OpenMetadata what the product never asks: to create, to delete, and to show what stands there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import httpx

from query_lineage_tracker.adapters.openmetadata.api import Line, line_of
from tests.openmetadata.fake_server import BY_A_TEST


@dataclass(frozen=True)
class Told:
    """An answer: status, type and parsed body, text where it is no JSON."""

    status: int
    body: Any
    content_type: str = "application/json"


class Catalog:
    """One server and one token.

    `searches`: whether its search engine answers. Without it, PUT /lineage does what it is asked to and answers 500.
    """

    searches = True

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/").removesuffix("/v1").removesuffix("/api")
        self.token = token
        headers = {"Authorization": f"Bearer {token}", BY_A_TEST: "1"}
        verify = self.url.startswith("https:")
        self._client = httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, verify=verify, timeout=60)

    def close(self) -> None:
        self._client.close()

    def version(self) -> str:
        return str(self.ask("GET", "/system/version").body["version"])

    @property
    def line(self) -> Line:
        return line_of(self.version())

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Told:
        """The answer, whatever it is."""
        told = self._client.request(method, path, json=body, headers=headers)
        return _told(told)

    def ask_raw(self, method: str, path: str, content: bytes, content_type: str) -> Told:
        return _told(self._client.request(method, path, content=content, headers={"Content-Type": content_type}))

    def put_edge(self, body: Any) -> Told:
        """The answer, as one gets it where the search engine answers."""
        told = self.ask("PUT", "/lineage", body)
        return told if self.searches or told.status != 500 else replace(told, status=200, body=None)

    def done(self, method: str, path: str, body: Any = None) -> Any:
        """The body of an answer that has to be a good one."""
        told = self.put_edge(body) if (method, path) == ("PUT", "/lineage") else self.ask(method, path, body)
        assert told.status < 300, f"{method} {path}: {told}"
        return told.body

    def found(self, path: str) -> Any:
        """The body, or None where there is nothing."""
        told = self.ask("GET", path)
        assert told.status in (200, 404), f"GET {path}: {told}"
        return told.body if told.status == 200 else None


def _told(answer: httpx.Response) -> Told:
    content_type = answer.headers.get("content-type", "")
    try:
        body = answer.json() if answer.content else None
    except ValueError:
        body = answer.text
    return Told(answer.status_code, body, content_type)


def segment(name: str) -> str:
    return quote(name, safe="")
