import { encodeRle } from "@masksmith/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { selectionToRle } from "../../../../panel/session/document/selection.js";

test("a selection becomes the mask of its pixels with half coverage or more, cut to the document", () => {
  const side = fc.integer({ min: 1, max: 9 });
  const place = fc.integer({ min: -6, max: 12 });
  fc.assert(
    fc.property(side, side, side, side, place, place, fc.infiniteStream(fc.nat(255)), (w, h, sw, sh, x, y, values) => {
      const data = Uint8Array.from({ length: sw * sh }, () => values.next().value as number);
      const canvas = new Uint8Array(w * h);
      for (let row = 0; row < sh; row++) {
        for (let column = 0; column < sw; column++) {
          const [cx, cy] = [x + column, y + row];
          if (cx < 0 || cy < 0 || cx >= w || cy >= h) continue;
          canvas[cy * w + cx] = data[row * sw + column] >= 128 ? 1 : 0;
        }
      }
      const mask = selectionToRle({ x, y, width: sw, height: sh, data }, { width: w, height: h });
      expect([...mask.counts]).toEqual([...encodeRle(canvas, w, h).counts]);
    }),
  );
});
