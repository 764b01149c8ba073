"""The application: routes, failures in words, the guard."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp

from query_lineage_tracker import __version__
from query_lineage_tracker.bootstrap import Insights
from query_lineage_tracker.web import health, lineage, objects, queries
from query_lineage_tracker.web.guard import Guard
from query_lineage_tracker.web.problems import MEDIA_TYPE, answer_in_words

_PREFIX = "/api/v1"


class _Api(FastAPI):
    """Describes its problems by their own media type."""

    def openapi(self) -> dict[str, Any]:
        """The description, made once."""
        described = super().openapi()
        for path in described["paths"].values():
            for status, response in path["get"]["responses"].items():
                if int(status) >= HTTPStatus.BAD_REQUEST and "application/json" in response["content"]:
                    response["content"] = {MEDIA_TYPE: response["content"]["application/json"]}
        return described


def page_app(insights: Insights, token: str | None) -> ASGIApp:
    """The application over the reads. With a token it answers only those who send it, else only this machine."""
    app = api()
    app.state.insights = insights
    return Guard(app, token)


def api() -> FastAPI:
    """The API alone, as its description shows it."""
    app = _Api(
        title="Query Lineage Tracker",
        version=__version__,
        description="The query history of Trino clusters and the lineage that it tells of.",
        openapi_url=f"{_PREFIX}/openapi.json",
        docs_url=None,  # its assets come from other servers
        redoc_url=None,
        generate_unique_id_function=_operation,
    )
    answer_in_words(app)
    routes = APIRouter(prefix=_PREFIX)
    for module in (queries, objects, lineage, health):
        routes.include_router(module.router)
    app.include_router(routes)
    return app


def _operation(route: APIRoute) -> str:
    """Operations are called like our functions, so that generated clients are."""
    return route.name.rstrip("_")
