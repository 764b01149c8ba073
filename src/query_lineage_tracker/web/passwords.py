"""Passwords as a file may hold them: scrypt with a salt of its own each."""

from __future__ import annotations

import hashlib
import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass

_N, _R, _P = 2**15, 8, 1
_MOST_MEMORY = 2**27
_SALT_BYTES = 16
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class PasswordHash:
    """A hash with the cost that it was made at: scrypt's n, r and p."""

    cost: tuple[int, int, int]
    salt: bytes
    key: bytes

    def __str__(self) -> str:
        parts = ["scrypt", *map(str, self.cost), *(b64encode(part).decode() for part in (self.salt, self.key))]
        return "$".join(parts)


def hash_of(password: str) -> PasswordHash:
    """A new hash; each has another salt."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return PasswordHash((_N, _R, _P), salt, _scrypt(password, (_N, _R, _P), salt))


def read_hash(text: str) -> PasswordHash:
    """The hash in a text, `scrypt$n$r$p$salt$key`; raises ValueError for any other text, and for an absurd cost."""
    name, *numbers = text.split("$")[:4]
    salt, key = (b64decode(part, validate=True) for part in text.split("$")[4:])
    n, r, p = map(int, numbers)
    sound = n > 1 and n & (n - 1) == 0 and 0 < r <= 32 and 0 < p <= 16 and 128 * n * r * p <= _MOST_MEMORY // 2
    if name != "scrypt" or not sound or len(salt) < 8 or len(key) != _KEY_BYTES:
        raise ValueError(name)
    return PasswordHash((n, r, p), salt, key)


def matches(password: str, expected: PasswordHash) -> bool:
    """Whether it is the password; takes a tenth of a second on purpose."""
    return secrets.compare_digest(_scrypt(password, expected.cost, expected.salt), expected.key)


def _scrypt(password: str, cost: tuple[int, int, int], salt: bytes) -> bytes:
    n, r, p = cost
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MOST_MEMORY, dklen=_KEY_BYTES)
