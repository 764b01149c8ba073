"""Settings that only OpenMetadata needs; where it is and how we log in stands with every other catalog's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from query_lineage_tracker.config.declaring import Section, plain
from query_lineage_tracker.config.kinds import SERVICES, choice


@dataclass(frozen=True, slots=True)
class OpenMetadataSettings(Section):
    """What Trino's names are called in OpenMetadata."""

    section: ClassVar[str] = "openmetadata"

    services: tuple[tuple[str, str], ...] = plain(
        "OMD_SERVICES",
        SERVICES,
        "",
        "Database services of catalogs, such as hive_*=trino_hive,pg=trino_pg; the first match counts.",
    )
    name_case: str = plain(
        "OMD_NAME_CASE",
        choice("exact", "ignore"),
        "exact",
        "ignore: look for a table that is not found under Trino's lower case in whatever case, if only one fits.",
    )
