"""The claim of a tool as JSON, for events whose comments are redacted."""

from __future__ import annotations

from query_lineage_tracker.events.facts import Facts, text
from query_lineage_tracker.lineage.attribution import Attribution

_FIELDS = ("version", "job", "model", "dashboard", "url", "user")


def read_claim(value: object) -> Attribution | None:
    """The claim in the JSON that `lineage.attribution.claim_json` makes; None for anything else."""
    tool = text(value, "tool") if isinstance(value, dict) else None
    if tool is None or not isinstance(value, dict):
        return None
    return Attribution(tool, **{field: text(value, field) for field in _FIELDS}, details=_details(value))


def _details(claim: Facts) -> tuple[tuple[str, str], ...]:
    details = claim.get("details")
    if not isinstance(details, dict):
        return ()
    return tuple([(key, told) for key in details if (told := text(details, key)) is not None])
