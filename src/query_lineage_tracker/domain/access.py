"""Who asks, and what they may."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Role(str, Enum):
    """A viewer reads. An operator also changes what waits in the outbox, and always sees texts in full."""

    VIEWER = "viewer"
    OPERATOR = "operator"


class SqlShown(str, Enum):
    """What viewers see of SQL texts and error messages."""

    FULL = "full"
    REDACTED = "redacted"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody who asks, by the name that they proved or that a trusted proxy told."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Me:
    """Who asks, and what they see of SQL."""

    name: str
    role: Role
    sql: SqlShown


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something, and from where: PAGE or COMMAND."""

    name: str
    origin: str
