import { createServer, type Socket } from "node:net";

/** What a server does with one request: bytes as they go over the wire, then how it leaves. */
export interface Reply {
  /** Head and body, in pieces that are sent one by one. */
  readonly pieces: readonly (string | Uint8Array)[];
  /** `drip` sends a byte of nothing much now and then and never ends; `stay` sends nothing more and never ends. */
  readonly last: "end" | "reset" | "drip" | "stay";
}

/** A request's head, by lines. */
export interface Asked {
  /** Which request of the server's this is, from 0. */
  readonly index: number;
  readonly line: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface ScriptedServer {
  readonly port: number;
  readonly base: string;
  readonly asked: readonly Asked[];
  readonly close: () => Promise<void>;
}

/** Milliseconds between dripped bytes. */
const DRIP = 5;

/** A server on this machine that answers over plain sockets, so that it can break any rule of HTTP. */
export async function scriptedServer(answer: (asked: Asked) => Reply): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  const asked: Asked[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    let head = "";
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (data) => {
      head += data.toString("latin1");
      if (!head.includes("\r\n\r\n")) return;
      const request = parse(head, asked.length);
      head = "";
      asked.push(request);
      play(answer(request), socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    port,
    base: `http://127.0.0.1:${port}/`,
    asked,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** The bytes of a head; lengths and ranges are the caller's to get wrong. */
export function head(status: number, headers: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Said\r\n${lines.join("")}\r\n`;
}

function play({ pieces, last }: Reply, socket: Socket): void {
  socket.setNoDelay();
  for (const piece of pieces) socket.write(piece);
  if (last === "end") socket.end();
  else if (last === "reset") socket.resetAndDestroy();
  else if (last === "drip") {
    const timer = setInterval(() => socket.write("1"), DRIP);
    socket.on("close", () => clearInterval(timer));
  }
}

function parse(text: string, index: number): Asked {
  const [line = "", ...lines] = text.split("\r\n");
  const headers = lines.flatMap((each) => {
    const at = each.indexOf(":");
    return at > 0 ? [[each.slice(0, at).toLowerCase(), each.slice(at + 1).trim()]] : [];
  });
  return { index, line, headers: Object.fromEntries(headers) };
}
