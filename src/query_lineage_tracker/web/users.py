"""The file of users: `name:role:hash` a line, as `qlt page user` prints them; `#` begins a comment."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from query_lineage_tracker.domain.access import Identity, Role
from query_lineage_tracker.errors import ConfigurationError
from query_lineage_tracker.web.passwords import PasswordHash, hash_of, matches, read_hash

_MOST_PROVEN = 1000
_AT_ONCE = 2
"""Each check takes 32 MiB for a tenth of a second."""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may log in."""

    identity: Identity
    password: PasswordHash


def read_users(path: Path) -> dict[str, User]:
    """The users of the file by their names. Raises ConfigurationError that names the line, never what it holds."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else "it is no UTF-8 text"
        raise ConfigurationError(f"QLT_PAGE_USERS_FILE: {path} cannot be read: {why}") from problem
    users: dict[str, User] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            name, role, password = line.strip().split(":")
            user = User(Identity(name, Role(role)), read_hash(password))
        except ValueError as problem:
            raise ConfigurationError(
                f"QLT_PAGE_USERS_FILE: line {number} of {path} is not name:role:hash",
                hint="`qlt page user NAME --role viewer` prints such a line.",
            ) from problem
        if not name or name in users:
            raise ConfigurationError(f"QLT_PAGE_USERS_FILE: line {number} of {path} names nobody, or somebody twice")
        users[name] = user
    return users


class Users:
    """The users of a file, which is read again when it has changed. Raises ConfigurationError for a bad file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._version: tuple[int, int] | None = None
        self._users: dict[str, User] = {}
        self._nobody = User(Identity("", Role.VIEWER), hash_of(secrets.token_urlsafe()))
        self._proven: OrderedDict[bytes, Identity] = OrderedDict()
        self._key = secrets.token_bytes(32)
        self._checks = asyncio.Semaphore(_AT_ONCE)
        self._read()

    def proven(self, name: str, password: str) -> Identity | None:
        """Who it is, if they logged in before: browsers send the password with every request."""
        self._read()
        return self._proven.get(self._digest(name, password))

    def known(self, name: str) -> bool:
        """Whether there is such a user."""
        return name in self._users

    async def log_in(self, name: str, password: str) -> Identity | None:
        """Who it is; None for a wrong password and, after the same time, for an unknown name."""
        version, user = self._version, self._users.get(name, self._nobody)
        async with self._checks:
            right = await asyncio.to_thread(matches, password, user.password)
        if not right or user is self._nobody or version != self._version:
            return None
        self._proven[self._digest(name, password)] = user.identity
        if len(self._proven) > _MOST_PROVEN:
            self._proven.popitem(last=False)
        return user.identity

    def _read(self) -> None:
        try:
            told = self._path.stat()
            version = (told.st_mtime_ns, told.st_size)
        except OSError:
            version = None
        if version is None or version != self._version:
            self._users, self._version = {}, None
            self._proven.clear()
            self._users = read_users(self._path)
            self._version = version

    def _digest(self, name: str, password: str) -> bytes:
        return hmac.digest(self._key, f"{name}\0{password}".encode(), "sha256")
