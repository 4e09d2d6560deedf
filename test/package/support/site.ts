import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import sirv from "sirv";

/** A page on this machine, until it is closed. */
export interface Site {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves a folder's files and nothing else, as any web server does. */
export async function serveFolder(folder: string): Promise<Site> {
  const files = sirv(folder, { dev: true });
  const server = createServer((request, response) =>
    files(request, response, () => void response.writeHead(404).end()),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Starts a development server, which says its address when it is ready. @param args of Node. */
export async function startServer(cwd: string, args: readonly string[]): Promise<Site> {
  // No colours, which would stand amid the address.
  const child = spawn(process.execPath, args, { cwd, env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" } });
  return { url: await addressOf(child), close: () => ended(child) };
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const hear = (chunk: unknown) => {
      said += chunk;
      const [url] = /http:\/\/(localhost|127\.0\.0\.1):\d+\//.exec(said) ?? [];
      if (url) resolve(url);
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("exit", () => reject(new Error(`The server ended: ${said}`)));
  });
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill();
  });
}
