import { invalid, MasksmithError } from "@masksmith/core";
import type { Dispatcher } from "undici";
import { failedAt, reasonOf } from "../failure.js";

/** Takes an answer as it comes. What one of these throws ends the answer, and is thrown by `request`. */
export interface Receiver {
  /** @returns whether the rest of the answer is wanted. */
  readonly head: (status: number, headers: AnswerHeaders) => boolean;
  readonly bytes: (chunk: Uint8Array) => void;
}

export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>;

export interface RequestOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly proxy?: string | undefined;
  /** Milliseconds in which `LEAST_RATE` has to be kept up. */
  readonly patience: number;
}

/** The connection broke, or brings nothing: another try may go further. */
export class Interrupted extends Error {
  constructor(
    message: string,
    /** It was given up for being too slow. */
    readonly stalled: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Bytes a second; what is slower is as good as nothing, and could go on for ever. */
const LEAST_RATE = 1024;
const MOST_REDIRECTS = 8;

/**
 * One GET, with its redirects, over connections of its own, which are closed whatever happens. Chunks are handed on the moment
 * they come, so that a connection that breaks takes none of them with it.
 * @throws Interrupted; MasksmithError `runtime` for what another try would not change; whatever the receiver throws.
 */
export async function request(url: URL, options: RequestOptions, receiver: Receiver): Promise<void> {
  let at = url;
  for (let i = 0; i <= MOST_REDIRECTS; i++) {
    const headers = { ...options.headers, ...(at.origin === url.origin ? credentialsOf(url) : {}) };
    const next = await exchange(at, { ...options, headers }, receiver);
    if (next === undefined) return;
    at = redirected(at, next);
  }
  throw new MasksmithError("runtime", `${shownUrl(url)} redirects more than ${MOST_REDIRECTS} times`);
}

/** An address for a person: without the credentials that may be in it. */
export function shownUrl({ origin, pathname }: URL): string {
  return origin + pathname;
}

/** @returns where it redirects to, or undefined once the answer is over. */
async function exchange(url: URL, options: RequestOptions, receiver: Receiver): Promise<string | undefined> {
  const connections = await connectionsFor(options.proxy);
  let stop = () => {};
  try {
    return await new Promise<string | undefined>((resolve, reject) => {
      const interrupt = (cause: Error) => reject(new Interrupted(reasonOf(cause), false, { cause }));
      connections.onError = interrupt;
      const pace = watchPace(options.patience, (why) => reject(new Interrupted(why, true)));
      stop = pace.stop;
      connections.agent.dispatch(
        { origin: url.origin, path: url.pathname + url.search, method: "GET", headers: { ...options.headers } },
        handlerOf(receiver, pace.came, { resolve, reject, interrupt }),
      );
    });
  } finally {
    stop();
    // Ends the answer too, wherever it is; there is nothing to wait for.
    void connections.agent.destroy().catch(() => {});
  }
}

interface Outcome {
  readonly resolve: (redirect?: string) => void;
  readonly reject: (error: unknown) => void;
  readonly interrupt: (cause: Error) => void;
}

function handlerOf(
  receiver: Receiver,
  came: (bytes: number) => void,
  { resolve, reject, interrupt }: Outcome,
): Dispatcher.DispatchHandler {
  let over = false;
  const finish = (controller: Dispatcher.DispatchController, end: () => void) => {
    over = true;
    end();
    controller.abort(new Error("the rest is not wanted"));
  };
  return {
    // undici demands it.
    onRequestStart: () => {},
    onResponseStart: (controller, status, headers) => {
      const { location } = headers;
      if (status >= 300 && status < 400 && typeof location === "string")
        return finish(controller, () => resolve(location));
      try {
        if (!receiver.head(status, headers)) finish(controller, () => resolve());
      } catch (error) {
        finish(controller, () => reject(error));
      }
    },
    onResponseData: (controller, chunk) => {
      if (over) return;
      came(chunk.length);
      try {
        receiver.bytes(chunk);
      } catch (error) {
        finish(controller, () => reject(error));
      }
    },
    onResponseEnd: () => resolve(),
    onResponseError: (_, error) => interrupt(error),
  };
}

/** Calls `stall` unless enough bytes come in each stretch of `patience` milliseconds. */
function watchPace(patience: number, stall: (why: string) => void) {
  let bytes = 0;
  const timer = setInterval(() => {
    if (bytes < (LEAST_RATE * patience) / 1000)
      stall(`it sent ${bytes === 0 ? "nothing" : `only ${bytes} bytes`} in ${patience / 1000} s`);
    bytes = 0;
  }, patience);
  return {
    came: (count: number) => {
      bytes += count;
    },
    stop: () => clearInterval(timer),
  };
}

function redirected(from: URL, location: string): URL {
  if (!URL.canParse(location, from))
    throw new MasksmithError("runtime", `${shownUrl(from)} redirects to what is no address`);
  const to = new URL(location, from);
  if (from.protocol === "https:" && to.protocol !== "https:")
    throw new MasksmithError("runtime", `${shownUrl(from)} redirects to ${shownUrl(to)}, which is not encrypted`);
  if (!["http:", "https:"].includes(to.protocol))
    throw new MasksmithError("runtime", `${shownUrl(from)} redirects to an address that begins with ${to.protocol}`);
  return to;
}

function credentialsOf({ username, password }: URL): Record<string, string> {
  if (username === "" && password === "") return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}

interface Connections {
  readonly agent: Dispatcher;
  /** Told of a connection that could not be made: undici itself would try again, for ever. */
  onError: (error: Error) => void;
}

/** By way of `--proxy`, else of those that the usual environment variables name. */
async function connectionsFor(proxy: string | undefined): Promise<Connections> {
  // Loaded on demand: it takes WebAssembly memory at once, which other commands may need.
  const { EnvHttpProxyAgent, Pool, ProxyAgent } = await import("undici");
  let connections: Connections;
  const factory = (origin: string | URL, options: object) =>
    new Pool(origin, options).on("connectionError", (_, __, error) => connections.onError(error));
  try {
    const agent = proxy === undefined ? new EnvHttpProxyAgent({ factory }) : new ProxyAgent({ uri: proxy, factory });
    connections = { agent, onError: () => {} };
    return connections;
  } catch (cause) {
    // Neither is named: there may be a password in it.
    if (proxy !== undefined) throw invalid("--proxy", "an address such as http://host:8080", "another text");
    throw failedAt("HTTP_PROXY and HTTPS_PROXY must be addresses such as http://host:8080", cause);
  }
}
