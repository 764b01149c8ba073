/** Where the page's script is: in assets/, right under what the page is at. Tests have it elsewhere. */
const script = import.meta.url;

/** What every address of the page begins with: "" at the root of a host, "/tools/qlt" where a proxy puts it there. */
export const ROOT = /^https?:/.test(script) ? new URL("..", script).pathname.replace(/\/$/, "") : "";

/** The address in the browser of one of ours. */
export const located = (address: string): string => ROOT + address;
