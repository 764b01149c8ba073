import { useSyncExternalStore } from "react";
import type { Zone } from "./times";

/** What a person sets once for this browser. Everything else is in the address. */
type Choice<T extends string> = { get: () => T; set: (value: T) => void; use: () => T };

function choice<T extends string>(key: string, values: readonly [T, ...T[]], apply: (value: T) => void): Choice<T> {
  const told = new Set<() => void>();
  const stored = readStored(key);
  let current = values.find((value) => value === stored) ?? values[0];
  apply(current);
  const get = () => current;
  return {
    get,
    set: (value) => {
      current = value;
      writeStored(key, value);
      apply(value);
      for (const tell of told) tell();
    },
    use: () =>
      useSyncExternalStore((tell) => {
        told.add(tell);
        return () => told.delete(tell);
      }, get),
  };
}

// A browser may refuse storage; then the choice lasts as long as the page.
function readStored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function writeStored(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    return;
  }
}

export const theme = choice("qlt.theme", ["system", "light", "dark"], (value) => {
  document.documentElement.dataset["theme"] = value;
});

export const zone = choice("qlt.zone", ["local", "UTC"], () => undefined);

export const localZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The name of the time zone that times are shown in. */
export const zoneName = (value: Zone) => (value === "UTC" ? "UTC" : localZone);
