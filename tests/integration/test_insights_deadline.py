"""No question of the page keeps PostgreSQL busy for ever."""

from __future__ import annotations

import psycopg
import pytest

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.insights.reading import Rows
from query_lineage_tracker.errors import AnswerTooSlow

pytestmark = pytest.mark.anyio

_RUNNING = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%%never ends%%' AND pid <> %s"


async def test_a_question_that_takes_too_long_is_ended_in_postgresql_and_says_so(dsn: str) -> None:
    async with Database(dsn, pool_size=1) as database:
        rows = Rows(database, "queries", longest_s=0.2)
        with pytest.raises(AnswerTooSlow, match=r"within 0\.2 s") as refused:
            await rows("SELECT pg_sleep(600) -- never ends", {})
        assert "Narrow it" in refused.value.hint
        with psycopg.connect(dsn) as connection:
            assert connection.execute(_RUNNING, (connection.info.backend_pid,)).fetchone() == (0,)
        assert await rows("SELECT 1 AS one", {}) == [{"one": 1}]
