export { type EndOptions, HostEnd, type HostEndOptions, PageEnd, type PageEndOptions } from "./ends.js";
export * from "./modelFiles.js";
export { fillsMask, type PackedMask, packMask, unpackMask } from "./packedMask.js";
export { newNonce, PART_BYTES, type Packet, readPacket, writePacket } from "./packet.js";
export { findPayload, isLocalOrigin, MARK } from "./payload.js";
export type { CallOptions, Service } from "./peer.js";
export * from "./pixels.js";
export * from "./protocol.js";
export { TIMINGS, type Timings } from "./timings.js";
