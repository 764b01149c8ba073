"""What OpenMetadata's own request models say of payloads. A program of its own, because it fakes modules for them.

    python -m tests.openmetadata.model_judge MODELS < payloads.jsonl

Prints a line for each payload: its problems, a JSON list. Unknown fields are problems wherever they are, also where the
models would ignore them.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import pydantic
import pydantic.networks
from jsonschema import Draft7Validator, FormatChecker
from referencing import Registry, Resource

Judge = Callable[[str, Any], list[str]]

_GENERATED = "metadata.generated.schema."
_BASE = "https://open-metadata.org/schema/"
_PATCH = {"op": str, "path": str, "value": bool}


class _Ours(pydantic.BaseModel):
    """What the generated models build on: theirs comes with half of their package."""


def judge_of(folder: Path) -> Judge:
    """The models in the folder, generated or as JSON schemas."""
    judge = _schemas(folder / "json" / "schema") if (folder / "json").is_dir() else _models(folder)
    return lambda route, body: _patch_problems(body) if route.startswith("PATCH ") else judge(route, body)


def _models(folder: Path) -> Judge:
    custom = ModuleType("metadata.ingestion.models.custom_pydantic")
    custom.__dict__.update(BaseModel=_Ours, CustomSecretStr=pydantic.SecretStr)
    sys.modules[custom.__name__] = custom
    # The package that EmailStr needs is none of ours, and no address is ever sent.
    pydantic.networks.__dict__["EmailStr"] = str
    sys.path.insert(0, str(folder))
    query = _generated("api.data.createQuery").CreateQueryRequest
    name = _generated("type.basic").FullyQualifiedEntityName
    reference = _generated("type.entityReference").EntityReference
    types: dict[str, Any] = {
        "POST /queries": query,
        "PUT /queries/*/usage": list.__class_getitem__(reference),
        "PUT /queries/*/users": list.__class_getitem__(name),
        "PUT /queries/*/usedBy": list[str],
        "PUT /lineage": _generated("api.lineage.addLineage").AddLineageRequest,
        "POST /usage/table/*": _generated("type.dailyCount").DailyCountOfSomeMeasurement,
        "POST /services/databaseServices": _generated(
            "api.services.createDatabaseService"
        ).CreateDatabaseServiceRequest,
        "POST /databases": _generated("api.data.createDatabase").CreateDatabaseRequest,
        "POST /databaseSchemas": _generated("api.data.createDatabaseSchema").CreateDatabaseSchemaRequest,
        "POST /tables": _generated("api.data.createTable").CreateTableRequest,
    }
    with suppress(ModuleNotFoundError):  # The line may be older than costs of queries.
        types["POST /queryCostRecord"] = _generated("api.data.createQueryCostRecord").CreateQueryCostRecordRequest
    adapters = {route: pydantic.TypeAdapter[Any](each) for route, each in types.items()}

    def judge(route: str, body: Any) -> list[str]:
        if route not in adapters:
            return [f"there is no model of {route}"]
        try:
            read = adapters[route].validate_json(json.dumps(body), strict=True)
        except pydantic.ValidationError as error:
            return [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        return list(_ignored(body, adapters[route].dump_python(read, mode="json", by_alias=True, exclude_unset=True)))

    return judge


def _generated(name: str) -> Any:
    return importlib.import_module(_GENERATED + name)


def _ignored(sent: Any, read: Any, where: str = "") -> Iterator[str]:
    """Fields that were sent and did not arrive in the model."""
    if isinstance(sent, dict) and isinstance(read, dict):
        yield from (f"{where}.{name}: is ignored" for name in sent.keys() - read.keys())
        for name in sent.keys() & read.keys():
            yield from _ignored(sent[name], read[name], f"{where}.{name}")
    elif isinstance(sent, list) and isinstance(read, list):
        for number, (one, other) in enumerate(zip(sent, read, strict=True)):
            yield from _ignored(one, other, f"{where}.{number}")


def _schemas(folder: Path) -> Judge:
    # They refer to each other by their places; what some of them say they are called is wrong.
    found = {_BASE + str(path.relative_to(folder)): json.loads(path.read_text()) for path in folder.rglob("*.json")}
    for schema in found.values():
        schema.pop("$id", None)
        _tighten(schema)
    draft = "http://json-schema.org/draft-07/schema#"
    resources = [(uri, Resource.from_contents({"$schema": draft, **schema})) for uri, schema in found.items()]
    registry: Registry[Any] = Registry().with_resources(resources)
    name = {"$ref": _BASE + "type/basic.json#/definitions/fullyQualifiedEntityName"}
    schemas: dict[str, Mapping[str, Any]] = {
        "POST /queries": {"$ref": _BASE + "api/data/createQuery.json"},
        "PUT /queries/*/usage": {"$ref": _BASE + "type/entityReferenceList.json"},
        "PUT /queries/*/users": {"type": "array", "items": name},
        "PUT /queries/*/usedBy": {"type": "array", "items": {"type": "string"}},
        "PUT /lineage": {"$ref": _BASE + "api/lineage/addLineage.json"},
        "POST /usage/table/*": {"$ref": _BASE + "type/dailyCount.json"},
        "POST /services/databaseServices": {"$ref": _BASE + "api/services/createDatabaseService.json"},
        "POST /databases": {"$ref": _BASE + "api/data/createDatabase.json"},
        "POST /databaseSchemas": {"$ref": _BASE + "api/data/createDatabaseSchema.json"},
        "POST /tables": {"$ref": _BASE + "api/data/createTable.json"},
    }
    judges = {
        route: Draft7Validator(schema, registry=registry, format_checker=FormatChecker())
        for route, schema in schemas.items()
    }

    def judge(route: str, body: Any) -> list[str]:
        if route not in judges:
            return [f"there is no schema of {route}"]
        return [f"{error.json_path}: {error.message}" for error in judges[route].iter_errors(body)]

    return judge


def _tighten(schema: Any) -> None:
    """Refuse unknown fields wherever fields are listed."""
    if isinstance(schema, dict):
        if "properties" in schema and isinstance(schema["properties"], dict):
            schema.setdefault("additionalProperties", False)
        for each in schema.values():
            _tighten(each)
    elif isinstance(schema, list):
        for each in schema:
            _tighten(each)


def _patch_problems(body: Any) -> list[str]:
    """They have no model of it: it is RFC 6902."""
    steps = body if isinstance(body, list) else []
    good = steps and all(
        each.keys() == _PATCH.keys() and all(isinstance(each[name], kind) for name, kind in _PATCH.items())
        for each in steps
    )
    return [] if good else [f"{body} is no JSON Patch of ours"]


def main() -> None:
    judge = judge_of(Path(sys.argv[1]))
    for line in sys.stdin:
        payload = json.loads(line)
        print(json.dumps(judge(payload["route"], payload["body"])))


if __name__ == "__main__":
    main()
