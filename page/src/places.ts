import { href, type Changes } from "./routing";

/** Addresses of what there is to look at. */
export const overviewAt = () => "/";
export const queriesAt = (wanted: Changes = {}) => href("/queries", wanted);
export const queryAt = (cluster: string, id: string) => href("/query", { cluster, id });
export const objectsAt = (wanted: Changes = {}) => href("/objects", wanted);
export const objectAt = (name: string, namespace: string | null, tab?: string) =>
  href("/object", { name, namespace, tab });
export const graphAt = (name: string, namespace: string | null, rest: Changes = {}) =>
  href("/graph", { name, namespace, ...rest });
export const impactAt = (name: string, namespace: string | null, column?: string | null) =>
  href("/impact", { name, namespace, column });

export const costsAt = (wanted: Changes = {}) => href("/costs", wanted);

/** As far as a trace goes each way: to the base tables, for all practical purposes. */
export const TRACE_HOPS = 10;

export const traceAt = (name: string, namespace: string | null, column: string) =>
  graphAt(name, namespace, { column, up: TRACE_HOPS, down: TRACE_HOPS });
