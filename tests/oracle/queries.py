"""Random queries that mean something: every name resolves, every type fits, so that Trino's analyzer answers.

Wide rather than deep: joins, correlated and lateral subqueries, common table expressions that hide tables, set
operations, windows, aggregates with filters, UNNEST, lambdas, rows, conditions; as SELECT, INSERT and CREATE TABLE AS.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.oracle.trino_oracle import Tables

TABLES: Tables = {
    "lake": {
        "s": {
            "u": [
                ["a", "bigint"],
                ["b", "bigint"],
                ["c", "varchar"],
                ["d", "date"],
                ["k", "bigint"],
                ["l", "array(bigint)"],
            ],
            "w": [
                ["a", "bigint"],
                ["x", "double"],
                ["c", "varchar"],
                ["k", "bigint"],
                ["r", "row(f bigint, h varchar)"],
            ],
            "v": [["q", "bigint"], ["t", "date"], ["n", "varchar"], ["k", "bigint"]],
            "target": [
                ["i1", "bigint"],
                ["i2", "bigint"],
                ["s1", "varchar"],
                ["s2", "varchar"],
                ["d1", "date"],
                ["f1", "double"],
            ],
        },
        "other": {"u": [["o", "bigint"], ["c", "varchar"], ["k", "bigint"]]},
    }
}
LITERALS = {"bigint": "7", "varchar": "'x'", "double": "1.5e0", "date": "DATE '2026-01-01'", "boolean": "true"}
FIELDS = {"bigint": "f", "varchar": "h"}

Column = tuple[str, str]


@dataclass(frozen=True)
class Relation:
    """What can be referred to under an alias."""

    alias: str
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Context:
    """The relations in scope, inner ones first, the named queries, and how much deeper it may get."""

    scope: tuple[Relation, ...] = ()
    ctes: tuple[Relation, ...] = ()
    depth: int = 2


class Queries:
    """A stream of random queries; equal seeds give equal streams."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.aliases = 0

    def statement(self) -> str:
        """A statement over `TABLES`."""
        self.aliases = 0
        form = self.dice.randrange(8)
        if form < 2:
            names = self.dice.sample(TABLES["lake"]["s"]["target"], self.dice.randint(1, 4))
            body, _ = self.query(Context(), tuple(type_ for _, type_ in names))
            return self.wrapped(f"INSERT INTO target ({', '.join(name for name, _ in names)}) {body}")
        body, columns = self.query(Context())
        given = f"({', '.join(f'c{i}' for i in range(len(columns)))})"
        if form < 4:
            return self.wrapped(f"CREATE TABLE made {given} AS {body}")
        return f"CREATE VIEW made AS {body}" if form == 4 else self.wrapped(body)

    def wrapped(self, sql: str) -> str:
        if self.chance(4):
            return f"EXPLAIN ANALYZE {sql}"
        quoted = sql.replace("'", "''")
        return f"EXECUTE IMMEDIATE '{quoted}'" if self.chance(4) else sql

    def chance(self, percent: int) -> bool:
        return self.dice.randrange(100) < percent

    def alias(self) -> str:
        self.aliases += 1
        # Short names that are also column names and table names: that is where resolution goes wrong.
        return (
            self.dice.choice(("u", "w", "a", "k", "q")) + str(self.aliases) if self.chance(80) else f"t{self.aliases}"
        )

    def query(self, context: Context, types: tuple[str, ...] | None = None) -> tuple[str, tuple[Column, ...]]:
        """A query with its output columns; of these types where given."""
        wanted = types or tuple(self.dice.choices(("bigint", "varchar", "double", "date"), k=self.dice.randint(1, 4)))
        prefix = ""
        if context.depth > 0 and self.chance(35):
            prefix, context = self.named(context)
        body, columns = self.body(context, wanted)
        if self.chance(20):
            body += f" ORDER BY {self.dice.randint(1, len(columns))}" + (" LIMIT 9" if self.chance(50) else "")
        return prefix + body, columns

    def named(self, context: Context) -> tuple[str, Context]:
        parts = []
        for _ in range(self.dice.randint(1, 2)):
            name = self.dice.choice(("u", "v", "cte", "m"))
            if any(relation.alias == name for relation in context.ctes):
                continue
            body, columns = self.query(Context((), context.ctes, context.depth - 1))
            named = tuple((f"n{i}", type_) for i, (_, type_) in enumerate(columns))
            parts.append(f"{name} ({', '.join(column for column, _ in named)}) AS ({body})")
            context = Context(context.scope, (*context.ctes, Relation(name, named)), context.depth)
        return (f"WITH {', '.join(parts)} " if parts else ""), context

    def body(self, context: Context, types: tuple[str, ...]) -> tuple[str, tuple[Column, ...]]:
        if context.depth > 0 and self.chance(15):
            inner = Context(context.scope, context.ctes, context.depth - 1)
            left, columns = self.select(inner, types)
            right, others = self.select(inner, types)
            if columns == others and self.chance(30):
                return f"{left} UNION CORRESPONDING {right}", columns
            return f"{left} {self.dice.choice(('UNION', 'UNION ALL', 'INTERSECT', 'EXCEPT'))} {right}", columns
        return self.select(context, types)

    def select(self, context: Context, types: tuple[str, ...]) -> tuple[str, tuple[Column, ...]]:
        source, relations = self.relation(context)
        inside = Context((*relations, *context.scope), context.ctes, context.depth - 1)
        where = f" WHERE {self.condition(inside)}" if self.chance(40) else ""
        if self.chance(25):
            return self.grouped(inside, types, f" FROM {source}{where}")
        items = [self.maybe_windowed(inside, type_) for type_ in types]
        columns = tuple((f"e{i}", type_) for i, type_ in enumerate(types))
        listed = ", ".join(f"{item} AS {name}" for item, (name, _) in zip(items, columns, strict=True))
        distinct = "DISTINCT " if self.chance(8) else ""
        return f"SELECT {distinct}{listed} FROM {source}{where}", columns

    def grouped(self, context: Context, types: tuple[str, ...], tail: str) -> tuple[str, tuple[Column, ...]]:
        key = self.column(context, "bigint") or "1"
        items = [self.aggregate(context, type_) for type_ in types]
        columns = tuple((f"g{i}", type_) for i, type_ in enumerate(types))
        listed = ", ".join(f"{item} AS {name}" for item, (name, _) in zip(items, columns, strict=True))
        grouping = f" GROUP BY {self.grouping(key)}" if not key.isdigit() else ""
        having = f" HAVING count({key}) > 1" if self.chance(25) else ""
        return f"SELECT {listed}{tail}{grouping}{having}", columns

    def grouping(self, key: str) -> str:
        forms = (key, key, key, f"ROLLUP ({key})", f"GROUPING SETS (({key}), ())", f"CUBE ({key})")
        return self.dice.choice(forms)

    def aggregate(self, context: Context, type_: str) -> str:
        flat = Context(context.scope, context.ctes, 0)
        argument = self.expression(flat, type_)
        call = f"{self.dice.choice(('max', 'min', 'arbitrary'))}({argument})"
        if type_ == "bigint" and self.chance(40):
            call = self.dice.choice(("count(*)", f"sum({argument})", f"count(DISTINCT {argument})"))
        if type_ == "varchar" and self.chance(20):
            return f"array_join(array_agg({argument} ORDER BY {self.expression(flat, 'bigint')}), ',')"
        return call + (f" FILTER (WHERE {self.condition(flat)})" if self.chance(25) else "")

    def maybe_windowed(self, context: Context, type_: str) -> str:
        if not self.chance(12):
            return self.expression(context, type_)
        flat = Context(context.scope, context.ctes, 0)
        call = f"{self.dice.choice(('max', 'first_value', 'lag'))}({self.expression(flat, type_)})"
        if type_ == "bigint" and self.chance(40):
            call = "row_number()"
        partition = f"PARTITION BY {self.expression(flat, 'bigint')} " if self.chance(60) else ""
        return f"{call} OVER ({partition}ORDER BY {self.expression(flat, 'date')})"

    def relation(self, context: Context) -> tuple[str, tuple[Relation, ...]]:
        text, relations = self.primary(context, ())
        for _ in range(self.dice.choice((0, 0, 1, 1, 2))):
            right, more = self.primary(context, relations)
            both = (*more, *relations)
            lateral = right.startswith(("LATERAL", "UNNEST"))
            if not lateral and self.chance(10):
                text = f"({text} CROSS JOIN {right})"
            elif lateral or self.chance(40):
                text = f"{text} CROSS JOIN {right}"
            else:
                flat = Context(both, context.ctes, 0)
                kind = self.dice.choice(("JOIN", "LEFT JOIN", "FULL JOIN"))
                text = f"{text} {kind} {right} ON {self.equality(flat)}"
            relations = both
        return text, relations

    def primary(self, context: Context, left: tuple[Relation, ...]) -> tuple[str, tuple[Relation, ...]]:
        """A relation with what it brings into scope; `left` is what a lateral one may refer to."""
        alias = self.alias()
        lists = [f"{r.alias}.{name}" for r in left for name, type_ in r.columns if type_ == "array(bigint)"]
        if lists and self.chance(40):
            return f"UNNEST({self.dice.choice(lists)}) AS {alias} (el)", (Relation(alias, (("el", "bigint"),)),)
        if self.chance(12):
            inner, brought = self.table(self.alias())
            fresh = tuple((f"m{i}", type_) for i, (_, type_) in enumerate(brought[0].columns))
            if self.chance(30):
                listed = ", ".join(name for name, _ in fresh)
                star = f"{brought[0].alias}.* AS ({listed})"
                return f"(SELECT {star} FROM {inner}) AS {alias}", (Relation(alias, fresh),)
            star = self.dice.choice(("*", f"{brought[0].alias}.*"))
            return f"(SELECT {star} FROM {inner}) AS {alias}", (Relation(alias, brought[0].columns),)
        if context.depth > 0 and self.chance(35):
            lateral = bool(left) and self.chance(50)
            scope = (*left, *context.scope) if lateral else ()
            body, columns = self.query(Context(scope, context.ctes, context.depth - 1))
            return f"{'LATERAL ' if lateral else ''}({body}) AS {alias}", (Relation(alias, columns),)
        if context.ctes and self.chance(50):
            chosen = self.dice.choice(context.ctes)
            return f"{chosen.alias} AS {alias}", (Relation(alias, chosen.columns),)
        return self.table(alias)

    def table(self, alias: str) -> tuple[str, tuple[Relation, ...]]:
        schema, name = self.dice.choice((("s", "u"), ("s", "w"), ("s", "v"), ("other", "u")))
        columns = tuple((column, type_) for column, type_ in TABLES["lake"][schema][name])
        sample = " TABLESAMPLE BERNOULLI (9)" if self.chance(5) else ""
        if self.chance(8):
            renamed = tuple((f"p{i}", type_) for i, (_, type_) in enumerate(columns))
            return f"{schema}.{name} {alias} ({', '.join(c for c, _ in renamed)}){sample}", (Relation(alias, renamed),)
        return f"{schema}.{name} {alias}{sample}", (Relation(alias, columns),)

    def column(self, context: Context, type_: str, reach: int = 4) -> str:
        """A column of this type in scope, qualified; empty if there is none."""
        names = [name for r in context.scope for name, _ in r.columns]
        found = [
            name if names.count(name) == 1 and self.chance(40) else f"{r.alias}.{name}"
            for r in context.scope[:reach]
            for name, known in r.columns
            if known == type_
        ]
        rows = [
            f"{r.alias}.{name}" for r in context.scope[:reach] for name, known in r.columns if known.startswith("row")
        ]
        if rows and type_ in FIELDS and self.chance(30):
            return f"{self.dice.choice(rows)}.{FIELDS[type_]}"
        return self.dice.choice(found) if found else ""

    def expression(self, context: Context, type_: str) -> str:
        makers: dict[str, tuple[Callable[[Context], str], ...]] = {
            "bigint": (self.sum_of, self.lambda_of, self.length_of),
            "varchar": (self.text_of,),
            "double": (lambda c: f"({self.expression(c, 'bigint')} * 0.5e0)",),
            "date": (lambda c: f"date_add('day', {self.leaf(c, 'bigint')}, {self.leaf(c, 'date')})",),
        }
        if context.depth <= 0 or self.chance(55):
            return self.leaf(context, type_)
        inner = Context(context.scope, context.ctes, context.depth - 1)
        match self.dice.randrange(8):
            case 0:
                chosen, otherwise = self.expression(inner, type_), self.leaf(inner, type_)
                return f"CASE WHEN {self.condition(inner)} THEN {chosen} ELSE {otherwise} END"
            case 1:
                return f"coalesce({self.expression(inner, type_)}, {self.leaf(inner, type_)})"
            case 2:
                return self.scalar(inner, type_)
            case 4:
                operand, value = self.leaf(inner, "bigint"), self.leaf(inner, "bigint")
                return f"CASE {operand} WHEN {value} THEN {self.leaf(inner, type_)} END"
            case 5:
                return f"IF({self.membership(inner)}, {self.leaf(inner, type_)}, {self.leaf(inner, type_)})"
            case 6:
                return f"TRY({self.expression(inner, type_)})"
            case 3:
                return f"IF({self.condition(inner)}, {self.expression(inner, type_)})"
            case _:
                return self.dice.choice(makers[type_])(inner)

    def leaf(self, context: Context, type_: str) -> str:
        return self.column(context, type_) or LITERALS[type_]

    def sum_of(self, context: Context) -> str:
        return f"({self.expression(context, 'bigint')} + {self.leaf(context, 'bigint')})"

    def lambda_of(self, context: Context) -> str:
        lists = self.column(context, "array(bigint)") or "ARRAY[1, 2]"
        return f"reduce({lists}, 0, (a, k) -> a + k * {self.leaf(context, 'bigint')}, a -> a)"

    def length_of(self, context: Context) -> str:
        return f"length({self.expression(context, 'varchar')})"

    def text_of(self, context: Context) -> str:
        return self.dice.choice(
            (
                f"upper({self.leaf(context, 'varchar')})",
                f"({self.leaf(context, 'varchar')} || CAST({self.leaf(context, 'bigint')} AS varchar))",
                f"substring({self.leaf(context, 'varchar')} FROM 1 FOR 2)",
                f"trim(BOTH 'x' FROM {self.leaf(context, 'varchar')})",
                f"json_value({self.leaf(context, 'varchar')}, 'lax $.a')",
                f"nullif({self.leaf(context, 'varchar')}, {self.leaf(context, 'varchar')})",
                f"CAST(ROW({self.leaf(context, 'varchar')}, 1) AS ROW(h varchar, f bigint)).h",
            )
        )

    def scalar(self, context: Context, type_: str) -> str:
        source, relations = self.table(self.alias())
        inner = Context((*relations, *context.scope), context.ctes, 0)
        own = Context(relations, context.ctes, 0)
        where = f" WHERE {self.equality(inner)}" if self.chance(60) else ""
        return f"(SELECT max({self.leaf(own, type_)}) FROM {source}{where})"

    def membership(self, context: Context) -> str:
        """A predicate over a subquery: IN, a quantified comparison, EXISTS."""
        source, relations = self.table(self.alias())
        own = Context(relations, context.ctes, 0)
        mine, theirs = self.leaf(context, "bigint"), self.leaf(own, "bigint")
        operator = self.dice.choice(("IN", "NOT IN", "= ANY", "> ALL"))
        return f"{mine} {operator} (SELECT {theirs} FROM {source})"

    def equality(self, context: Context) -> str:
        type_ = self.dice.choice(("bigint", "varchar"))
        return f"{self.leaf(context, type_)} = {self.leaf(context, type_)}"

    def condition(self, context: Context) -> str:
        inner = Context(context.scope, context.ctes, context.depth - 1)
        form = self.dice.randrange(6) if context.depth > 0 else self.dice.randrange(3)
        if form >= 4:
            source, relations = self.table(self.alias())
            member = Context((*relations, *context.scope), context.ctes, 0)
            if form == 4:
                return f"EXISTS (SELECT 1 FROM {source} WHERE {self.equality(member)})"
            own = Context(relations, context.ctes, 0)
            return f"{self.leaf(context, 'bigint')} IN (SELECT {self.leaf(own, 'bigint')} FROM {source})"
        if form == 3:
            return f"({self.condition(inner)} OR NOT {self.condition(inner)})"
        return (
            self.equality(context),
            f"{self.leaf(context, 'date')} BETWEEN DATE '2026-01-01' AND {self.leaf(context, 'date')}",
            f"{self.leaf(context, 'varchar')} LIKE 'a%'",
        )[form]


def statements(count: int, seed: int = 1) -> list[str]:
    """`count` random statements over `TABLES` in the session lake.s."""
    queries = Queries(seed)
    return [queries.statement() for _ in range(count)]
