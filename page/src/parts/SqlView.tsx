import { sql, SQLDialect } from "@codemirror/lang-sql";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorState, RangeSet, type Range } from "@codemirror/state";
import { Decoration, drawSelection, EditorView, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "react";
import { inUtf16 } from "../offsets";
import type { Marked } from "./Sql";

const TRINO = SQLDialect.define({
  identifierQuotes: '"',
  keywords:
    "all alter analyze and any array as asc at between by call case cast catalog column commit create cross cube current " +
    "delete deny desc describe distinct drop else end escape except execute exists explain extract false fetch filter first " +
    "following for from full function grant group grouping having if ignore in inner insert intersect interval into is join " +
    "json_table last lateral left like limit localtimestamp match_recognize matched materialized merge natural next not null nulls " +
    "offset on only or order ordinality outer over partition preceding prepare range recursive refresh rename replace respect " +
    "right rollback rollup row rows schema select sets show some start table tablesample then to true truncate uescape " +
    "unbounded union unnest update use using values view when where window with within",
  types: "bigint boolean char date decimal double integer json map real smallint time timestamp tinyint uuid varbinary varchar",
});

const COLOURS = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--sql-keyword)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--sql-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--sql-number)" },
  { tag: tags.comment, color: "var(--quiet)", fontStyle: "italic" },
  { tag: tags.typeName, color: "var(--sql-type)" },
]);

const LINES_ABOVE = 80;

/** A read-only statement in colours; the first mark is scrolled into view. */
export default function SqlView({ text, label, marks }: { text: string; label: string; marks: readonly Marked[] }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!box.current) return;
    const found = inUtf16(text, marks);
    const view = new EditorView({ parent: box.current, state: stateOf(text, label, found) });
    const first = found[0];
    // Only the statement is scrolled: CodeMirror's own way scrolls the whole page with it.
    if (first) view.requestMeasure({
      read: () => view.lineBlockAt(first.start).top,
      write: (top) => { view.scrollDOM.scrollTop = Math.max(0, top - LINES_ABOVE); },
    });
    return () => view.destroy();
  }, [text, label, marks]);
  return <div className="sql" ref={box} />;
}

function stateOf(text: string, label: string, marks: readonly Marked[]): EditorState {
  return EditorState.create({
    doc: text,
    extensions: [
      // A carriage return is a character of the text that marks count.
      EditorState.lineSeparator.of("\n"),
      lineNumbers(),
      drawSelection(),
      EditorView.lineWrapping,
      EditorState.readOnly.of(true),
      EditorView.editable.of(false),
      EditorView.contentAttributes.of({ "aria-label": label, "aria-readonly": "true", role: "textbox", "aria-multiline": "true", tabindex: "0" }),
      sql({ dialect: TRINO }),
      syntaxHighlighting(COLOURS),
      EditorView.decorations.of(RangeSet.of(marks.filter((mark) => mark.end > mark.start).map(marked), true)),
    ],
  });
}

function marked({ start, end, told }: Marked): Range<Decoration> {
  return Decoration.mark({ tagName: "mark", attributes: { title: told } }).range(start, end);
}
