"""What a query text costs before anything knows it: tokens, fingerprint, redaction.

    python benchmarks/tokens.py

Prints microseconds of processor time a text, the best of several rounds; then how the time grows from
1 KB to 1 MB of SQL.
"""

from __future__ import annotations

import time
import timeit
from collections.abc import Callable

from query_lineage_tracker.lineage.fingerprint import fingerprint, normalize
from query_lineage_tracker.lineage.redaction import redact
from query_lineage_tracker.lineage.tokens import tokenize

REPORT = """
-- {"app": "dbt", "node_id": "model.shop.daily_revenue"}
CREATE TABLE lake.sales.daily_revenue AS
WITH recent AS (
  SELECT o.orderkey, o.custkey, o.totalprice * (1 - o.discount) AS amount, date_trunc('day', o.created) AS day
  FROM lake.raw.orders o
  WHERE o.status IN ('A', 'B', 'C') AND o.created >= DATE '2026-01-01' AND o.totalprice > 10.5
)
SELECT c.custkey, c.name, n.name AS nation, r.day, sum(r.amount) AS revenue, count(*) AS orders,
  row_number() OVER (PARTITION BY n.name ORDER BY sum(r.amount) DESC) AS rank_in_nation
FROM recent r
JOIN lake.raw.customer c ON c.custkey = r.custkey
LEFT JOIN "lake"."raw"."nation" n ON n.nationkey = c.nationkey
WHERE c.segment <> 'BUILDING' AND coalesce(c.country, 'XX') = 'DE' AND c.acctbal BETWEEN -100 AND 10000
  AND EXISTS (SELECT 1 FROM lake.raw.lineitem l WHERE l.orderkey = r.orderkey AND l.shipmode LIKE 'A%')
GROUP BY 1, 2, 3, 4
HAVING sum(r.amount) > 1000
ORDER BY revenue DESC
LIMIT 100
"""
SELECTION = "SELECT a, b, c FROM lake.s.t WHERE d = 'x' AND e > 5 ORDER BY 1"
INSERT = "INSERT INTO t VALUES " + ", ".join(f"({i}, 'name {i}', DATE '2026-01-01')" for i in range(500))
CATALOG = "CREATE CATALOG c USING postgresql WITH (\"connection-password\" = 'hunter2', \"connection-user\" = 'bob')"
TEXTS = {"report": REPORT, "selection": SELECTION, "insert of 500 rows": INSERT, "create catalog": CATALOG}

STEPS: dict[str, Callable[[str], object]] = {
    "tokenize": tokenize,
    "redact": redact,
    "fingerprint": fingerprint,
    "normalize": normalize,
    "normalize, literals": lambda sql: normalize(sql, literals=True),
}


def microseconds(step: Callable[[str], object], sql: str) -> float:
    timer = timeit.Timer(lambda: step(sql), timer=time.process_time)
    number = max(1, timer.autorange()[0] // 4)
    return min(timer.repeat(repeat=5, number=number)) / number * 1e6


def main() -> None:
    print(f"{'text':<22}{'characters':>11}{'tokens':>8}" + "".join(f"{step:>21}" for step in STEPS))
    for name, sql in TEXTS.items():
        costs = "".join(f"{microseconds(step, sql):>18.1f} us" for step in STEPS.values())
        print(f"{name:<22}{len(sql):>11}{len(tokenize(sql).texts):>8}{costs}")
    print()
    for kilobytes in (1, 10, 100, 1000):
        sql = "\nUNION ALL\n".join([SELECTION] * (kilobytes * 1000 // (len(SELECTION) + 11)))
        cost = microseconds(normalize, sql)
        print(f"{kilobytes:>5} KB of SQL: normalize {cost / 1000:>10.2f} ms, {cost / len(sql):.3f} us a character")


if __name__ == "__main__":
    main()
