from __future__ import annotations

from pathlib import Path

import pytest

from query_lineage_tracker.config import Configuration, load
from query_lineage_tracker.errors import ConfigurationError

BROKERS = {"QLT_KAFKA_BROKERS": "a.example:9092, [::1]:9093"}


def loaded(folder: Path, **environ: str) -> Configuration:
    return load(environ=environ, cwd=folder)


def test_brokers_topics_and_group(tmp_path: Path) -> None:
    configuration = loaded(tmp_path, **BROKERS, QLT_KAFKA_TOPICS="created,completed", QLT_KAFKA_GROUP="mine")
    assert configuration.kafka.brokers == ("a.example:9092", "[::1]:9093")
    assert (configuration.kafka.group, configuration.kafka.security) == ("mine", "plaintext")
    assert configuration.cluster().kafka_topics == ("created", "completed")


@pytest.mark.parametrize("brokers", ["a.example", "a:b", "http://a:9092", "a:9092 b:9092"])
def test_a_broker_is_a_host_with_its_port(tmp_path: Path, brokers: str) -> None:
    with pytest.raises(ConfigurationError, match="host:port"):
        loaded(tmp_path, QLT_KAFKA_BROKERS=brokers)


def test_a_user_implies_sasl_over_tls(tmp_path: Path) -> None:
    kafka = loaded(tmp_path, **BROKERS, QLT_KAFKA_USERNAME="alice", QLT_KAFKA_PASSWORD="hunter2").kafka
    assert (kafka.security, kafka.mechanism) == ("sasl_ssl", "scram-sha-512")


def test_a_certificate_implies_tls(tmp_path: Path) -> None:
    for name in ("crt", "key"):
        (tmp_path / name).touch()
    kafka = loaded(tmp_path, **BROKERS, QLT_KAFKA_CERTIFICATE="crt", QLT_KAFKA_KEY="key").kafka
    assert (kafka.security, kafka.certificate) == ("ssl", tmp_path / "crt")


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"QLT_KAFKA_USERNAME": "alice"}, "QLT_KAFKA_PASSWORD are required"),
        ({"QLT_KAFKA_SECURITY": "sasl_ssl"}, "QLT_KAFKA_USERNAME and QLT_KAFKA_PASSWORD are required"),
        ({"QLT_KAFKA_SECURITY": "ssl", "QLT_KAFKA_USERNAME": "alice"}, "it has to be sasl_ssl"),
        ({"QLT_KAFKA_CERTIFICATE": "."}, "need each other"),
        ({"QLT_KAFKA_VERIFY": "nowhere.pem"}, "there is no file"),
    ],
)
def test_what_does_not_go_together_is_refused(tmp_path: Path, given: dict[str, str], complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        loaded(tmp_path, **BROKERS, **given)


def test_a_topic_belongs_to_one_cluster(tmp_path: Path) -> None:
    (tmp_path / "qlt.toml").write_text(
        "[[cluster]]\nname = 'a'\nkafka_topics = 'x,y'\n[[cluster]]\nname = 'b'\nkafka_topics = 'y'\n"
    )
    with pytest.raises(ConfigurationError, match="topics of its own"):
        loaded(tmp_path)


def test_a_password_over_an_open_line_is_a_warning_and_is_masked_everywhere(tmp_path: Path) -> None:
    configuration = loaded(
        tmp_path,
        **BROKERS,
        QLT_KAFKA_SECURITY="sasl_plaintext",
        QLT_KAFKA_USERNAME="alice",
        QLT_KAFKA_PASSWORD="hunter2",
    )
    assert any("QLT_KAFKA_PASSWORD travels unencrypted" in warning for warning in configuration.warnings)
    assert "hunter2" in configuration.secret_values()
    assert "hunter2" not in repr(configuration.rows)
