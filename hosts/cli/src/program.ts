import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { Command, Option } from "commander";
import { backendOption } from "./backendOption.js";
import { addAuto } from "./commands/auto.js";
import { type BenchOptions, bench } from "./commands/bench.js";
import { type EvalOptions, evalFolder } from "./commands/eval.js";
import { listModels, type ModelsOptions, showModel, verifyModels } from "./commands/models.js";
import { type AddCommandOptions, addModelCommand } from "./commands/modelsAdd.js";
import { type GetOptions, getModel } from "./commands/modelsGet.js";
import { type SegmentOptions, segment } from "./commands/segment.js";
import { PRESET_NAMES } from "./dataEngine/index.js";
import { addRefinementOptions } from "./refinementFlags.js";
import { boxesOf, countOf, pointsOf } from "./values.js";

/** The command line as commander sees it. Its own errors are thrown, not printed. */
export function createProgram(): Command {
  const program = new Command("masksmith")
    .description("Point at an object in a picture, or box it, and get its mask. Works offline.")
    .version(version())
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  addSegment(program);
  addAuto(program);
  addModels(program);
  addBench(program);
  addEval(program);
  return program;
}

function addSegment(program: Command): void {
  const segmentCommand = program
    .command("segment")
    .description("segment the object marked by points, a box or a rough mask")
    .argument("<image>", "JPEG, PNG, WebP or TIFF")
    .option("--point <X,Y>", "a point on the object, in image pixels; repeat for more", pointsOf("--point"))
    .option("--background <X,Y>", "a point not on the object; repeat for more", pointsOf("--background"))
    .option("--box <X0,Y0,X1,Y1>", "a box around an object; repeat for more objects", boxesOf("--box"))
    .option("--mask <FILE>", "a rough mask of the image's size: a picture, or JSON with a COCO RLE")
    .option("--candidates", "every answer of the model, the recommended one first, instead of that one alone")
    .option(
      "--raw",
      "the model's masks exactly as they are, in its own order: not cleaned, none preferred for being clean",
    );
  addRefinementOptions(segmentCommand)
    .option("--model <ID>", "the model to use: an id (see: masksmith models), or a model's folder")
    .option("--encoder <NAME>", "the model's encoder: precise (default) or fast")
    .addOption(backendOption())
    .option("--threads <N>", "threads of the wasm or native backend", countOf("--threads", availableParallelism()))
    .option("--ignore-profile", "use colors as stored, as the original Python code does, and ignore the color profile")
    .option("--json", "print one JSON document")
    .option("--force", "replace a .json file that holds other masks")
    .option("-o, --out <FILE>", "write the mask: .png, .json, .psd (layers with masks) or .svg (outlines)")
    .option("--cutout <FILE.png>", "write the object on transparency")
    .addHelpText("after", SEGMENT_NOTES)
    .action((image: string, options: SegmentOptions) => segment(image, options));
}

const SEGMENT_NOTES = `
Several masks (boxes or --candidates) go to one .json, .psd or .svg file, but to numbered
.png files: mask.png becomes mask-1.png, mask-2.png, ... A --mask without --box brings its
own bounds as box.`;

function addModels(program: Command): void {
  const models = program
    .command("models")
    .description("the models that masksmith knows")
    .addHelpText("after", MODELS_NOTES);
  models
    .command("list", { isDefault: true })
    .description("list them, and public models that masksmith can use once you have them")
    .option("--known", "list the public models only")
    .option("--json", "print one JSON document")
    .action((options: ModelsOptions) => listModels(options));
  models
    .command("info")
    .description("what one is, its source and its licence")
    .argument("<ID>")
    .option("--json", "print one JSON document")
    .action((id: string, options: ModelsOptions) => showModel(id, options));
  models
    .command("verify")
    .description("check its files against their sizes and hashes")
    .argument("<ID>")
    .option("--json", "print one JSON document")
    .action((id: string, options: ModelsOptions) => verifyModels(id, options));
  addModelsAdd(models);
  addModelsGet(models);
}

function addModelsGet(models: Command): void {
  models
    .command("get")
    .description("download a known model, from a source that you name or confirm; nothing else ever downloads")
    .argument("<ID>", "see: masksmith models list --known")
    .option("--from <URL>", "the address of the file, or of its folder with a slash at the end")
    .option("--yes", "download it from its publisher")
    .option("--mirror <URL>", "use this server instead of the model's own")
    .option("--proxy <URL>", "use this proxy (default: HTTPS_PROXY, HTTP_PROXY, NO_PROXY)")
    .option("--sha256 <HASH>", "the expected hash, where none is published: HASH, FILE=HASH, or none", listOf)
    .option("-o, --out <FOLDER>", "where to put it (default: downloads in the user's data folder)")
    .option("--json", "print one JSON document")
    .action((id: string, options: GetOptions) => getModel(id, options));
}

function listOf(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

function addModelsAdd(models: Command): void {
  models
    .command("add")
    .description("add a model that you have: its folder of .onnx files, in one of the known layouts")
    .argument("<FOLDER>")
    .option("--id <ID>", "its id (default: the folder's name)")
    .option("--name <NAME>", "its display name")
    .option("--copy", "copy its files, instead of remembering where they are")
    .option("--dry-run", "say what it is and show its manifest; store nothing")
    .addOption(backendOption())
    .option("--json", "print one JSON document")
    .action((folder: string, options: AddCommandOptions) => addModelCommand(folder, options));
}

const MODELS_NOTES = `
Added models lie in your data folder. MASKSMITH_MODELS may name other folders (separated as in PATH) that hold models,
a subfolder each; then the first of them is where new ones go.`;

function addBench(program: Command): void {
  program
    .command("bench")
    .description("measure speed and memory against the peer (in a clone, after npm ci)")
    .argument("[names...]", "what to measure; default: everything")
    .option("--model <ID>", "the model to measure (default: the built-in one)")
    .addOption(backendOption())
    .option("--json", "print one JSON document")
    .addOption(new Option("--peak-of <SIDE>").hideHelp())
    .action((names: string[], options: BenchOptions) => bench(names, options));
}

function addEval(program: Command): void {
  program
    .command("eval")
    .description("measure the answers on a folder of labelled clicks and objects (its clicks.json, objects.json)")
    .argument("<folder>")
    .option("--model <ID>", "the model to use: an id (see: masksmith models), or a model's folder")
    .option("--encoder <NAME>", "the model's encoder: precise (default) or fast")
    .addOption(backendOption())
    .option(
      "--steps <NAME,...>",
      "only these rows (and those they are compared with); objects: what automatic generation finds of clicks.json",
      namesOf,
    )
    .option("-n, --sample <N>", "clicks at most (with --steps objects: pictures), spread over all", countOf("--sample"))
    .option("--sheet <FILE.png>", "draw the clicks where two rows differ most, side by side")
    .option("--rows <A,B>", "the two rows of the sheet", namesOf)
    .option("--cache <FOLDER>", "keep embeddings there: the next evaluation of the same pictures need not encode them")
    .addOption(new Option("--preset <NAME>", "with --steps objects: see masksmith auto").choices(PRESET_NAMES))
    .option("--json", "print one JSON document")
    .action((folder: string, options: EvalOptions) => evalFolder(folder, options));
}

function namesOf(text: string): string[] {
  return text.split(",").map((name) => name.trim());
}

function version(): string {
  const file = new URL("../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
