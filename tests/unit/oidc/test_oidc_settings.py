"""Settings of logging in, and what they require of each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from query_lineage_tracker.bootstrap import identity_provider
from query_lineage_tracker.config import Configuration, describe, load
from query_lineage_tracker.errors import ConfigurationError

WORKS = {"QLT_PAGE_OIDC_ISSUER": "https://id.example/realm/", "QLT_PAGE_OIDC_CLIENT_ID": "qlt"}
WIDE = {"QLT_PAGE_ADDRESS": "0.0.0.0:8090"}
OPEN = {**WORKS, **WIDE, "QLT_PAGE_OIDC_ORIGIN": "https://qlt.example/"}


def loaded(folder: Path, environ: dict[str, str]) -> Configuration:
    return load(flags={}, environ=environ, cwd=folder)


def test_on_this_machine_the_address_is_what_people_open(tmp_path: Path) -> None:
    oidc = loaded(tmp_path, WORKS).oidc
    assert (oidc.issuer, oidc.origin) == ("https://id.example/realm/", "http://127.0.0.1:8090")


def test_a_login_is_enough_for_an_address_that_others_reach(tmp_path: Path) -> None:
    configuration = loaded(tmp_path, OPEN)
    assert configuration.oidc.origin == "https://qlt.example"
    assert identity_provider(configuration) is not None
    assert identity_provider(loaded(tmp_path, {})) is None


def test_the_secret_is_shown_nowhere(tmp_path: Path) -> None:
    configuration = loaded(tmp_path, {**OPEN, "QLT_PAGE_OIDC_CLIENT_SECRET": "s3cret-of-the-page"})
    assert "s3cret" not in str(describe(configuration)) + repr(configuration)
    assert "s3cret-of-the-page" in configuration.secret_values()


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"QLT_PAGE_OIDC_ISSUER": "https://id.example"}, "need each other"),
        ({"QLT_PAGE_OIDC_CLIENT_ID": "qlt"}, "need each other"),
        ({**WORKS, **WIDE}, "QLT_PAGE_OIDC_ORIGIN is required with QLT_PAGE_ADDRESS=0.0.0.0:8090"),
        ({**WORKS, "QLT_PAGE_OIDC_ISSUER": "http://id.example"}, "https:// address"),
        ({**WORKS, "QLT_PAGE_OIDC_ISSUER": "https://id.example/?a=b"}, "https:// address"),
        ({**WORKS, "QLT_PAGE_OIDC_ISSUER": "https://alice:x@id.example"}, "https:// address"),
        ({**OPEN, "QLT_PAGE_OIDC_ORIGIN": "http://qlt.example"}, "https:// address"),
        ({**OPEN, "QLT_PAGE_OIDC_ORIGIN": "https://qlt.example/tools?a=b"}, "https:// address"),
        (
            {**WORKS, "QLT_PAGE_PROXY_HEADER": "X-User", "QLT_PAGE_PROXY_ADDRESSES": "10.0.0.1"},
            "QLT_PAGE_OIDC_ISSUER and QLT_PAGE_PROXY_HEADER exclude each other",
        ),
        ({**WORKS, "QLT_PAGE_OIDC_ROLE_CLAIM": "groups"}, "QLT_PAGE_OIDC_ROLE_CLAIM needs"),
        ({**WORKS, "QLT_PAGE_OIDC_OPERATORS": "data-ops"}, "QLT_PAGE_OIDC_ROLE_CLAIM needs"),
        ({**WORKS, "QLT_PAGE_OIDC_CA_BUNDLE": "nowhere.pem"}, "QLT_PAGE_OIDC_CA_BUNDLE: there is no file"),
        (WIDE, "QLT_PAGE_OIDC_ISSUER or QLT_PAGE_PROXY_HEADER is required"),
    ],
)
def test_what_cannot_work_is_refused_at_the_start(tmp_path: Path, settings: dict[str, str], complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint) as told:
        loaded(tmp_path, settings)
    assert told.value.exit_code == 2


def test_a_missing_library_is_told_with_what_installs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("query_lineage_tracker.bootstrap.page.find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match="QLT_PAGE_OIDC_ISSUER") as told:
        identity_provider(loaded(tmp_path, WORKS))
    assert "query-lineage-tracker[oidc]" in told.value.hint
