"""Settings of the OpenLineage sink."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from query_lineage_tracker.config.declaring import Section, derived, plain, unset
from query_lineage_tracker.config.kinds import BOOLEAN, PATH, SECRET, URL, VERIFY
from query_lineage_tracker.config.secret import Secret


@dataclass(frozen=True, slots=True)
class OpenLineageSettings(Section):
    """Where run events go, for `OMD_KIND=openlineage`: to an HTTP endpoint or, without one, into a file."""

    section: ClassVar[str] = "openlineage"

    url: str | None = unset(
        "QLT_OPENLINEAGE_URL",
        URL,
        "Where events are posted; an address without a path gets `/api/v1/lineage`.",
        "they go into QLT_OPENLINEAGE_FILE",
    )
    token: Secret | None = unset("QLT_OPENLINEAGE_TOKEN", SECRET, "The API key, sent as `Authorization: Bearer ...`.")
    verify: bool | Path = plain(
        "QLT_OPENLINEAGE_VERIFY", VERIFY, "true", "Verify the endpoint's certificate, or by which CA certificates."
    )
    file: Path = derived(
        "QLT_OPENLINEAGE_FILE",
        PATH,
        Path(".qlt/openlineage.jsonl"),
        "Where events go without an endpoint, one JSON line each.",
        "openlineage.jsonl in QLT_DATA_DIR",
    )
    reads: bool = plain(
        "QLT_OPENLINEAGE_READS", BOOLEAN, "false", "Send events of statements that only read, as jobs without outputs."
    )
