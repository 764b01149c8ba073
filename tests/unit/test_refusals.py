"""Which of PostgreSQL's errors are about what is to be stored, and which pass or are about something else."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import errors

from query_lineage_tracker.adapters.postgres.refusals import refusal_of
from query_lineage_tracker.adapters.postgres.translate import translated
from query_lineage_tracker.errors import PermissionMissing, StoreBusy, StoreRefused, StoreUnreachable, TrackerError


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (errors.StringDataRightTruncation("x"), "string data right truncation (22001)"),
        (errors.NumericValueOutOfRange("x"), "numeric value out of range (22003)"),
        (errors.CharacterNotInRepertoire("x"), "character not in repertoire (22021)"),
        (errors.UntranslatableCharacter("x"), "untranslatable character (22P05)"),
        (errors.NotNullViolation("x"), "not null violation (23502)"),
        (errors.UniqueViolation("x"), "unique violation (23505)"),
        (errors.CheckViolation("x"), "check violation (23514)"),
        (errors.ProgramLimitExceeded("x"), "program limit exceeded (54000)"),
        (errors.StatementTooComplex("x"), "statement too complex (54001)"),
        (psycopg.DataError("x"), "data error (found by the client)"),
    ],
    ids=str,
)
def test_data_rules_and_limits_are_refusals_named_as_in_the_manual(error: psycopg.Error, told: str) -> None:
    assert str(refusal_of(error)) == f"PostgreSQL refuses it: {told}"
    with pytest.raises(StoreRefused), translated(""):
        raise error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (errors.DeadlockDetected("x"), StoreBusy),
        (errors.SerializationFailure("x"), StoreBusy),
        (errors.LockNotAvailable("x"), StoreUnreachable),
        (errors.DiskFull("x"), StoreUnreachable),
        (errors.OutOfMemory("x"), StoreUnreachable),
        (errors.QueryCanceled("x"), StoreUnreachable),
        (errors.AdminShutdown("x"), StoreUnreachable),
        (errors.ReadOnlySqlTransaction("x"), StoreUnreachable),
        (psycopg.OperationalError("x"), StoreUnreachable),
        (psycopg.InterfaceError("x"), StoreUnreachable),
        (errors.InsufficientPrivilege("x"), PermissionMissing),
    ],
    ids=str,
)
def test_what_has_nothing_to_do_with_the_data_never_divides_a_batch(
    error: psycopg.Error, expected: type[TrackerError]
) -> None:
    assert refusal_of(error) is None
    with pytest.raises(expected), translated(""):
        raise error
