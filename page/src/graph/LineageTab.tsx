import type { Schemas } from "../api/ask";
import type { Place } from "../routing";
import { GraphControls } from "./Controls";
import { GraphView } from "./GraphView";
import "../styles/graph.css";

export default function LineageTab({ object, place }: { object: Schemas["OneObject"]; place: Place }) {
  return (
    <>
      <GraphControls place={place} column={null} />
      <GraphView focus={{ name: object.object, namespace: object.namespace, column: null }} place={place} />
    </>
  );
}
