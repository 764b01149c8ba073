"""One query, asked of its coordinator."""

from __future__ import annotations

import json

from query_lineage_tracker.adapters.trino.connection import TrinoConnection
from query_lineage_tracker.adapters.trino.problems import status_problem
from query_lineage_tracker.domain.capture import Undescribed

_LARGEST_BYTES = 8 * 1024**2
_REASONS = {
    403: Undescribed.FORBIDDEN,
    404: Undescribed.GONE,
    410: Undescribed.GONE,
}


def query_info(connection: TrinoConnection, query_id: str) -> object | Undescribed:
    """The pruned JSON of the query, None if it cannot be read; or why there is none, for good.

    Raises TrinoUnreachable or PermissionMissing for every other answer.
    """
    with connection.get(f"/v1/query/{query_id}", {"pruned": "true"}) as response:
        if response.status_code in _REASONS:
            return _REASONS[response.status_code]
        if not response.ok:
            raise status_problem(connection.login, response.status_code)
        body = response.raw.read(_LARGEST_BYTES, decode_content=True)
    try:
        found: object = json.loads(body.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        return None
    return found
