"""Settings of the receiver of events and of its journal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from query_lineage_tracker.config.declaring import Section, derived, plain, unset
from query_lineage_tracker.config.kinds import BOOLEAN, HOST, PATH, PORT, SIZE, duration


@dataclass(frozen=True, slots=True)
class ReceiverSettings(Section):
    """Where events are received, and where they wait for PostgreSQL. Sizes are bytes."""

    section: ClassVar[str] = "receiver"

    host: str = plain("QLT_RECEIVER_HOST", HOST, "127.0.0.1", "The address that the receiver of events listens on.")
    port: int = plain("QLT_RECEIVER_PORT", PORT, "8980", "The port that it listens on.")
    certificate: Path | None = unset(
        "QLT_RECEIVER_CERTIFICATE", PATH, "The receiver's certificate (PEM, with its chain).", "plain HTTP"
    )
    certificate_key: Path | None = unset("QLT_RECEIVER_KEY", PATH, "The key of that certificate (PEM).")
    insecure: bool = plain(
        "QLT_RECEIVER_INSECURE",
        BOOLEAN,
        "false",
        "Take events from anybody for clusters without QLT_EVENT_TOKEN.",
    )
    max_body_bytes: int = plain("QLT_RECEIVER_MAX_BODY", SIZE, "64MiB", "The largest event, unpacked.")
    memory_bytes: int = plain(
        "QLT_RECEIVER_MEMORY", SIZE, "256MiB", "Most bytes of bodies in flight; beyond them senders are put off (503)."
    )
    body_timeout: timedelta = plain(
        "QLT_RECEIVER_TIMEOUT", duration("1s", "10m"), "60s", "How long a sender may take for one body."
    )
    journal_dir: Path = derived(
        "QLT_JOURNAL_DIR",
        PATH,
        Path(".qlt/journal"),
        "Where received events wait until they are in PostgreSQL; on a disk that outlives the process.",
        "journal in QLT_DATA_DIR",
    )
    journal_max_bytes: int = plain(
        "QLT_JOURNAL_MAX_BYTES", SIZE, "10GB", "The largest journal; a full one puts senders off (503)."
    )
