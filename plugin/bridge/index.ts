export { HostEnd, PageEnd, type PageEndOptions } from "./ends.js";
export * from "./modelFiles.js";
export { fillsMask, type PackedMask, packMask, unpackMask } from "./packedMask.js";
export { newNonce, PART_BYTES } from "./packet.js";
export { isLocalOrigin, MARK } from "./payload.js";
export type { Service } from "./peer.js";
export * from "./pixels.js";
export * from "./protocol.js";
export { TIMINGS, type Timings } from "./timings.js";
