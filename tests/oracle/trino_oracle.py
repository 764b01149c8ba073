"""Trino 483 itself as the judge of the analyzer: builds the Java programs in `java/` once and talks to them.

    python -m tests.oracle.trino_oracle parse < statements.jsonl
    python -m tests.oracle.trino_oracle lineage < statements.jsonl
    python -m tests.oracle.trino_oracle tables
    python -m tests.oracle.trino_oracle grammar
    python -m tests.oracle.trino_oracle generate 1000 7

One JSON object a line in, one a line out, in the same order; the keys are described in `java/Oracle.java`. Needs Maven
and a JDK 24 or later. Jars (230 MB, once) and classes are kept in $QLT_CACHE, default ~/.cache/query-lineage-tracker.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("QLT_CACHE", "~/.cache/query-lineage-tracker")).expanduser() / "oracle"
OLDEST_JDK = 24
JAVA_OPTIONS = ["-XX:+UseSerialGC", "-Xss64m", "-Xmx2g", "--add-modules=jdk.incubator.vector"]


class OracleUnavailable(RuntimeError):
    """The judge cannot be built or started here; the message says what is missing."""


def find_jdk() -> Path:
    """The home of an installed JDK that is new enough, JAVA_HOME first."""
    homes = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    if javac := shutil.which("javac"):
        homes.append(Path(javac).resolve().parents[1])
    for pattern in ("/usr/lib/jvm/*", "/opt/*jdk*", "/Library/Java/JavaVirtualMachines/*/Contents/Home"):
        homes.extend(sorted(Path("/").glob(pattern[1:]), reverse=True))
    homes.extend(sorted(Path("~/.sdkman/candidates/java").expanduser().glob("*"), reverse=True))
    for home in homes:
        if (home / "bin" / "javac").exists() and _major_version(home) >= OLDEST_JDK:
            return home
    raise OracleUnavailable(f"no JDK {OLDEST_JDK} or later found; install one or set JAVA_HOME to it")


def _major_version(home: Path) -> int:
    release = home / "release"
    found = re.search(r'JAVA_VERSION="(\d+)', release.read_text()) if release.exists() else None
    return int(found[1]) if found else 0


def maven(*arguments: str) -> None:
    """Runs Maven quietly; its output is shown only when it fails."""
    if shutil.which("mvn") is None:
        raise OracleUnavailable("Maven (mvn) is not installed")
    done = subprocess.run(["mvn", "-q", "-B", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise OracleUnavailable(f"mvn {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")


def build() -> Path:
    """Fetches the jars and compiles the programs unless both are there; the directory that holds lib/ and classes/."""
    pom, sources = HERE / "pom.xml", sorted((HERE / "java").glob("*.java"))
    home = CACHE / hashlib.sha256(pom.read_bytes()).hexdigest()[:12]
    lib, classes = home / "lib", home / "classes"
    if not lib.exists():
        part = home / "lib.part"
        maven("-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={part}")
        part.rename(lib)
    built = classes / "Oracle.class"
    if not built.exists() or built.stat().st_mtime < max(source.stat().st_mtime for source in sources):
        javac = [str(find_jdk() / "bin" / "javac"), "-cp", f"{lib}/*", "-d", str(classes)]
        subprocess.run([*javac, *map(str, sources)], check=True)
    return home


def command(*arguments: str) -> list[str]:
    home = build()
    java = str(find_jdk() / "bin" / "java")
    return [java, *JAVA_OPTIONS, "-cp", f"{home}/lib/*:{home}/classes", "Oracle", *arguments]


def ask(verb: str, requests: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the judge says about each request, in order. `verb` is `parse` or `lineage`."""
    lines = [json.dumps(request) for request in requests]
    build()
    with (CACHE / f"{verb}.log").open("wb") as log:
        done = subprocess.run(
            command(verb), input="\n".join(lines).encode(), stdout=subprocess.PIPE, stderr=log, check=True
        )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if len(answers) != len(lines):
        raise RuntimeError(f"{len(lines)} requests, {len(answers)} answers; see {CACHE / (verb + '.log')}")
    return answers


def generate(count: int, seed: int) -> list[str]:
    """`count` random sentences of the grammar; not all of them are accepted by the parser."""
    done = subprocess.run(command("generate", str(count), str(seed)), capture_output=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


Tables = dict[str, dict[str, dict[str, list[list[str]]]]]
"""Catalog, schema, table, then the columns as pairs of name and type."""


def tables() -> Tables:
    """The tables of TPC-H and TPC-DS: `{"tpch": {"s": {"orders": [["orderkey", "bigint"], ...]}}}`."""
    done = subprocess.run(command("tables"), capture_output=True, check=True)
    found: Tables = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    try:
        sys.exit(subprocess.run(command(*sys.argv[1:]), check=False).returncode)
    except OracleUnavailable as problem:
        sys.exit(f"trino_oracle: {problem}")
