"""Where a request comes from: its peer, or whom a trusted proxy tells of."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from starlette.datastructures import Headers

from query_lineage_tracker.config.kinds import Network

_HOME = 64
"""Bits of an IPv6 address that name a connection; the others each of its machines chooses as it likes."""


def is_among(address: str, networks: Sequence[Network]) -> bool:
    """Whether the address is in one of the networks; what is no address is in none."""
    found = _parsed(address)
    return found is not None and any(found in network for network in networks)


def client_of(peer: str, headers: Headers, proxies: Sequence[Network]) -> str:
    """Who counts as one when requests are limited: an IPv4 address, or an IPv6 network.

    X-Forwarded-For is read from its end, where the nearest proxy wrote, as far as proxies that we trust tell of each
    other; whatever stands before that, anybody may have written.
    """
    address = peer
    told = ",".join(headers.getlist("x-forwarded-for")).split(",")
    while told and is_among(address, proxies):
        before = told.pop().strip()
        if _parsed(before) is None:
            break
        address = before
    found = _parsed(address)
    return str(ip_network((found, _HOME), strict=False)) if isinstance(found, IPv6Address) else address


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(address)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found
