"""What operators may change, and who somebody is."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from query_lineage_tracker.domain.access import Actor, Me, Role
from query_lineage_tracker.domain.filters import MessageFilter
from query_lineage_tracker.domain.outbox import MessageKind
from query_lineage_tracker.errors import RoleMissing, UsageError
from query_lineage_tracker.web.parameters import LONGEST_NAME, PROBLEMS, IdentityOf, InsightsOf, SqlOf

router = APIRouter(responses=PROBLEMS)


def _storable(name: str) -> str:
    if "\0" in name:
        raise ValueError("it holds a NUL character")
    return name


_Name = Annotated[str, Field(max_length=LONGEST_NAME), AfterValidator(_storable)]


class Messages(BaseModel):
    """Which messages; the parked and dead ones unless `states` says otherwise."""

    model_config = ConfigDict(extra="forbid")

    states: list[Literal["PENDING", "PARKED", "DEAD"]] = Field(default=["PARKED", "DEAD"], min_length=1)
    sink: _Name | None = None
    kind: MessageKind | None = None
    entity: _Name | None = None

    def filter(self) -> MessageFilter:
        """The same as the store knows it."""
        return MessageFilter(tuple(self.states), self.sink, self.kind and self.kind.value, self.entity)


class Sink(BaseModel):
    """Which sink."""

    model_config = ConfigDict(extra="forbid")

    sink: _Name


class Changed(BaseModel):
    """How many messages, or sinks, were changed."""

    changed: int


def _operator(identity: IdentityOf) -> Actor:
    if identity.role is not Role.OPERATOR:
        raise RoleMissing(f"{identity.name} is a {identity.role.value}; this takes an operator")
    return Actor(identity.name, "PAGE")


_Operator = Annotated[Actor, Depends(_operator)]


@router.get("/me", tags=["access"])
async def me(identity: IdentityOf, sql: SqlOf) -> Me:
    """Who the server takes you for, and what you see of SQL texts."""
    return Me(identity.name, identity.role, sql, identity.session)


@router.post("/outbox/requeue", tags=["operating"])
async def requeue(insights: InsightsOf, actor: _Operator, wanted: Messages) -> Changed:
    """Make messages due at once, as if never tried."""
    return Changed(changed=await insights.operations.requeue(wanted.filter(), actor))


@router.post("/outbox/drop", tags=["operating"])
async def drop(insights: InsightsOf, actor: _Operator, wanted: Messages) -> Changed:
    """Forget messages of a sink, a kind or an entity: the catalog is not told of them."""
    if not (wanted.sink or wanted.kind or wanted.entity):
        raise UsageError("which messages?", hint="Say sink, kind or entity.")
    return Changed(changed=await insights.operations.drop(wanted.filter(), actor))


@router.post("/outbox/resume", tags=["operating"])
async def resume(insights: InsightsOf, actor: _Operator, halted: Sink) -> Changed:
    """Let a halted sink be told again; it halts once more where the reason is still there."""
    return Changed(changed=int(await insights.operations.resume(halted.sink, actor)))
