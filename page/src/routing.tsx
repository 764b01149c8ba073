import { useMemo, useSyncExternalStore, type AnchorHTMLAttributes, type MouseEvent } from "react";
import { located, ROOT } from "./root";

/** Where the page is: all that it shows follows from here. */
export type Place = { path: string; params: URLSearchParams };

export type Changes = Record<string, string | string[] | number | boolean | null | undefined>;

const MOVED = "qlt:moved";

function subscribe(told: () => void): () => void {
  addEventListener("popstate", told);
  addEventListener(MOVED, told);
  return () => {
    removeEventListener("popstate", told);
    removeEventListener(MOVED, told);
  };
}

/** Where the browser is, without what all addresses of the page begin with. */
export const whereabouts = () => location.pathname.slice(ROOT.length) + location.search;

export function usePlace(): Place {
  const href = useSyncExternalStore(subscribe, whereabouts);
  return useMemo(() => {
    const [path = "/", query = ""] = href.split(/\?(.*)/s);
    return { path: path.replace(/(.)\/+$/, "$1"), params: new URLSearchParams(query) };
  }, [href]);
}

export function go(href: string, how: "push" | "replace" = "push"): void {
  if (href === whereabouts()) return;
  const before = new URL(location.href);
  if (how === "push") history.pushState(null, "", located(href));
  else history.replaceState(null, "", located(href));
  dispatchEvent(new Event(MOVED));
  if (how === "push" && beginningOf(before) !== beginningOf(new URL(location.href))) scrollTo(0, 0);
}

/** What a page is about: an object, a column of it, or a query. */
export const subjectOf = (params: URLSearchParams): string => [params.get("name") ?? params.get("id"), params.get("column")].filter(Boolean).join(".");

/** Whoever comes to another page, subject, or part of a list reads on from its beginning. */
const beginningOf = ({ pathname, searchParams }: URL) => [pathname, subjectOf(searchParams), searchParams.get("cursor")].join("\n");

/** The address of a path with these parameters; what has no value is left out. */
export function href(path: string, params: Changes = {}): string {
  return written(path, changed(new URLSearchParams(), params));
}

/** The address of the same page with other parameters. */
export function hrefWith(place: Place, changes: Changes): string {
  return written(place.path, changed(new URLSearchParams(place.params), changes));
}

function changed(params: URLSearchParams, changes: Changes): URLSearchParams {
  for (const [name, value] of Object.entries(changes)) {
    params.delete(name);
    if (Array.isArray(value)) for (const one of value) params.append(name, one);
    else if (value !== null && value !== undefined && value !== "" && value !== false) params.set(name, String(value));
  }
  return params;
}

function written(path: string, params: URLSearchParams): string {
  const query = params.toString();
  return query ? `${path}?${query}` : path;
}

/** A link within the page; a modified click is the browser's. */
export function Link({ href: to, onClick, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  function follow(event: MouseEvent<HTMLAnchorElement>) {
    onClick?.(event);
    const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (event.defaultPrevented || !plain) return;
    event.preventDefault();
    go(to);
  }
  return <a href={located(to)} onClick={follow} {...rest} />;
}
