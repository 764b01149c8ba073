"""A release without the page is no release: the build of a wheel or source archive makes it first, or fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PageBuildHook(BuildHookInterface):
    """Runs page/build.py for everything but an editable install, which takes the page that is there."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Raises SystemExit when there is no page afterwards."""
        if version == "editable":
            return
        script = Path(self.root) / "page/build.py"
        if subprocess.run([sys.executable, str(script)], check=False).returncode != 0:
            sys.exit("The page could not be built, and nothing is released without it; see above.")
