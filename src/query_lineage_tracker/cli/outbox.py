"""`qlt outbox`: what catalogs have yet to be told."""

from __future__ import annotations

import sys
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from query_lineage_tracker.cli.common import EnvOption, OutputOption, run_reads
from query_lineage_tracker.cli.output import Output, print_rows
from query_lineage_tracker.domain.filters import MessageFilter
from query_lineage_tracker.domain.outbox import MessageKind
from query_lineage_tracker.errors import UsageError

if TYPE_CHECKING:
    from query_lineage_tracker.bootstrap import Reads

app = typer.Typer(name="outbox", help="What catalogs have yet to be told.", no_args_is_help=True)

_COLUMNS = (
    "sink",
    "kind",
    "entity",
    "state",
    "attempts",
    "next_attempt_at",
    "reason",
    "enqueued_at",
    "claimed_by",
)


class MessageState(str, Enum):
    """Where a message is in its life."""

    PENDING = "PENDING"
    PARKED = "PARKED"
    DEAD = "DEAD"
    SETTLED = "SETTLED"


_UNSETTLED = (MessageState.PENDING, MessageState.PARKED, MessageState.DEAD)

StatesOption = Annotated[
    list[MessageState] | None,
    typer.Option("--state", case_sensitive=False, help="Only in this state; may be repeated."),
]
SinkOption = Annotated[str | None, typer.Option("--sink", help="Only for this sink.")]
KindOption = Annotated[MessageKind | None, typer.Option("--kind", case_sensitive=False, help="Only of this kind.")]
EntityOption = Annotated[
    str | None, typer.Option("--entity", help="Only of this entity, as `qlt outbox list` prints it.")
]


@app.callback()
def outbox() -> None:
    """What catalogs have yet to be told."""


@app.command("list")
def list_messages(
    state: StatesOption = None,
    sink: SinkOption = None,
    kind: KindOption = None,
    entity: EntityOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Most rows.")] = 50,
    env: EnvOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """List messages, the last changed first; those that arrived only with --state settled."""
    wanted = MessageFilter(_names(state or _UNSETTLED), sink, kind and kind.value, entity)

    async def show(reads: Reads) -> None:
        print_rows(await reads.messages(wanted, limit), _COLUMNS, output)

    run_reads(env, show)


@app.command()
def requeue(
    state: StatesOption = None,
    sink: SinkOption = None,
    kind: KindOption = None,
    entity: EntityOption = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Everything, also what arrived already: the catalog is told again.")
    ] = False,
    env: EnvOption = None,
) -> None:
    """Make messages due at once, as if never tried: the dead and parked ones, unless --state says otherwise."""
    if not (everything or state or sink or kind or entity):
        raise UsageError("which messages?", hint="Say --state dead, --kind, --entity, --sink, or --all.")
    if everything and state:
        raise UsageError("--all and --state exclude each other")
    states = tuple(MessageState) if everything else tuple(state or (MessageState.PARKED, MessageState.DEAD))
    wanted = MessageFilter(_names(states), sink, kind and kind.value, entity)

    async def requeue_them(reads: Reads) -> None:
        print(f"{await reads.requeue(wanted)} messages are due again", file=sys.stderr)

    run_reads(env, requeue_them)


def _names(states: tuple[MessageState, ...] | list[MessageState]) -> tuple[str, ...]:
    return tuple(state.value for state in states)
