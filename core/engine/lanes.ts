import * as z from "zod";
import { checkMessage, type Port } from "./wire.js";

const onLane = z.strictObject({ lane: z.number().int().min(0).max(1), message: z.unknown() });

/** Two channels over one port: calls to the other end on the first, calls from there on the second. */
export function lanes(port: Port): readonly [Port, Port] {
  const listeners: ((message: unknown) => void)[] = [() => {}, () => {}];
  port.onMessage((value) => {
    const { lane, message } = checkMessage(onLane, value, "lane");
    listeners[lane]?.(message);
  });
  const of = (lane: number): Port => ({
    post: (message, transfer) => port.post({ lane, message }, transfer),
    onMessage: (listener) => {
      listeners[lane] = listener;
    },
  });
  return [of(0), of(1)];
}
