export { DocumentReader, type Embedder, type Picture } from "./documentReader.js";
export { encodedFraction } from "./encodeTimes.js";
export { WorkClock } from "./workClock.js";
export { type ChangeOrigin, type WorkChange, WorkKeeper } from "./workKeeper.js";
