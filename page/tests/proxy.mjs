// A small reverse proxy that serves a tracker at a path of its own, as companies do with pages of many tools.
import { once } from "node:events";
import { createServer, request } from "node:http";

/** Passes what is under the path on without it; knows nothing else. */
export async function startProxy(target, path) {
  const server = createServer((asked, answer) => {
    if (!asked.url.startsWith(`${path}/`)) {
      answer.writeHead(404).end("not of the tracker");
      return;
    }
    const passed = request(new URL(asked.url.slice(path.length), target), { method: asked.method, headers: asked.headers }, (told) => {
      answer.writeHead(told.statusCode, told.headers);
      told.pipe(answer);
    });
    passed.on("error", () => answer.writeHead(502).end("the tracker is away"));
    asked.pipe(passed);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    base: `http://127.0.0.1:${server.address().port}${path}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
