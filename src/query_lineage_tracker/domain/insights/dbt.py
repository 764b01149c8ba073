"""What a dbt project says of objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Exposure:
    """A consumer that a dbt project declares: a dashboard, a notebook, an application."""

    unique_id: str
    name: str
    type: str | None
    url: str | None
    owner: str | None
    description: str | None


@dataclass(frozen=True, slots=True)
class DbtNode:
    """The model, seed or snapshot that makes an object, and the exposures that depend on it directly."""

    unique_id: str
    resource_type: str
    description: str | None
    owner: str | None
    path: str | None
    exposures: tuple[Exposure, ...]


@dataclass(frozen=True, slots=True)
class DbtAnswer:
    """Nodes by the names of the objects that they make; `problem` says why nothing can be told."""

    nodes: Mapping[str, DbtNode] = field(default_factory=dict)
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class ToldByDbt:
    """What dbt says of one object; no `node` where none, or more than one, makes it."""

    node: DbtNode | None
    problem: str | None
