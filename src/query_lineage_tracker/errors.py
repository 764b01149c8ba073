"""The errors that people see, as a tree::

    TrackerError                    exit 1   work failed or partly failed
    ├── ConfigurationError          exit 2   a setting is wrong; the message names it and says what is expected
    ├── UsageError                  exit 2   the command line, a question or an input file is wrong
    │   └── NotInHistory            exit 2   what is asked for was never seen
    ├── AnswerTooSlow               exit 1   a question about the history was given up
    ├── DependencyUnreachable       exit 3   Trino, PostgreSQL or another neighbour is silent; retrying is sensible
    │   ├── TrinoUnreachable
    │   ├── StoreUnreachable
    │   │   └── StoreBusy       other transactions stand in the way
    │   ├── StatementsPurged    what a batch refers to was purged while it was analyzed
    │   ├── KafkaUnreachable
    │   ├── ProviderUnreachable
    │   └── SinkUnreachable
    ├── PermissionMissing           exit 3   it answers, and refuses; the message says what to grant
    ├── RoleMissing                 exit 2   somebody asks for what only an operator may do
    ├── LoginRefused                exit 1   the page does not let somebody in
    ├── LeaseHeld                   exit 3   another tracker ingests this cluster
    ├── LeaseLost                   exit 1   our lease was taken over; the batch was rolled back
    ├── StoreRefused                exit 1   PostgreSQL refuses what a batch holds, not the batch as such
    ├── JournalHeld                 exit 3   another process has the journal of received events
    ├── JournalRefuses              exit 1   the journal takes nothing now: it is full, or its disk
    ├── ReceptionEnded              exit 1   the process that receives events is gone
    ├── GatewayDetected             exit 3   several coordinators answer under one address
    └── SchemaNotOurs               exit 2   the database schema holds relations that are not ours

Messages say what is wrong, with what, and the way out, and never hold a secret.
"""

from __future__ import annotations

from typing import ClassVar


class TrackerError(Exception):
    """The root of the tree; `hint` is the way out, one sentence."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class ConfigurationError(TrackerError):
    """A setting is wrong."""

    exit_code = 2


class UsageError(TrackerError):
    """The command line or an input file is wrong."""

    exit_code = 2


class AnswerTooSlow(TrackerError):
    """A question about the history took too long and was given up."""


class DependencyUnreachable(TrackerError):
    """A neighbour does not answer; retrying is sensible."""

    exit_code = 3


class TrinoUnreachable(DependencyUnreachable):
    """The Trino coordinator does not answer."""


class StoreUnreachable(DependencyUnreachable):
    """PostgreSQL does not answer."""


class StoreBusy(StoreUnreachable):
    """Other transactions in PostgreSQL stand in the way."""


class StatementsPurged(DependencyUnreachable):
    """Statements that a batch refers to were purged while it was analyzed; nothing of it is saved."""


class KafkaUnreachable(DependencyUnreachable):
    """No Kafka broker answers."""


class SinkUnreachable(DependencyUnreachable):
    """A catalog does not answer, or refuses everything."""


class ProviderUnreachable(DependencyUnreachable):
    """The identity provider does not answer, or not what providers answer."""


class PermissionMissing(TrackerError):
    """A neighbour answers and refuses."""

    exit_code = 3


class RoleMissing(TrackerError):
    """Only an operator may do this."""

    exit_code = 2


class LoginRefused(TrackerError):
    """Somebody is not let in: the provider refused, or what it said is not proven, or is not enough."""


class LeaseHeld(TrackerError):
    """Another tracker ingests this cluster."""

    exit_code = 3


class LeaseLost(TrackerError):
    """Our lease was taken over by another tracker; the batch was rolled back."""


class StoreRefused(TrackerError):
    """PostgreSQL refuses something that a batch holds; trying the same again is in vain."""


class JournalHeld(TrackerError):
    """Another process has the journal of received events."""

    exit_code = 3


class JournalRefuses(TrackerError):
    """The journal takes nothing now: it is full, or its disk."""


class ReceptionEnded(TrackerError):
    """The process that receives events is gone, and nobody told it to go."""


class GatewayDetected(TrackerError):
    """Several coordinators answer under one address; they are not one cluster."""

    exit_code = 3


class SchemaNotOurs(TrackerError):
    """The database schema holds relations that are not ours."""

    exit_code = 2


class NotInHistory(UsageError):
    """What somebody asks for is not in the history."""
