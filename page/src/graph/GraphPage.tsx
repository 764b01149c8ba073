import { Empty } from "../parts/Answered";
import { graphAt, impactAt, objectAt, traceAt } from "../places";
import { Link, usePlace } from "../routing";
import { Finder } from "../shell/Finder";
import { GraphControls } from "./Controls";
import { GraphView } from "./GraphView";
import "../styles/graph.css";

export default function GraphPage() {
  const place = usePlace();
  const { params } = place;
  const name = params.get("name");
  const [namespace, column] = [params.get("namespace"), params.get("column")];
  const told = name && [name, column].filter(Boolean).join(".");
  return (
    <>
      <div className="heading">
        <h1>Lineage{told && <span className="of"> of <span className="id">{told}</span></span>}</h1>
        {name && (
          <span className="actions">
            {column && <Link className="button" href={graphAt(name, namespace)}>The whole object</Link>}
            <Link className="button" href={objectAt(name, namespace)}>Object</Link>
            <Link className="button" href={impactAt(name, namespace, column)}>Impact</Link>
          </span>
        )}
      </div>
      <div className="search">
        <div className="grow">
          <Finder label="Table or column to look at" key={told ?? ""}
            objectHref={(found) => graphAt(found.object, found.namespace)}
            columnHref={(found) => traceAt(found.object, found.namespace, found.column)} />
        </div>
        {name && <GraphControls place={place} column={column} />}
      </div>
      {name ? <GraphView focus={{ name, namespace, column }} place={place} />
        : <Empty>Choose a table to see what feeds it and what it feeds, or a column to trace it to its base tables.</Empty>}
    </>
  );
}
