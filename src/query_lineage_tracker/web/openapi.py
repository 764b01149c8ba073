"""The description of the API, docs/reference/openapi.json; `python -m query_lineage_tracker.web.openapi` prints it."""

from __future__ import annotations

import json
import sys

from query_lineage_tracker.web.app import api


def description() -> str:
    """The OpenAPI document, the same for the same code."""
    return json.dumps(api().openapi(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(description())
