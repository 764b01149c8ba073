"""`qlt config show` as people run it: a process, its output, its exit code."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

QLT = Path(sys.executable).with_name("qlt")
OURS = ("APP_ENV", "BATCH_SIZE", "LINEAGE_", "OMD_", "PG", "POLL_", "POSTGRES_", "QLT_", "TRINO_")


def qlt(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return subprocess.run(
        [QLT, *arguments],
        cwd=folder,
        env={**clean, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_text("hunter2hunter2\n")
    (tmp_path / ".env.dev").write_text("TRINO_HOST=trino.example.com\nTRINO_PASSWORD_FILE=secret\n")
    (tmp_path / "qlt.toml").write_text("[ingest]\nbatch_size = 100\n")
    return tmp_path


def test_every_setting_is_printed_with_its_origin_and_secrets_masked(folder: Path) -> None:
    result = qlt(folder, "config", "show", "--origin", "--output", "json", POLL_INTERVAL="5s")
    assert (result.returncode, result.stderr) == (0, "")
    document = json.loads(result.stdout)
    rows = {row["name"]: (row["value"], row["origin"]) for row in document["rows"]}
    assert document["schema_version"] == 1
    assert rows["TRINO_HOST"] == ("trino.example.com", "file .env.dev:1")
    assert rows["TRINO_PASSWORD"] == ("****", "secret file TRINO_PASSWORD_FILE, file .env.dev:2")
    assert rows["BATCH_SIZE"] == ("100", "qlt.toml [ingest].batch_size")
    assert rows["POLL_INTERVAL"] == ("5s", "environment")
    assert rows["QLT_PG_SCHEMA"] == ("omd", "default")
    assert "hunter2" not in result.stdout


@pytest.mark.parametrize("output", ["table", "jsonl", "csv"])
def test_other_forms_hold_the_same_settings(folder: Path, output: str) -> None:
    result = qlt(folder, "config", "show", "-o", output)
    assert result.returncode == 0 and "hunter2" not in result.stdout
    lines = result.stdout.splitlines()
    if output == "csv":
        assert next(csv.DictReader(io.StringIO(result.stdout))) == {"name": "APP_ENV", "value": "dev"}
    elif output == "jsonl":
        assert json.loads(lines[0]) == {"name": "APP_ENV", "value": "dev"}
    else:
        assert lines[0].split() == ["name", "value"] and lines[1].split() == ["APP_ENV", "dev"]


def test_wrong_settings_end_with_code_2_and_are_all_named_on_standard_error(folder: Path) -> None:
    (folder / ".env.prod").write_text("TRINO_PORT=eighty\nTRINO_HOTS=x\nOMD_TOKEN='hush\x01'\n")
    result = qlt(folder, "config", "show", "--env", "prod")
    assert (result.returncode, result.stdout) == (2, "")
    for told in (
        "TRINO_PORT (file .env.prod:1): 'eighty' is not a whole number from 1 to 65535",
        "TRINO_HOTS (file .env.prod:2) is not a setting; did you mean TRINO_HOST?",
        "OMD_TOKEN (file .env.prod:3): a text of 5 characters is not",
        "POSTGRES_DSN",
        "OMD_URL is required",
    ):
        assert told in result.stderr
    assert "hush" not in result.stderr and "Traceback" not in result.stderr


def test_an_unknown_environment_is_refused(folder: Path) -> None:
    result = qlt(folder, "config", "show", "--env", "staging")
    assert result.returncode == 2
    assert "APP_ENV (flag --env): 'staging' is not one of dev, prod" in result.stderr


def test_a_misspelt_variable_is_a_warning_on_standard_error(folder: Path) -> None:
    result = qlt(folder, "config", "show", "-o", "json", POLL_INTERVALL="5s")
    assert result.returncode == 0 and json.loads(result.stdout)["rows"]
    assert result.stderr == "warning: POLL_INTERVALL (environment) is not a setting; did you mean POLL_INTERVAL?\n"


def test_help_says_where_to_look(folder: Path) -> None:
    result = qlt(folder, "config", "show", "--help")
    assert result.returncode == 0 and "--origin" in result.stdout and "--output" in result.stdout
