"""The examples of docs/reference/analyze.md do what the page says."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
from pathlib import Path

import pytest
from tests.commands import QLT

PAGE = Path(__file__).parents[2] / "docs/reference/analyze.md"
EXAMPLES = re.findall(r"```console\n\$ (.*?)\n(.*?)```", PAGE.read_text(), re.DOTALL)


def test_python_examples() -> None:
    failed, tried = doctest.testfile(str(PAGE), module_relative=False)
    assert (failed, tried > 10) == (0, True)


@pytest.mark.parametrize(("command", "printed"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_commands(tmp_path: Path, command: str, printed: str) -> None:
    path = f"{QLT.parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    shell = ["/bin/sh", "-c", command]
    ended = subprocess.run(shell, check=False, capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert re.sub(r'"[0-9a-f]{32}"', '"..."', ended.stdout) == printed, ended.stderr
