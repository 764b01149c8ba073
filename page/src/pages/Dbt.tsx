import type { Schemas } from "../api/ask";
import { Facts, Section } from "../parts/Facts";

/** What dbt says of an object: what makes it, and the exposures that depend on it. */
export function Dbt({ told }: { told: Schemas["ToldByDbt"] }) {
  const { node, problem } = told;
  if (!node) return problem ? <p className="quiet">dbt: {problem}</p> : null;
  return (
    <Section title="dbt" note={node.resource_type}>
      <Facts facts={[
        ["Id", <code key="i">{node.unique_id}</code>],
        ["Description", node.description],
        ["Owner", node.owner],
        ["File", node.path && <code key="p">{node.path}</code>],
        ["Exposures", node.exposures.length ? node.exposures.map((exposure) => <Exposed key={exposure.unique_id} exposure={exposure} />) : null],
      ]} />
    </Section>
  );
}

function Exposed({ exposure }: { exposure: Schemas["Exposure"] }) {
  const safe = exposure.url && /^https?:\/\//.test(exposure.url);
  const name = exposure.name;
  return <div>{safe ? <a href={exposure.url ?? ""} rel="noreferrer noopener" target="_blank">{name}</a> : name} <span className="quiet">{exposure.type}</span></div>;
}
