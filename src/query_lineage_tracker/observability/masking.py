"""The last line of defence: nothing that looks like a credential leaves in a log line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable

MASK = "****"
_SHORTEST = 4
_PATTERNS = (
    (re.compile(r"(authorization\\?['\"]?\s*[:=,]\s*\\?['\"]?)(?:[a-z]+ +)?[^\s'\",\\]+", re.IGNORECASE), rf"\1{MASK}"),
    (re.compile(r"\b(bearer)\s+[a-z0-9._~+/=-]{16,}", re.IGNORECASE), rf"\1 {MASK}"),
    (re.compile(r"(://[^\s/:@]*:)[^\s/@]+@"), rf"\1{MASK}@"),
)


def masking(secrets: Iterable[str]) -> Callable[[str], str]:
    """A function that masks the secrets, Authorization values and passwords in addresses within a text.

    Secrets of fewer than four characters are left alone: masking them would make lines unreadable.
    """
    forms = {form for secret in secrets if len(secret) >= _SHORTEST for form in _forms(secret)}
    longest_first = sorted(forms, key=len, reverse=True)
    known = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def mask(text: str) -> str:
        masked = known.sub(MASK, text) if known else text
        for pattern, replacement in _PATTERNS:
            masked = pattern.sub(replacement, masked)
        return masked

    return mask


def _forms(secret: str) -> tuple[str, ...]:
    return secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]
