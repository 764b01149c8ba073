import { addressOf, type Route } from "../api/ask";
import { located } from "../root";

const NAMES: Record<string, string> = { csv: "CSV", mermaid: "Mermaid", dot: "Graphviz", svg: "SVG", html: "HTML" };

/** The same answer as a file, made by the server. */
export function Downloads({ route, params, formats = ["csv"] }: { route: Route; params: object; formats?: readonly string[] }) {
  return (
    <span className="downloads">
      <span className="quiet">Download</span>{" "}
      {formats.map((format) => (
        <a key={format} href={located(addressOf(route, { ...params, format }))} download>{NAMES[format] ?? format}</a>
      ))}
    </span>
  );
}
