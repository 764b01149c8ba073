"""The server of the page."""

from __future__ import annotations

from starlette.types import ASGIApp

from query_lineage_tracker.adapters.http.server import Address, AppServer
from query_lineage_tracker.config import Configuration


def page_server(configuration: Configuration, app: ASGIApp) -> AppServer:
    """A server that listens where the page is to be. Raises ConfigurationError where it cannot."""
    host, port = configuration.page.host_and_port
    return AppServer(app, Address(host, port, "QLT_PAGE_ADDRESS"))
