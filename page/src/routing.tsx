import { useMemo, useSyncExternalStore, type AnchorHTMLAttributes, type MouseEvent } from "react";

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

export function usePlace(): Place {
  const href = useSyncExternalStore(subscribe, () => location.pathname + location.search);
  return useMemo(() => {
    const [path = "/", query = ""] = href.split(/\?(.*)/s);
    return { path, params: new URLSearchParams(query) };
  }, [href]);
}

export function go(href: string, how: "push" | "replace" = "push"): void {
  if (href === location.pathname + location.search) return;
  if (how === "push") history.pushState(null, "", href);
  else history.replaceState(null, "", href);
  dispatchEvent(new Event(MOVED));
  if (how === "push" && !href.startsWith(`${location.pathname}?`)) scrollTo(0, 0);
}

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
  return <a href={to} onClick={follow} {...rest} />;
}
