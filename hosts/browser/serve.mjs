import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import sirv from "sirv";

const FIRST_PORT = 4173;

/**
 * Serves the built page on this machine only, isolated from other origins so that WASM threads work.
 * @param {number} port 0 for any free one.
 * @returns {Promise<import("node:http").Server>}
 */
export function serve(port) {
  const files = sirv(fileURLToPath(new URL("dist", import.meta.url)), { dev: true, setHeaders: isolate });
  const server = createServer((request, response) => files(request, response, () => notFound(response)));
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

function isolate(response) {
  response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
  response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
  response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
  response.setHeader("X-Content-Type-Options", "nosniff");
  response.setHeader("Cache-Control", "no-cache");
}

function notFound(response) {
  response.statusCode = 404;
  response.end("Not found\n");
}

async function start() {
  if (!existsSync(new URL("dist/index.html", import.meta.url))) {
    process.stderr.write("The page is not built yet: run npm run build first\n");
    process.exitCode = 1;
    return;
  }
  const wanted = Number(process.env.PORT ?? FIRST_PORT);
  const server = await serve(wanted).catch((error) => {
    if (error.code !== "EADDRINUSE") throw error;
    return serve(0);
  });
  const address = `http://127.0.0.1:${server.address().port}/`;
  process.stdout.write(`masksmith is at ${address} (press Ctrl+C to stop)\n`);
  if (!process.argv.includes("--no-open")) openBrowser(address);
}

/** Opens an address in the default browser; where there is none the printed address must do. */
function openBrowser(address) {
  const [command, ...args] = {
    darwin: ["open", address],
    win32: ["cmd", "/c", "start", "", address],
  }[process.platform] ?? ["xdg-open", address];
  const opener = spawn(command, args, { stdio: "ignore", detached: true });
  opener.on("error", () => undefined);
  opener.unref();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await start();
