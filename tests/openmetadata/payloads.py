"""What the sink sent to fake servers, kept in a folder for judges of another process."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FOLDER = "QLT_TEST_PAYLOADS"
"""The variable that names the folder; without it nothing is kept."""

_ID = re.compile(r"/[0-9a-f-]{36}(?=/|$)")


@dataclass(frozen=True)
class Payload:
    """The body of a request, and the line of the server that it was sent to."""

    line: str
    route: str
    body: Any

    @property
    def shown(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)


def keep(line: str, sent: Iterable[tuple[str, str, Any]]) -> None:
    """Append what was sent (method, path, parsed body) to a line, if somebody wants it."""
    folder = os.environ.get(FOLDER)
    if not folder:
        return
    payloads = [Payload(line, route_of(method, path), body) for method, path, body in sent if body is not None]
    with (Path(folder) / f"{os.getpid()}.jsonl").open("a") as file:
        file.writelines(payload.shown + "\n" for payload in payloads)


def route_of(method: str, path: str) -> str:
    """A request without its ids, such as `PUT /queries/*/usage`."""
    return f"{method} {_ID.sub('/*', path.partition('?')[0].removeprefix('/api/v1'))}"


def kept_in(folder: Path) -> Iterator[Payload]:
    """Each distinct payload once."""
    lines = {line for path in folder.glob("*.jsonl") for line in path.read_text().splitlines()}
    return (Payload(**json.loads(line)) for line in sorted(lines))
