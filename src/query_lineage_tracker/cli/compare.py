"""`qlt sync --dry-run`, `--verify` and `--stale`: catalogs compared with what we know, nothing written to them."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from query_lineage_tracker.cli.output import Output, print_rows
from query_lineage_tracker.domain.outbox import MessageKind
from query_lineage_tracker.errors import UsageError

if TYPE_CHECKING:
    from query_lineage_tracker.bootstrap import Parts
    from query_lineage_tracker.ports.delivery import MetadataSink, PreviewingSink

_PREVIEW = ("sink", "table", "kind", "change", "problem", "entity")
_STALE = ("sink", "upstream", "downstream", "last_seen", "days", "ended", "entity")
_VERIFY = ("sink", "table", "kind", "difference", "change", "problem", "entity")


async def preview(parts: Parts, sinks: Sequence[MetadataSink], limit: int, output: Output) -> int:
    """Print what the waiting messages would change. Raises SinkUnreachable."""
    from query_lineage_tracker.services.preview import previewed

    await _all_readable(sinks)
    rows: list[Mapping[str, object]] = []
    for sink in sinks:
        rows += await previewed(parts.outbox, sink, limit, parts.configuration.omd.concurrency)
    print_rows(rows, _PREVIEW, output)
    return 0


async def verify(
    parts: Parts, sinks: Sequence[MetadataSink], kinds: Sequence[MessageKind], limit: int, output: Output
) -> int:
    """Print where the catalogs differ from what they were told; 1 when any does. Raises SinkUnreachable."""
    from query_lineage_tracker.services.verify import VerifyRules, verified

    readable = await _all_readable(sinks)
    if not readable:
        raise UsageError("no sink can be read back", hint="Only OpenMetadata can: OMD_KIND=openmetadata.")
    rules = VerifyRules(kinds, parts.configuration.omd.concurrency, limit)
    found = {sink.name: await verified(parts.outbox, sink, rules) for sink in readable}
    print_rows([row for each in found.values() for row in each.rows], _VERIFY, output)
    for name, each in found.items():
        gone = f", {each.gone} of tables that were dropped and are gone there, too" if each.gone else ""
        print(f"{name}: {each.messages} messages compared, {each.differing} differ{gone}", file=sys.stderr)
    for sink in sinks:
        if sink.name not in found:
            print(f"{sink.name}: cannot be read back", file=sys.stderr)
    await _tell_uncompared(parts, list(found), kinds)
    tell_calls(parts)
    return int(any(each.differing for each in found.values()))


async def stale(parts: Parts, sinks: Sequence[MetadataSink], remove: bool, output: Output) -> int:
    """Print edges that nobody has seen for long; with `remove`, enqueue their removal."""
    from query_lineage_tracker import bootstrap

    names = bootstrap.withdrawing(sinks)
    if not names:
        raise UsageError("no sink has stale edges", hint="Only OpenMetadata can: OMD_KIND=openmetadata.")
    days = bootstrap.stale_rules_of(parts).days
    print_rows([row for name in names for row in await parts.stale_edges.stale(name, days)], _STALE, output)
    if remove:
        withdrawn = sum([await parts.stale_edges.withdraw(name, days) for name in names])
        print(f"{withdrawn} edges are to be removed, as far as they are ours: the next sync does it", file=sys.stderr)
    return 0


def tell_calls(parts: Parts) -> None:
    """How many requests OpenMetadata got, by what they were for; nothing when it got none."""
    calls = parts.metrics.openmetadata_calls()
    if calls:
        counts = ", ".join(f"{count} {operation}" for operation, count in sorted(calls.items()))
        print(f"openmetadata: calls made: {sum(calls.values())} ({counts})", file=sys.stderr)


async def _all_readable(sinks: Sequence[MetadataSink]) -> list[PreviewingSink]:
    """Those that can be read, once all of them answer. A file is not asked: its probe would make it."""
    from query_lineage_tracker.ports.delivery import PreviewingSink
    from query_lineage_tracker.services.verify import unreachable

    readable: list[PreviewingSink] = [sink for sink in sinks if isinstance(sink, PreviewingSink)]
    for sink in readable:
        if (reason := await sink.probe()) is not None:
            raise unreachable(sink, reason)
    return readable


async def _tell_uncompared(parts: Parts, sinks: Sequence[str], kinds: Sequence[MessageKind]) -> None:
    for row in await parts.reads.outbox.status():
        left = {state: row[state] for state in ("pending", "parked", "dead") if row[state]}
        if left and row["sink"] in sinks and row["kind"] in {kind.value for kind in kinds}:
            counts = ", ".join(f"{count} {state}" for state, count in left.items())
            print(f"{row['sink']}: {row['kind']} not compared: {counts}", file=sys.stderr)
    for sink in sinks if MessageKind.USAGE in kinds else ():
        if unfinished := await parts.outbox.told_of_open_days(sink):
            print(f"{sink}: USAGE not compared: {unfinished} told while their day went on", file=sys.stderr)
