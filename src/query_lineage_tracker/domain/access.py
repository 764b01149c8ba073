"""Who asks, and what they may."""

from __future__ import annotations

from dataclasses import dataclass, field
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
    """Somebody who asks, by the name that they proved or that another told.

    `session`: they logged in on the page. `shared`: several have the same proof, so the name is their own word.
    """

    name: str
    role: Role
    session: bool = False
    shared: bool = False


@dataclass(frozen=True, slots=True)
class LoginAttempt:
    """What a login is known again by: `state` by us, `nonce` in the token, `verifier` by the provider (PKCE)."""

    state: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Me:
    """Who asks, and what they see of SQL; `session` tells whether they logged in here and can log out."""

    name: str
    role: Role
    sql: SqlShown
    session: bool


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something, and from where: PAGE or COMMAND."""

    name: str
    origin: str
