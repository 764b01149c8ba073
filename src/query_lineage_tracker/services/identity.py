"""Deterministic identities: the same text or statement has the same id everywhere, so saving twice is saving once."""

from __future__ import annotations

from hashlib import blake2b
from uuid import UUID


def text_id(redacted: str) -> UUID:
    """Identity of a redacted text."""
    return UUID(bytes=blake2b(redacted.encode("utf-8", "surrogatepass"), digest_size=16, person=b"qlt-text").digest())


def statement_id(namespace: str, fingerprint: str, catalog: str | None, schema: str | None) -> UUID:
    """Identity of a statement: its fingerprint in its session, within the namespace that its names live in."""
    parts = (namespace, fingerprint, *("-" if part is None else "=" + part for part in (catalog, schema)))
    key = "\0".join(parts).encode("utf-8", "surrogatepass")
    return UUID(bytes=blake2b(key, digest_size=16, person=b"qlt-statement").digest())
