"""Settings of the Kafka source. The topics stand at each cluster: events carry no name of theirs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from query_lineage_tracker.config.declaring import Section, derived, plain, unset
from query_lineage_tracker.config.kinds import BROKERS, PATH, SECRET, TEXT, VERIFY, choice
from query_lineage_tracker.config.secret import Secret


@dataclass(frozen=True, slots=True)
class KafkaSettings(Section):
    """Where the brokers are, how we log in, and which group of workers we belong to."""

    section: ClassVar[str] = "kafka"

    brokers: tuple[str, ...] = plain("QLT_KAFKA_BROKERS", BROKERS, "", "Some of the brokers, to find the others by.")
    group: str = plain(
        "QLT_KAFKA_GROUP",
        TEXT,
        "query-lineage-tracker",
        "The consumer group; workers of one group share the partitions, and its offsets say how far they are.",
    )
    security: str = derived(
        "QLT_KAFKA_SECURITY",
        choice("plaintext", "ssl", "sasl_plaintext", "sasl_ssl"),
        "plaintext",
        "How brokers are talked to.",
        "sasl_ssl with QLT_KAFKA_USERNAME, ssl with QLT_KAFKA_CERTIFICATE, else plaintext",
    )
    mechanism: str = plain(
        "QLT_KAFKA_MECHANISM",
        choice("plain", "scram-sha-256", "scram-sha-512"),
        "scram-sha-512",
        "How the password is proved.",
    )
    username: str | None = unset("QLT_KAFKA_USERNAME", TEXT, "The user that we log in as.")
    password: Secret | None = unset("QLT_KAFKA_PASSWORD", SECRET, "The password of that user.")
    verify: bool | Path = plain(
        "QLT_KAFKA_VERIFY", VERIFY, "true", "Verify the brokers' certificates, or by which CA certificates."
    )
    certificate: Path | None = unset("QLT_KAFKA_CERTIFICATE", PATH, "Our certificate (PEM), where brokers ask for one.")
    certificate_key: Path | None = unset("QLT_KAFKA_KEY", PATH, "The key of that certificate (PEM).")
