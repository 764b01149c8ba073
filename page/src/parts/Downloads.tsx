import { addressOf, type Route } from "../api/ask";
import { located } from "../root";

const NAMES: Record<string, string> = { csv: "CSV", json: "JSON", mermaid: "Mermaid", dot: "Graphviz", svg: "SVG", html: "HTML" };

/** The rows of a list that a file has at most; the API answers with the rest. */
export const MOST_IN_FILE = 500;

type Props = { route: Route; params: object; formats?: readonly string[]; capped?: boolean };

/** The same answer as a file, made by the server; `capped`: the list may be longer than the file. */
export function Downloads({ route, params, formats = ["csv", "json"], capped = false }: Props) {
  return (
    <span className="downloads">
      <span className="quiet">{capped ? `Download up to ${MOST_IN_FILE} from here as` : "Download"}</span>{" "}
      {formats.map((format) => (
        <a key={format} href={located(addressOf(route, { ...params, format }))} download={format === "json" ? `${route.split("/").at(-1)}.json` : true}>{NAMES[format] ?? format}</a>
      ))}
    </span>
  );
}
