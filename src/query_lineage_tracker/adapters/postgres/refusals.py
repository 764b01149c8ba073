"""What PostgreSQL refuses for what is in it, told apart from all that has nothing to do with what is to be stored."""

from __future__ import annotations

import re

import psycopg

from query_lineage_tracker.errors import StoreRefused

# Classes of SQLSTATE: data exception, integrity violation, program limit.
_OF_CONTENT = ("22", "23", "54")
_HINT = "The data holds what no column takes, or somebody gave our tables a rule of their own: a constraint, a trigger."


def refusal_of(error: psycopg.Error) -> StoreRefused | None:
    """The refusal in words that quote no value; None when it is not about what is to be stored.

    What psycopg refuses by itself is data as well, and has no state.
    """
    state = error.sqlstate or ""
    if not (state.startswith(_OF_CONTENT) or (not state and isinstance(error, psycopg.DataError))):
        return None
    return StoreRefused(f"PostgreSQL refuses it: {_condition(error)}{_place(error)}", hint=_HINT)


def unencodable() -> StoreRefused:
    """The refusal of what could not even be sent."""
    return StoreRefused("PostgreSQL cannot store it: a text that is not Unicode", hint=_HINT)


def _condition(error: psycopg.Error) -> str:
    """The name of the state as PostgreSQL's manual has it; its sentence only where that quotes nothing.

    What a function of somebody raises may say anything.
    """
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).lower()
    sentence = error.diag.message_primary or ""
    told = "" if error.diag.context or set("'\"`") & set(sentence) else sentence
    return ", ".join(filter(None, (f"{name} ({error.sqlstate or 'found by the client'})", told)))


def _place(error: psycopg.Error) -> str:
    found = error.diag
    names = (
        ("constraint", found.constraint_name),
        ("data type", found.datatype_name),
        ("column", found.column_name),
        ("table", found.table_name),
    )
    return "".join(f", {kind} {name}" for kind, name in names if name)
