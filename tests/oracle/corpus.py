"""SQL to judge the analyzer with: harvested from published jars, the TPC texts, and sentences of the grammar.

    python -m tests.oracle.corpus            builds the corpus, prints what is in it

Everything is written below $QLT_CACHE and nothing is committed: `accepted.jsonl` and `rejected.jsonl` hold
`{"sql", "origin", "judge"}` with the parser's answer, `tpc.jsonl` holds `{"name", "sql", "schema"}`, and
`tpc_tables.jsonl` in its only line their tables as the lineage judge takes them.
"""

from __future__ import annotations

import json
import random
import re
import struct
import sys
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.oracle import trino_oracle

CORPUS = trino_oracle.CACHE / "corpus"
TEST_JARS = [
    "io.trino:trino-testing:483",
    "io.trino:trino-main:483:jar:tests",
    "io.trino:trino-jdbc:483:jar:tests",
    "io.trino:trino-base-jdbc:483:jar:tests",
    # The parser's and the queries' own tests are not published with every version.
    "io.trino:trino-parser:470:jar:tests",
    "io.trino:trino-parser:440:jar:tests",
    "io.trino:trino-parser:420:jar:tests",
    "io.trino:trino-parser:351:jar:tests",
    "io.trino:trino-main:440:jar:tests",
    "io.trino:trino-tests:351:jar:tests",
]
TPC_JAR = "io.prestosql:presto-benchto-benchmarks:350"
VERBS = re.compile(
    r"\s*\(*\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*"
    r"(select|with|values|table|insert|create|drop|alter|merge|update|delete|truncate|refresh|call|explain|prepare|execute|"
    r"deallocate|describe|desc|show|use|set|reset|grant|revoke|deny|start|commit|rollback|comment|analyze)\b",
    re.IGNORECASE | re.DOTALL,
)
EXPRESSION = re.compile(r"[\w'\"\[(+-].*[(\[+*/<>=|'].*", re.DOTALL)
PLACE_HOLDER = r"\"\$\{(database|schema)\}\"\.|\$\{(database|schema)\}\.|\$\{prefix\}"
JAVA_NAME = re.compile(r"\([\[\w/;$<>]*\)|[\w/$]+(?:;|$)|<|\[*L?\w+/\w+/")
GENERATED = 4_000
MUTATIONS = 16_000


def jar(artifact: str) -> Path:
    """The jar of a Maven artifact, fetched once."""
    _, name, version, *rest = artifact.split(":")
    classifier = f"-{rest[1]}" if len(rest) > 1 else ""
    path: Path = CORPUS / "jars" / f"{name}-{version}{classifier}.jar"
    if not path.exists():
        trino_oracle.maven("dependency:copy", f"-Dartifact={artifact}", f"-DoutputDirectory={path.parent}")
    return path


def string_constants(class_file: bytes) -> Iterator[str]:
    """The texts in the constant pool of a Java class file, names and descriptors included."""
    sizes = {3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4, 18: 4, 19: 2, 20: 2}
    (count,) = struct.unpack_from(">H", class_file, 8)
    offset, index = 10, 1
    while index < count:
        tag = class_file[offset]
        if tag == 1:
            (length,) = struct.unpack_from(">H", class_file, offset + 1)
            yield class_file[offset + 3 : offset + 3 + length].decode("utf-8", errors="replace")
            offset += 3 + length
        else:
            offset += 1 + sizes[tag]
        index += 2 if tag in {5, 6} else 1


def harvested() -> Iterator[tuple[str, str]]:
    """(SQL, origin) of every text in the test jars that looks like a statement or an expression."""
    for artifact in TEST_JARS:
        path = jar(artifact)
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.endswith(".class"):
                    yield from ((sql, path.stem) for sql in candidates(string_constants(archive.read(name))))


