type Span = { start: number; end: number };

/** Spans counted in code points, as the API counts, turned into UTF-16 units, as the browser counts. */
export function inUtf16<S extends Span>(text: string, spans: readonly S[]): S[] {
  if (!/[\ud800-\udbff]/.test(text)) return [...spans];
  const wanted = new Map<number, number>();
  for (const span of spans) for (const offset of [span.start, span.end]) wanted.set(offset, offset);
  let points = 0;
  let units = 0;
  for (const character of text) {
    if (wanted.has(points)) wanted.set(points, units);
    points += 1;
    units += character.length;
  }
  if (wanted.has(points)) wanted.set(points, units);
  return spans.map((span) => ({ ...span, start: wanted.get(span.start) ?? 0, end: wanted.get(span.end) ?? 0 }));
}
