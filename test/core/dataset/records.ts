import fc from "fast-check";
import type { PictureRecord, RecordedMask } from "../../../core/dataset/index.js";
import { encodeRle, rleArea, rleBox } from "../../../core/mask/index.js";

/** Fields that no format here knows, some named to do harm. */
const extras = fc
  .dictionary(
    fc.constantFrom("licence", "attributes", "__proto__", "constructor", "toString", "x y", ""),
    fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value))),
    { maxKeys: 3 },
  )
  // Own fields on a plain object, as JSON.parse makes them.
  .map((fields) => JSON.parse(JSON.stringify(fields)) as Record<string, unknown>);

const score = fc.double({ min: 0, max: 1.1, noNaN: true }).map((value) => value + 0);
const coordinate = fc.double({ min: 0, max: 30, noNaN: true }).map((value) => value + 0);

/** Records of small pictures with masks of all stages. */
export const records: fc.Arbitrary<PictureRecord> = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }))
  .chain(([width, height]) =>
    fc.record({
      image: fc.record({
        fileName: fc.string({ minLength: 1, maxLength: 12 }),
        width: fc.constant(width),
        height: fc.constant(height),
        extra: extras,
      }),
      masks: fc.uniqueArray(maskOf(width, height), { selector: ({ id }) => id, maxLength: 6 }),
      extra: extras,
    }),
  );

function maskOf(width: number, height: number): fc.Arbitrary<RecordedMask> {
  return fc
    .record({
      id: fc.integer({ min: 0, max: 99 }),
      bytes: fc.uint8Array({ minLength: width * height, maxLength: width * height, max: 1 }),
      predictedIou: score,
      stabilityScore: score,
      cropBox: fc.tuple(coordinate, coordinate, coordinate, coordinate),
      points: fc.array(fc.record({ x: coordinate, y: coordinate }), { maxLength: 3 }),
      stage: fc.constantFrom("assisted-manual", "semi-automatic", "automatic"),
      confirmed: fc.boolean(),
      scored: fc.boolean(),
      extra: extras,
    })
    .map(({ bytes, scored, predictedIou, stabilityScore, cropBox, ...rest }) => {
      const mask = encodeRle(bytes, width, height);
      const byHand = (rest.confirmed || rest.stage !== "automatic") && !scored;
      const scores = byHand ? {} : { predictedIou, stabilityScore, cropBox };
      return { ...rest, ...scores, mask, area: rleArea(mask), bbox: rleBox(mask) } as RecordedMask;
    });
}