def candidates(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        # A text assembled at run time has a place holder where a name or a literal was put in.
        filled = re.sub(r"\x01|%s|%d", "t1", text).strip().rstrip(";")
        if VERBS.match(filled) and " " in filled:
            yield filled
        elif EXPRESSION.fullmatch(filled) and not JAVA_NAME.match(filled):
            yield f"SELECT {filled} FROM t1"


def tpc_selects() -> Iterator[tuple[str, str, str]]:
    """(schema, name, SQL) of the TPC-DS and TPC-H queries, their tables unqualified."""
    with zipfile.ZipFile(jar(TPC_JAR)) as archive:
        for path in sorted(archive.namelist()):
            if found := re.fullmatch(r"sql/presto/(tpch|tpcds)/(q\w+)\.sql", path):
                raw = re.sub(PLACE_HOLDER, "", archive.read(path).decode()).replace("${scale}", "1")
                statements = [part.strip() for part in raw.split(";") if part.strip()]
                yield found[1], found[2], max(statements, key=len)


def tpc_texts() -> list[dict[str, Any]]:
    """Each TPC query as SELECT and as CREATE TABLE AS; the latter names its columns c1, c2, ... as they must differ."""
    selects: list[dict[str, Any]] = [
        {
            "name": f"{schema}.{name}.select",
            "sql": sql,
            "catalog": schema,
            "schema": "s",
            "tables": trino_oracle.tables(),
        }
        for schema, name, sql in tpc_selects()
    ]
    for select in selects[1:]:  # sent once, they stay
        del select["tables"]
    texts = []
    for select, answer in zip(selects, trino_oracle.ask("lineage", selects), strict=True):
        names = ", ".join(f"c{i + 1}" for i in range(len(answer["columns"])))
        ctas = f"CREATE TABLE result ({names}) AS\n{select['sql']}"
        texts.append({"name": select["name"], "schema": select["catalog"], "sql": select["sql"]})
        texts.append({"name": select["name"].replace("select", "ctas"), "schema": select["catalog"], "sql": ctas})
    return texts


def mutants(statements: list[str], count: int, seed: int = 7) -> Iterator[str]:
    """Statements with a token dropped, doubled, swapped or replaced by one of another statement."""
    dice = random.Random(seed)
    pieces = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|\w+|\s+|[^\w\s]")
    for _ in range(count):
        words = pieces.findall(dice.choice(statements))
        at = dice.randrange(len(words))
        other = pieces.findall(dice.choice(statements))
        match dice.randrange(4):
            case 0:
                del words[at]
            case 1:
                words.insert(at, f" {words[at]} ")
            case 2:
                words[at] = f" {dice.choice(other)} "
            case _:
                there = dice.randrange(len(words))
                words[at], words[there] = words[there], words[at]
        yield "".join(words)


def distinct(pairs: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """Each text once, whatever its layout, longer than 400,000 characters left out."""
    seen: dict[str, dict[str, Any]] = {}
    for sql, origin in pairs:
        if len(sql) < 400_000:
            seen.setdefault(" ".join(sql.split()), {"sql": sql, "origin": origin})
    return list(seen.values())


def build() -> None:
    """Writes the corpus files; takes about two minutes, most of it for the jars."""
    tpc = tpc_texts()
    pairs = list(harvested())
    pairs += [(text["sql"], "tpc") for text in tpc]
    pairs += [(sql, "generated") for sql in trino_oracle.generate(GENERATED, seed=1)]
    accepted, rejected = judged(distinct(pairs))
    plain = [entry["sql"] for entry in accepted if len(entry["sql"]) < 2_000]
    more_accepted, more_rejected = judged(distinct((sql, "mutant") for sql in mutants(plain, MUTATIONS)))
    write("accepted.jsonl", accepted + more_accepted)
    write("rejected.jsonl", rejected + more_rejected)
    write("tpc.jsonl", tpc)
    write("tpc_tables.jsonl", [trino_oracle.tables()])


def judged(entries: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The entries with the parser's answer, split into accepted and rejected."""
    for entry, answer in zip(entries, trino_oracle.ask("parse", entries), strict=True):
        entry["judge"] = answer
    return [e for e in entries if e["judge"]["ok"]], [e for e in entries if not e["judge"]["ok"]]


def write(name: str, entries: list[dict[str, Any]]) -> None:
    (CORPUS / name).write_text("".join(json.dumps(entry) + "\n" for entry in entries))


def load(name: str) -> list[dict[str, Any]]:
    """The entries of a corpus file, built first if it is not there."""
    if not (CORPUS / name).exists():
        build()
    return [json.loads(line) for line in (CORPUS / name).read_text().splitlines()]


def main() -> None:
    build()
    for name in ("accepted.jsonl", "rejected.jsonl"):
        entries = load(name)
        print(f"{name}: {len(entries)} distinct statements")
        for origin, count in Counter(entry["origin"] for entry in entries).most_common():
            print(f"  {count:6} {origin}")
    print(f"tpc.jsonl: {len(load('tpc.jsonl'))}")


if __name__ == "__main__":
    try:
        main()
    except trino_oracle.OracleUnavailable as problem:
        sys.exit(f"corpus: {problem}")
