"""The page answers every address that is no question; where it is not built, the answer says how to get it."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from query_lineage_tracker.web.files import PageFiles
from query_lineage_tracker.web.problems import answer_in_words

pytestmark = pytest.mark.anyio


def asking(folder: Path) -> httpx.AsyncClient:
    app = FastAPI()
    answer_in_words(app)
    app.mount("/", PageFiles(folder))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1")


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("not for you")
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<title>page</title>")
    (folder / "mark.svg").write_text("<svg/>")
    (folder / "assets" / "index-1a2b.js").write_text("export {};")
    return folder


@pytest.mark.parametrize(
    "path", ["/", "/queries", "/object?name=a.b.c", "/deep/er", "/.vite/manifest.json", f"/{'x' * 300}"]
)
async def test_an_address_of_the_page_is_answered_with_the_page(built: Path, path: str) -> None:
    async with asking(built) as client:
        response = await client.get(path)
    assert (response.status_code, response.text) == (200, "<title>page</title>")
    assert response.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("path", "script"),
    [("/", "./a.js"), ("/queries", "./a.js"), ("/queries/", "../a.js"), ("/deep/er/?x=/", "../../a.js")],
)
async def test_the_page_finds_its_files_at_whatever_path_a_proxy_serves_it(built: Path, path: str, script: str) -> None:
    (built / "index.html").write_text('<script src="./a.js"></script>')
    async with asking(built) as client:
        response = await client.get(path)
    assert response.text == f'<script src="{script}"></script>'
    assert response.headers["content-type"].startswith("text/html")


async def test_files_named_by_their_content_are_kept_for_ever(built: Path) -> None:
    async with asking(built) as client:
        script, mark = await client.get("/assets/index-1a2b.js"), await client.get("/mark.svg")
    assert "immutable" in script.headers["cache-control"] and script.text == "export {};"
    assert (mark.text, mark.headers["cache-control"]) == ("<svg/>", "no-cache")


@pytest.mark.parametrize("path", ["/assets/gone.js", "/assets/..%2f..%2fsecret.txt", "/api/v1/nonsense", "/api"])
async def test_what_is_no_file_and_no_page_is_refused_in_words(built: Path, path: str) -> None:
    async with asking(built) as client:
        response = await client.get(path)
    assert response.status_code == 404
    assert response.json()["detail"] == "There is nothing at this address."


async def test_nothing_outside_of_the_folder_is_told(built: Path) -> None:
    async with asking(built) as client:
        answers = [await client.get(path) for path in ("/..%2fsecret.txt", "/assets/%2e%2e/%2e%2e/secret.txt")]
    assert not any("not for you" in answer.text for answer in answers)


async def test_without_a_page_the_answer_says_how_to_get_it(tmp_path: Path) -> None:
    async with asking(tmp_path) as client:
        response = await client.get("/queries")
    assert response.status_code == 503
    assert "make page" in response.text and "/api/v1" in response.text
