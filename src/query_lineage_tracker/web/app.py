"""The application: routes, failures in words, the guard."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from itertools import chain
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

from query_lineage_tracker import __version__
from query_lineage_tracker.bootstrap import Insights
from query_lineage_tracker.config.page import PageSettings
from query_lineage_tracker.domain.access import SqlShown
from query_lineage_tracker.web import health, lineage, objects, operating, queries
from query_lineage_tracker.web.access import access_of
from query_lineage_tracker.web.files import PageFiles
from query_lineage_tracker.web.guard import Guard
from query_lineage_tracker.web.login import Login
from query_lineage_tracker.web.problems import MEDIA_TYPE, answer_in_words

_PREFIX = "/api/v1"


class _Api(FastAPI):
    """Describes its problems by their own media type."""

    def openapi(self) -> dict[str, Any]:
        """The description, made once."""
        described = super().openapi()
        for path in described["paths"].values():
            for status, response in _answers(path):
                if int(status) >= HTTPStatus.BAD_REQUEST and "application/json" in response["content"]:
                    response["content"] = {MEDIA_TYPE: response["content"]["application/json"]}
        return described


def page_app(insights: Insights, page: PageSettings, login: Login | None = None) -> ASGIApp:
    """The application over the reads, for those whom the settings let in.

    Raises ConfigurationError for a file of users that is wrong.
    """
    app = api()
    app.state.insights = insights
    app.state.viewers_see = SqlShown(page.sql)
    app.mount("/", PageFiles())
    app.add_middleware(GZipMiddleware, compresslevel=5)
    return Guard(app, access_of(page, login), page.rate, login)


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
    for module in (queries, objects, lineage, health, operating):
        routes.include_router(module.router)
    app.include_router(routes)
    return app


def _answers(path: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Statuses and answers of all operations at a path."""
    return chain.from_iterable(operation["responses"].items() for operation in path.values())


def _operation(route: APIRoute) -> str:
    """Operations are called like our functions, so that generated clients are."""
    return route.name.rstrip("_")
