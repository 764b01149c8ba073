"""Settings that only OpenMetadata needs; where it is and how we log in stands with every other catalog's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from query_lineage_tracker.config.declaring import Section, plain, unset
from query_lineage_tracker.config.kinds import BOOLEAN, SERVICES, TEXT, WORDS, Kind, choice, whole


def _users(text: str) -> tuple[tuple[str, str], ...]:
    words = [word.partition("=") for word in WORDS.parse(text)]
    rules = tuple((pattern.strip(), user.strip()) for pattern, _, user in words)
    separated = all(separator for _, separator, _ in words)
    if not separated or any(not pattern or ("*" in user and "*" not in pattern) for pattern, user in rules):
        raise ValueError(text)
    return rules


def _page_url(text: str) -> str:
    parts = urlsplit(TEXT.parse(text))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None or " " in text:
        raise ValueError(text)
    return text


PAGE_URL = Kind(
    "an http:// or https:// address without user, such as https://qlt.example/object?name={object}", _page_url
)
USERS = Kind("pattern=user pairs separated by commas (a pattern with * and ?; user may be empty)", _users)


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
    users: tuple[tuple[str, str], ...] = plain(
        "OMD_USERS",
        USERS,
        "",
        "What Trino's users are called, such as *@corp.example=*,svc_*= (* is what the pattern's first * matched, none "
        "means no user); the first match counts, else as in Trino.",
    )
    page_url: str | None = unset(
        "QLT_PAGE_URL",
        PAGE_URL,
        "Where edges' descriptions lead to; {object} in it is replaced by the downstream catalog.schema.name.",
        "no link",
    )
    remove_ended: bool = plain(
        "OMD_REMOVE_ENDED",
        BOOLEAN,
        "false",
        "Remove edges whose downstream object was dropped or made anew from something else, as far as they are ours.",
    )
    columns: bool = plain(
        "QLT_OMD_COLUMNS",
        BOOLEAN,
        "false",
        "Ask OpenMetadata for the columns of objects that statements need and that neither statements nor Trino told.",
    )
    stale_days: int = plain(
        "QLT_OMD_STALE_DAYS",
        whole(1, 36_500),
        "90",
        "After so many days unseen, an edge that data flowed over is stale.",
    )
    remove_stale: bool = plain("OMD_REMOVE_STALE", BOOLEAN, "false", "Remove stale edges, as far as they are ours.")
