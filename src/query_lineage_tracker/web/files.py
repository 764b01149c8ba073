"""The page's files: what `npm run build` made of the folder page/, in every wheel; `make page` in a checkout."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

STATIC = Path(__file__).parent / "static"

HOW_TO_BUILD = "`make page` builds it; that needs Node.js 20.19 or newer and the npm registry, or a wheel that has it."
_NOT_BUILT = (
    f"The page is not built. {HOW_TO_BUILD}\nThe API answers without it: /api/v1/overview, /api/v1/openapi.json\n"
)
_INDEX = "index.html"
_NAMED_BY_CONTENT = "assets"
_FOR_EVER = "public, max-age=31536000, immutable"


def page_is_built(folder: Path = STATIC) -> bool:
    """Whether there is a page to serve."""
    return (folder / _INDEX).is_file()


class PageFiles:
    """Answers every path that is no file with the page itself: its script reads the address."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._folder = folder
        self._files = StaticFiles(directory=folder, check_dir=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._response(scope["path"].strip("/"), scope)
        await response(scope, receive, send)

    async def _response(self, path: str, scope: Scope) -> Response:
        first = path.partition("/")[0]
        if first == "api" or scope["method"] not in {"GET", "HEAD"}:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        if not page_is_built(self._folder):
            return PlainTextResponse(_NOT_BUILT, HTTPStatus.SERVICE_UNAVAILABLE)
        if first == _NAMED_BY_CONTENT:
            response = await self._files.get_response(path, scope)
            response.headers["Cache-Control"] = _FOR_EVER
            return response
        is_file = not path.startswith(".") and path in {one.name for one in self._folder.iterdir()}
        depth = scope["path"].count("/") - 1
        response = await self._files.get_response(path, scope) if is_file else await self._page(depth, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response

    async def _page(self, depth: int, scope: Scope) -> Response:
        """The page, whose links to its files lead so many folders up: a proxy may serve it at any path."""
        if not depth:
            return await self._files.get_response(_INDEX, scope)
        page = (self._folder / _INDEX).read_text(encoding="utf-8")
        return HTMLResponse(page.replace('"./', f'"{"../" * depth}'))
