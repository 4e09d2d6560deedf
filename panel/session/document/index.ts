export { DocumentReader, type Picture } from "./documentReader.js";
export { encodedFraction } from "./encodeTimes.js";
export { WorkClock } from "./workClock.js";
export { type WorkChange, WorkKeeper } from "./workKeeper.js";
