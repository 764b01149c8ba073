from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_lineage_tracker.config import Secret, SessionDefault
from query_lineage_tracker.config.declaring import Setting, settings_of
from query_lineage_tracker.config.kinds import (
    HOST,
    PATH,
    RATE,
    ROLES,
    SESSION_DEFAULTS,
    SIZE,
    URL,
    VERIFY,
    Kind,
    duration,
)
from query_lineage_tracker.config.reference import reference
from query_lineage_tracker.config.secret import dsn_passwords, masked_dsn
from query_lineage_tracker.config.settings import SECTIONS, SETTINGS


@pytest.mark.parametrize(
    ("text", "seconds"), [("30", 30), ("30s", 30), ("1.5m", 90), ("2h", 7200), ("1d", 86400), ("250ms", 0.25)]
)
def test_durations_have_units_and_bare_numbers_are_seconds(text: str, seconds: float) -> None:
    assert duration("0s", "7d").parse(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "-1s", "1w", "8d", "s", "1 2", "nan", "inf", "9" * 400 + "d", "\u0661s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        duration("0s", "7d").parse(text)


def test_sizes_are_decimal_or_binary_by_their_unit() -> None:
    assert [SIZE.parse(text) for text in ("32MB", "1 KiB", "7", "1.5kb")] == [32_000_000, 1024, 7, 1500]


def test_rates_are_per_second() -> None:
    assert [RATE.parse("5/s"), RATE.parse("0.5")] == [5.0, 0.5]


@pytest.mark.parametrize("text", ["https://h", "h:1", "h/x", "a b", "", "-h", "[::1", "u@h"])
def test_a_host_is_a_host_alone(text: str) -> None:
    with pytest.raises(ValueError):
        HOST.parse(text)


@pytest.mark.parametrize(
    "text", ["ftp://h", "https://", "https://u:p@h", "https://h?x=1", "https://h:x", "h:80", "http://["]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        URL.parse(text)


def test_roles_are_pairs() -> None:
    assert ROLES.parse("system=auditor, hive=reader") == (("system", "auditor"), ("hive", "reader"))
    with pytest.raises(ValueError):
        ROLES.parse("auditor")


def test_session_defaults_split_at_the_first_slash_and_the_last_equals_sign() -> None:
    assert SESSION_DEFAULTS.parse("a*/airflow/dag=x=hive.etl, */*=tpch") == (
        SessionDefault("a*", "airflow/dag=x", "hive", "etl"),
        SessionDefault("*", "*", "tpch", None),
    )
    for wrong in ("a=hive", "a/b=", "/b=hive", "a/=hive", "a/b"):
        with pytest.raises(ValueError):
            SESSION_DEFAULTS.parse(wrong)


@given(st.sampled_from(sorted(SETTINGS)), st.text())
def test_any_text_is_understood_or_refused_and_nothing_else(name: str, text: str) -> None:
    setting: Setting = SETTINGS[name]
    try:
        setting.kind.parse(text)
    except ValueError:
        return


@pytest.mark.parametrize("kind", [PATH, VERIFY])
def test_the_home_of_nobody_is_no_path(kind: Kind[Any]) -> None:
    with pytest.raises(ValueError):
        kind.parse("~nobody-of-this-name/file")


def test_every_default_is_valid_and_every_setting_is_declared_once() -> None:
    declared = [setting for section in SECTIONS for _, setting in settings_of(section)]
    assert len({setting.name for setting in declared}) == len(declared) == len(SETTINGS)
    for setting in declared:
        assert not setting.default or setting.kind.parse(setting.default) is not None


def test_the_reference_page_is_up_to_date() -> None:
    page = Path(__file__).parents[2] / "docs/reference/configuration.md"
    assert page.read_text() == reference(), "run: make docs"


def test_a_secret_shows_only_its_mask() -> None:
    secret = Secret("hush")
    assert {str(secret), f"{secret}", f"{secret:>4}"} == {"****"} and repr(secret) == "Secret('****')"
    assert secret.reveal() == "hush" and secret == Secret("hush") and secret != "hush"
    assert len({secret, Secret("hush")}) == 1 and not Secret("")


@pytest.mark.parametrize(
    ("dsn", "shown"),
    [
        ("postgresql://u:pw@h:1,i:2/d?sslmode=require&password=pw", "postgresql://u:****@h:1,i:2/d"),
        ("postgresql://h/d", "postgresql://h/d"),
        ("postgres://u:p/w@h/d", "****"),
        ("host=h password='p w' dbname = d sslpassword=pw", "host=h dbname=d"),
        ("password=pw", "****"),
        ("postgresql://[pw", "****"),
    ],
)
def test_a_connection_string_is_shown_by_its_harmless_parts(dsn: str, shown: str) -> None:
    assert masked_dsn(dsn) == shown


def test_passwords_are_found_in_both_forms_of_a_connection_string() -> None:
    assert dsn_passwords("postgresql://u:p%40w@h/d?password=other") == ("p%40w", "p@w", "other")
    assert dsn_passwords("host=h password='it\\'s'") == ("it's",)
    assert dsn_passwords("postgresql://h/d") == ()
