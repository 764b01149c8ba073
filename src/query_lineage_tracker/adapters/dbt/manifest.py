"""dbt's manifest.json: what makes an object, who owns it, and which exposures depend on it."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog

from query_lineage_tracker.domain.insights.dbt import DbtAnswer, DbtNode, Exposure
from query_lineage_tracker.errors import UsageError
from query_lineage_tracker.services.insights.naming import parts_of

log = structlog.get_logger()

_MAKING = ("model", "seed", "snapshot")
_LARGEST = 500_000_000
_Key = tuple[str, ...]
_Version = tuple[int, int] | None


class Manifest:
    """`ports.insights.DbtReads` over a file, which is read again when it has changed.

    `namespace` is the only one that it tells of; any if None.
    """

    def __init__(self, path: Path, namespace: str | None = None) -> None:
        self._path, self._namespace = path, namespace
        self._lock = asyncio.Lock()
        self._version: _Version = (-1, -1)
        self._nodes: Mapping[_Key, DbtNode] = {}
        self._problem: str | None = None

    async def nodes(self, namespace: str, objects: Sequence[str]) -> DbtAnswer:
        """What makes the objects of these names. A file that cannot be understood is a problem in words."""
        if self._namespace is not None and namespace != self._namespace:
            return DbtAnswer()
        async with self._lock:
            await asyncio.to_thread(self._refresh)
        named = ((name, self._nodes.get(_key_of(name))) for name in objects)
        return DbtAnswer({name: node for name, node in named if node is not None}, self._problem)

    def _refresh(self) -> None:
        version = _version_of(self._path)
        if version == self._version:
            return
        self._version = version
        try:
            self._nodes, self._problem = read_manifest(self._path), None
        except UsageError as problem:
            self._nodes, self._problem = {}, str(problem)
            log.warning("dbt.manifest_unreadable", problem=self._problem)


def read_manifest(path: Path) -> Mapping[_Key, DbtNode]:
    """What makes each relation (database, schema, alias in lower case); those that several make are left out.

    Raises UsageError that says what is wrong with the file.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"QLT_DBT_MANIFEST: {path} has more than {_LARGEST} bytes")
        content = json.loads(path.read_bytes())
        makers: defaultdict[_Key, list[DbtNode]] = defaultdict(list)
        for unique_id, key in _keys(content):
            makers[key].append(_node(content, unique_id))
    except OSError as problem:
        raise UsageError(f"QLT_DBT_MANIFEST: {path} cannot be read: {problem.strerror}") from problem
    except (ValueError, RecursionError) as problem:
        raise UsageError(f"QLT_DBT_MANIFEST: {path} is no JSON") from problem
    except (AttributeError, KeyError, TypeError) as problem:
        raise UsageError(f"QLT_DBT_MANIFEST: {path} is no manifest of dbt") from problem
    return {key: nodes[0] for key, nodes in makers.items() if len(nodes) == 1}


def _keys(content: Mapping[str, Any]) -> Iterator[tuple[str, _Key]]:
    """Nodes that make a relation."""
    for unique_id, node in content["nodes"].items():
        ephemeral = (node.get("config") or {}).get("materialized") == "ephemeral"
        parts = (node.get("database"), node.get("schema"), node.get("alias") or node.get("name"))
        if node["resource_type"] in _MAKING and not ephemeral and all(parts):
            yield unique_id, tuple(str(part).lower() for part in parts)


def _node(content: Mapping[str, Any], unique_id: str) -> DbtNode:
    node = content["nodes"][unique_id]
    exposures = content.get("exposures") or {}
    depending = (
        _exposure(key, one)
        for key, one in exposures.items()
        if unique_id in ((one.get("depends_on") or {}).get("nodes") or ())
    )
    return DbtNode(
        unique_id=unique_id,
        resource_type=node["resource_type"],
        description=_text(node.get("description")),
        owner=_owner_of(content, node),
        path=_text(node.get("original_file_path")),
        exposures=tuple(sorted(depending, key=lambda one: one.unique_id)),
    )


def _exposure(unique_id: str, told: Mapping[str, Any]) -> Exposure:
    url = _text(told.get("url"))
    return Exposure(
        unique_id=unique_id,
        name=_text(told.get("label")) or _text(told.get("name")) or unique_id,
        type=_text(told.get("type")),
        # It becomes a link: nothing that could run as a script.
        url=url if url and url.lower().startswith(("https://", "http://")) else None,
        owner=_person(told.get("owner")),
        description=_text(told.get("description")),
    )


def _owner_of(content: Mapping[str, Any], node: Mapping[str, Any]) -> str | None:
    """As its meta says, else who owns its group."""
    for meta in ((node.get("config") or {}).get("meta"), node.get("meta")):
        if isinstance(meta, dict) and _person(meta.get("owner")):
            return _person(meta["owner"])
    groups = (content.get("groups") or {}).values()
    named = (group.get("owner") for group in groups if group.get("name") == node.get("group"))
    return _person(next(named, None)) if node.get("group") else None


def _person(told: object) -> str | None:
    if isinstance(told, dict):
        return _text(told.get("name")) or _text(told.get("email"))
    return _text(told)


def _text(told: object) -> str | None:
    return told if isinstance(told, str) and told else None


def _key_of(name: str) -> _Key:
    try:
        return tuple(parts_of(name))
    except UsageError:
        return ()


def _version_of(path: Path) -> _Version:
    try:
        told = path.stat()
    except OSError:
        return None
    return told.st_mtime_ns, told.st_size
