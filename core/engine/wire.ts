import * as z from "zod";
import { unlessSilent } from "../aborts.js";
import { ERROR_KINDS, fromWireError, invalid, MasksmithError, toWireError } from "../errors.js";

/** One end of a message channel, as a worker has it to its owner. Messages survive a structured clone. */
export interface Port {
  /** Sends a message; the buffers of `transfer` are moved, not copied. */
  post(message: unknown, transfer: readonly ArrayBuffer[]): void;
  /** Called once, before the first `post`. */
  onMessage(listener: (message: unknown) => void): void;
}

/** A worker as its owner has it: a Node worker thread, a web worker, or anything that behaves so. */
export interface WorkerLike extends Port {
  /** Called once. The listener hears of a failed start, a crash, and an end that nobody asked for. */
  onExit(listener: (reason: string) => void): void;
  /** Ends it now, whatever it is doing. */
  terminate(): void;
}

/** A value that answers a call, and the buffers in it that may be moved instead of copied. */
export interface Answer {
  readonly value: unknown;
  readonly transfer?: readonly ArrayBuffer[];
}

/** Functions that may be called from the other end. Each checks its argument itself: it may be anything. */
export type Handlers = Readonly<Record<string, (argument: unknown) => Promise<Answer>>>;

const wireError = z.strictObject({ kind: z.enum(ERROR_KINDS), message: z.string() });
const request = z.strictObject({ call: z.number().int(), name: z.string(), argument: z.unknown() });
const reply = z.union([
  z.strictObject({ call: z.number().int(), error: wireError }),
  z.strictObject({ call: z.number().int(), value: z.unknown() }),
]);

/** Checks what came over a channel. @throws MasksmithError `state`: the two ends do not speak the same language. */
export function checkMessage<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = issue.path.length > 0 ? `${issue.path.join(".")}: ` : "";
  throw new MasksmithError("state", `Message not understood (${what}): ${field}${issue.message}`);
}

/** Answers calls that come in over a port. A message that is no call is an error of the other end and is not answered. */
export function answerCalls(port: Port, handlers: Handlers): void {
  port.onMessage((message) => {
    const { call, name, argument } = checkMessage(request, message, "call");
    const work = async (): Promise<Answer> => {
      const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
      if (!handler) throw new MasksmithError("state", `No function ${JSON.stringify(name)} to call`);
      return handler(argument);
    };
    work().then(
      ({ value, transfer = [] }) => port.post({ call, value }, transfer),
      (error: unknown) => port.post({ call, error: toWireError(error) }, []),
    );
  });
}

/** A worker that says nothing for this long after its start does not serve. Scripts of 3 MB start in a second. */
const HELLO_MS = 20_000;

/**
 * Waits for a new worker's first word.
 * @throws MasksmithError `input` where none comes: the script is another's; what the call rejects with if the worker ends.
 */
export async function greet(caller: Caller, serve: string): Promise<void> {
  const late = () => invalid("spawn", `a function that starts a worker which calls ${serve}`, "a silent worker");
  await unlessSilent(() => caller.call("hello", null), HELLO_MS, late);
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: MasksmithError) => void;
}

/** Calls functions at the other end of a port. */
export class Caller {
  readonly #port: Port;
  readonly #pending = new Map<number, Pending>();
  #calls = 0;
  #broken: MasksmithError | undefined;

  constructor(port: Port) {
    this.#port = port;
    port.onMessage((message) => this.#receive(message));
  }

  /** @throws MasksmithError as the function called does; the reason of `fail`, if that came first. */
  call(name: string, argument: unknown, transfer: readonly ArrayBuffer[] = []): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#broken) return reject(this.#broken);
      const call = this.#calls++;
      this.#pending.set(call, { resolve, reject });
      this.#port.post({ call, name, argument }, transfer);
    });
  }

  /** The other end is gone: what waits for it, and every later call, rejects. */
  fail(error: MasksmithError): void {
    this.#broken ??= error;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }

  #receive(message: unknown): void {
    let answer: z.infer<typeof reply>;
    try {
      answer = checkMessage(reply, message, "answer");
    } catch (error) {
      this.fail(error as MasksmithError);
      return;
    }
    const pending = this.#pending.get(answer.call);
    this.#pending.delete(answer.call);
    if ("error" in answer) pending?.reject(fromWireError(answer.error));
    else pending?.resolve(answer.value);
  }
}
