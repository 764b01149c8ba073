"""`qlt outbox`: what catalogs have yet to be told."""

from __future__ import annotations

import sys
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from query_lineage_tracker.cli.audit import who_runs
from query_lineage_tracker.cli.common import EnvOption, OutputOption, load_configuration, run_reads
from query_lineage_tracker.cli.output import Output, print_object, print_rows
from query_lineage_tracker.domain.filters import CallFilter, MessageFilter
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


_CALLS_SHOWN = 50


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
        print(f"{await reads.operations.requeue(wanted, who_runs())} messages are due again", file=sys.stderr)

    run_reads(env, requeue_them)


@app.command()
def show(
    entity: Annotated[str, typer.Argument(help="The entity, as `qlt outbox list` prints it.")],
    sink: SinkOption = None,
    kind: KindOption = None,
    env: EnvOption = None,
) -> None:
    """Show the messages about an entity as JSON: where they are, what was last sent, and what would be sent now.

    With the last calls that were to change something at the catalog, as far as they are kept.
    """
    from query_lineage_tracker.services.message_json import as_json

    wanted = MessageFilter(None, sink, kind and kind.value, entity)
    configuration = load_configuration(env)

    async def show_them(reads: Reads) -> None:
        found = await reads.outbox.details(wanted)
        if not found:
            raise UsageError(f"there is no message about {entity}", hint="`qlt outbox list` shows what there is.")
        rows = [{**row, "now": now and as_json(now, send_sql=configuration.omd.send_sql)} for row, now in found]
        calls = await reads.outbox.calls(CallFilter(sink, kind and kind.value, entity), _CALLS_SHOWN)
        print_object({"messages": rows, "calls": calls})

    run_reads(env, show_them)


@app.command()
def drop(
    state: StatesOption = None,
    sink: SinkOption = None,
    kind: KindOption = None,
    entity: EntityOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Really do it.")] = False,
    env: EnvOption = None,
) -> None:
    """Forget messages: the dead and parked ones, unless --state says otherwise. The catalog is not told of them.

    What they tell of stays in the history. It is told after all when there is something new to tell of it (of usage
    and costs there never is), or on `qlt outbox requeue --state settled`, but for a cost that may have been sent.
    """
    if MessageState.SETTLED in (state or ()):
        raise UsageError("settled messages have arrived; there is nothing to drop")
    wanted = MessageFilter(_names(state or (MessageState.PARKED, MessageState.DEAD)), sink, kind and kind.value, entity)

    async def drop_them(reads: Reads) -> None:
        rows = await reads.outbox.count(wanted)
        print_rows(rows, ("sink", "kind", "state", "messages"))
        total = sum(row["messages"] for row in rows)
        if not yes:
            raise UsageError(f"this forgets {total} messages", hint="Say --yes to do it.")
        print(f"{await reads.operations.drop(wanted, who_runs())} messages are forgotten", file=sys.stderr)

    run_reads(env, drop_them)


def _names(states: tuple[MessageState, ...] | list[MessageState]) -> tuple[str, ...]:
    return tuple(state.value for state in states)
