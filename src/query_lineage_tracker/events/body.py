"""JSON that others sent, read leniently: what fast parsers and databases refuse is taken or replaced."""

from __future__ import annotations

import json

import orjson

from query_lineage_tracker.records import storable


class Unreadable(ValueError):
    """The body is no JSON; its text is the reason, by shape and never by value."""


def read_body(body: bytes) -> object:
    """The JSON in the body. Bare NaN and lone surrogates are taken; texts come out storable. Raises Unreadable."""
    if b"\\u0000" not in body:
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            pass
    try:
        return storable_json(json.loads(body.decode("utf-8", "replace"), strict=False))
    except RecursionError as problem:
        raise Unreadable("nested too deeply to be read") from problem
    except json.JSONDecodeError as problem:
        raise Unreadable(f"not JSON: {problem.msg} at character {problem.pos + 1} of {len(body)}") from problem
    except ValueError as problem:
        raise Unreadable("not JSON: a number with too many digits") from problem


def storable_json(value: object) -> object:
    """The value with every text in it made storable."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [storable_json(one) for one in value]
    if isinstance(value, dict):
        return {storable(key): storable_json(one) for key, one in value.items()}
    return value
