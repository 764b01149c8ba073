"""`qlt queries show` of an EXECUTE whose text nobody told."""

from __future__ import annotations

import json

from tests.commands import CommandLine, recorded, write_lines

PREPARE = "PREPARE load FROM INSERT INTO archive.old.orders SELECT * FROM orders"
HEADING = "PREPARED TEXT (A GUESS: THE LAST PREPARE OF THAT NAME)"


def test_a_guessed_text_is_shown_as_one_and_has_no_lineage(qlt: CommandLine) -> None:
    rows = [recorded(60, PREPARE), recorded(120, "EXECUTE load"), recorded(180, "EXECUTE other")]
    assert qlt("run", "--once", "--source", "files", write_lines(qlt.folder / "recording.jsonl", rows)).code == 0
    prepare, execute, other = (str(row["query_id"]) for row in rows)
    shown = qlt("queries", "show", execute)
    assert f"{HEADING}\n{PREPARE}" in shown.out
    assert "archive.old" not in shown.out.replace(PREPARE, "")
    (told,) = json.loads(qlt("queries", "show", execute, "-o", "json").out)["query"]
    assert (told["prepared_text"], told["prepared_guess"]) == (None, PREPARE)
    for query_id in (prepare, other):
        assert HEADING not in qlt("queries", "show", query_id).out
