"""Signatures of one's own tools, from a TOML file."""

from __future__ import annotations

import sys
from pathlib import Path

from query_lineage_tracker.errors import ConfigurationError
from query_lineage_tracker.lineage.attribution import Rule, rules_of

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def read_rules(path: Path) -> tuple[Rule, ...]:
    """The rules in the file. Raises ConfigurationError that names the file and what is wrong in it."""
    try:
        return rules_of(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as problem:
        raise ConfigurationError(
            f"QLT_ATTRIBUTION_RULES: {path}: {problem}",
            hint="Expected is a [[rule]] each, with a tool and patterns: see docs/reference/attribution.md.",
        ) from problem
