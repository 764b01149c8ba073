"""`qlt doctor`: what stands in the way, and how to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from query_lineage_tracker.cli.common import EnvOption, OutputOption, load_configuration, run_async, until_stopped
from query_lineage_tracker.cli.output import Output, print_rows
from query_lineage_tracker.errors import ConfigurationError

if TYPE_CHECKING:
    from query_lineage_tracker.services.doctor import Finding


def doctor(env: EnvOption = None, output: OutputOption = Output.TABLE) -> None:
    """Check everything that the tracker needs; a hint for each failure.

    Ends with 0 when nothing failed, 2 where the configuration is wrong, 3 where something is unreachable, else 1.
    """
    from query_lineage_tracker.services.doctor import exit_code, failed

    try:
        configuration = load_configuration(env)
    except ConfigurationError as problem:
        findings: Sequence[Finding] = [failed("configuration", problem)]
        _print(findings, output)
        raise typer.Exit(exit_code(findings)) from None

    async def diagnosed() -> int:
        from query_lineage_tracker.diagnosis import diagnose

        found = await diagnose(configuration)
        _print(found, output)
        return exit_code(found)

    run_async(lambda stop: until_stopped(diagnosed(), stop))


def _print(findings: Sequence[Finding], output: Output) -> None:
    rows = [
        {"check": one.name, "verdict": one.verdict, "detail": one.detail, "hint": one.hint or None} for one in findings
    ]
    print_rows(rows, ("check", "verdict", "detail", "hint"), output)
