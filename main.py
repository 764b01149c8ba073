"""`python main.py` is `qlt run`."""

from __future__ import annotations

import sys

from query_lineage_tracker.cli.main import main

if __name__ == "__main__":
    sys.exit(main(["run", *sys.argv[1:]]))
