"""What the official JSON schemas find wrong with an event: the event by the core schema, each facet by its own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

_SPEC = Path(__file__).parent / "spec"


def _is_uuid(value: object) -> bool:
    return str(UUID(str(value))) == value


def _is_uri(value: object) -> bool:
    return bool(urlsplit(str(value)).scheme)


def _is_moment(value: object) -> bool:
    return datetime.fromisoformat(str(value).replace("Z", "+00:00")).tzinfo is not None


_FORMATS = FormatChecker(formats=())
_FORMATS.checks("date-time", raises=ValueError)(_is_moment)
_FORMATS.checks("uuid", raises=ValueError)(_is_uuid)
_FORMATS.checks("uri", raises=ValueError)(_is_uri)


@cache
def _registry() -> Registry[Any]:
    schemas = [json.loads(path.read_text()) for path in sorted(_SPEC.rglob("*.json"))]
    return Registry().with_resources([(schema["$id"], Resource.from_contents(schema)) for schema in schemas])


def problems(event: Mapping[str, Any]) -> list[str]:
    """Everything that is wrong; a facet whose schema we do not have is wrong as well."""
    found = [error.message for error in _validator(event["schemaURL"]).iter_errors(event)]
    for facet in facets(event):
        found += [error.message for error in _validator(facet["_schemaURL"]).iter_errors(facet)]
    return found


def facets(event: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every facet of the event."""
    for holder in (event["run"], event["job"], *event["inputs"], *event["outputs"]):
        yield from holder["facets"].values()


def _validator(url: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": url}, registry=_registry(), format_checker=_FORMATS)
