"""The exported form of SAM 2's image encoder: Hiera, feature pyramid, and what the decoder wants of its finer levels.

Ryali et al., "Hiera" (ICML 2023), in the shape of Ravi et al., "SAM 2" (2024). Tokens are rows [H * W, C]. Padding of
windows, biases of keys and values, and global attention are treated as in `vit/graph.py`. The two finer levels of the
pyramid reach the decoder through 1x1 convolutions only, so pyramid and decoder convolution are one matrix, and the
wide maps between them are never made. Their results are arranged by embedding position, as the decoder upscales.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from transformers import Sam2Model

from ..decoder.sam import Sam2MaskDecoder
from ..graphs.arrays import array, through
from ..graphs.builder import Form, Graph
from ..output.write import ExportError


class HieraGraph:
    """Builds the encoder graph; with `maps`, the finer levels are [1, C, H, W], as public exports have them."""

    def __init__(self, model: Sam2Model, decoder: Sam2MaskDecoder, form: Form, maps: bool = False) -> None:
        self.maps = maps
        self.backbone, self.neck = model.vision_encoder.backbone, model.vision_encoder.neck
        self.no_memory = array(model.no_memory_embedding).reshape(-1)
        self.decoder = decoder
        self.g = Graph("encoder-precise", form)
        kernels = {convolution.kernel_size for convolution in self.neck.convs}
        if kernels != {(1, 1)}:
            raise ExportError(f"feature pyramid with kernels {sorted(kernels)}, expected 1 x 1")

    def build(self) -> Graph:
        g, sizes = self.g, self.decoder.sizes
        x, side = self.patches(g.input("image", (1, 3, sizes.input, sizes.input)))
        levels = []
        for index, block in enumerate(self.backbone.blocks):
            x, side = self.block(x, side, block)
            if index in self.backbone.stage_ends:
                levels.append((x, side))
        self.outputs(levels)
        return g

    def patches(self, image: str) -> tuple[str, int]:
        """[1, 3, input, input] -> [H * W, C], with both position tables."""
        g, backbone = self.g, self.backbone
        proj = backbone.patch_embed.projection
        channels, stride, padding = proj.out_channels, proj.stride[0], proj.padding[0]
        side = self.decoder.sizes.input // stride
        x = g.op("Conv", image, g.weight(array(proj.weight)), g.constant(array(proj.bias)),
                 kernel_shape=proj.kernel_size, strides=proj.stride, pads=[padding] * 4)
        x = g.transpose(g.reshape(x, channels, -1), 1, 0)
        return g.op("Add", x, self.positions(side, channels)), side

    def positions(self, side: int, channels: int) -> str:
        """A small table resized (bicubic) and another repeated; from constants, so onnxruntime folds it."""
        g, backbone = self.g, self.backbone
        rows, columns = (bicubic(n, side) for n in backbone.pos_embed.shape[2:])
        window = backbone.pos_embed_window.shape[-1]
        x = g.op("MatMul", g.constant(rows), g.weight(array(backbone.pos_embed)[0]))
        x = g.transpose(g.op("MatMul", x, g.constant(columns.T)), 1, 2, 0)
        x = g.reshape(x, side // window, window, side // window, window, channels)
        tile = array(backbone.pos_embed_window)[0].transpose(1, 2, 0)[:, None]
        return g.reshape(g.op("Add", x, g.weight(tile)), side * side, channels)

    def normalise(self, x: str, norm: nn.LayerNorm) -> str:
        """Layer normalisation without its bias. Centring first leaves the root-mean-square form, which is cheaper."""
        g = self.g
        centred = g.op("Sub", x, g.op("ReduceMean", x, g.ints(-1), keepdims=1))
        return g.op("SimplifiedLayerNormalization", centred, g.constant(array(norm.weight)), axis=-1, epsilon=norm.eps)

    def after_norm(self, x: str, norm: nn.LayerNorm, linear: nn.Linear) -> str:
        """A linear layer of normalised tokens; adds what the normalisation's bias gives."""
        weight = array(linear.weight).T
        return self.g.linear(x, weight, array(linear.bias) + through(array(norm.bias), weight))

    def block(self, x: str, side: int, block: nn.Module) -> tuple[str, int]:
        """[H * W, C] -> the same, or with the map halved and more channels."""
        g, mlp = self.g, block.mlp
        if mlp.layers or type(mlp.activation).__name__ not in ("GELUActivation", "GELU"):
            raise ExportError(f"a block's perceptron is {mlp}, expected two layers with GELU")
        normalised = self.normalise(x, block.layer_norm1)
        pooled = block.query_stride is not None
        if block.dim != block.dim_out:
            x = self.after_norm(normalised, block.layer_norm1, block.proj)
            if pooled:
                x = g.reshape(self.pool(g.reshape(x, 1, side, side, block.dim_out)), -1, block.dim_out)
        x = g.op("Add", x, self.attention(normalised, side, block))
        inner = g.gelu(self.after_norm(self.normalise(x, block.layer_norm2), block.layer_norm2, mlp.proj_in))
        x = g.op("Add", x, g.linear(inner, array(mlp.proj_out.weight).T, array(mlp.proj_out.bias)))
        return x, side // 2 if pooled else side

    def pool(self, x: str) -> str:
        """[n, H, W, C] -> [n, H / 2, W / 2, C], the largest of each four."""
        g = self.g
        shape = g.op("Shape", x)
        n, height, width, channels = (g.op("Slice", shape, g.ints(i), g.ints(i + 1)) for i in range(4))
        two = g.ints(2)
        halves = [g.op("Div", side, two) for side in (height, width)]
        split = g.op("Concat", n, halves[0], two, halves[1], two, channels, axis=0)
        return g.op("ReduceMax", g.op("Reshape", x, split), g.ints(2, 4), keepdims=0)

    def attention(self, x: str, side: int, block: nn.Module) -> str:
        module = block.attn
        weight, bias, out_bias = projections(block)
        qkv = self.g.linear(x, weight, bias)
        attend = self.windowed if block.window_size else self.whole
        return self.g.linear(attend(qkv, side, block), array(module.proj.weight).T, out_bias)

    def windowed(self, qkv: str, side: int, block: nn.Module) -> str:
        """[H * W, 3 C] -> [H * W, C], or of the halved map; all windows and heads at once."""
        g, window, heads, channels = self.g, block.window_size, block.attn.num_attention_heads, block.dim_out
        padding = -side % window
        count = (side + padding) // window
        x = g.reshape(qkv, side, side, 3 * channels)
        if padding:
            x = g.op("Pad", x, g.ints(0, 0, 0, padding, padding, 0))
        x = g.transpose(g.reshape(x, count, window, count, window, 3, heads, -1), 4, 0, 2, 5, 1, 3, 6)
        q, k, v = g.op("Split", x, axis=0, num_outputs=3, outputs=3)
        if block.query_stride is not None:
            q = self.pool(g.reshape(q, -1, window, window, channels // heads))
            window, side = window // 2, side // 2
        q = g.reshape(q, -1, window * window, channels // heads)
        k, v = (g.reshape(part, -1, block.window_size**2, channels // heads) for part in (k, v))
        x = g.op("MatMul", g.op("Softmax", g.op("MatMul", q, g.transpose(k, 0, 2, 1)), axis=-1), v)
        x = g.transpose(g.reshape(x, count, count, heads, window, window, -1), 0, 3, 1, 4, 2, 5)
        x = g.reshape(x, count * window, count * window, channels)
        if count * window != side:
            x = g.op("Slice", x, g.ints(0, 0), g.ints(side, side), g.ints(0, 1))
        return g.reshape(x, side * side, channels)

    def whole(self, qkv: str, side: int, block: nn.Module) -> str:
        """[H * W, 3 C] -> [H * W, C]; head by head."""
        g, heads = self.g, block.attn.num_attention_heads
        if block.query_stride is not None:
            raise ExportError("a global block that halves the map")
        parts = g.op("Split", qkv, axis=1, num_outputs=3 * heads, outputs=3 * heads)
        outputs = []
        for head in range(heads):
            q, k, v = (parts[part * heads + head] for part in range(3))
            weights = g.op("Softmax", g.op("MatMul", q, g.transpose(k, 1, 0)), axis=-1)
            outputs.append(g.op("MatMul", weights, v))
        return g.op("Concat", *outputs, axis=1)

    def outputs(self, levels: list[tuple[str, int]]) -> None:
        """The embedding (without memory), and the finer levels by embedding position."""
        g, sizes, decoder = self.g, self.decoder.sizes, self.decoder
        side, channels = sizes.side, sizes.channels
        fine, middle, main, coarse = levels
        expected = [4 * side, 2 * side, side, side // 2]
        if [level[1] for level in levels] != expected or 2 not in self.neck.fpn_top_down_levels:
            raise ExportError(f"levels of sides {[level[1] for level in levels]}, expected {expected}")
        x = g.linear(main[0], *lateral(self.neck.convs[1]))
        top = g.reshape(g.linear(coarse[0], *lateral(self.neck.convs[0])), side // 2, 1, side // 2, 1, channels)
        x = g.op("Add", g.reshape(x, side // 2, 2, side // 2, 2, channels), top)
        x = g.op("Add", g.reshape(x, 1, side, side, channels), g.constant(self.no_memory))
        g.output("embedding", g.transpose(x, 0, 3, 1, 2), (1, channels, side, side))
        # what is added before a layer normalisation may lose its mean
        weight, bias = through_both(self.neck.convs[2], decoder.conv_s1)
        weight, bias = (x - x.mean(axis=-1, keepdims=True) for x in (weight, bias))
        if self.maps:
            self.finer_maps(middle[0], fine[0], weight, bias)
            return
        x = g.reshape(g.linear(middle[0], weight, bias), side, 2, side, 2, channels // 4)
        g.output("features_1", g.reshape(g.transpose(x, 0, 2, 1, 3, 4), side, side, channels), (side, side, channels))
        x = g.linear(fine[0], *through_both(self.neck.convs[3], decoder.conv_s0))
        x = g.transpose(g.reshape(x, side, 2, 2, side, 2, 2, channels // 8), 0, 3, 1, 4, 2, 5, 6)
        g.output("features_0", g.reshape(x, side, side, 2 * channels), (side, side, 2 * channels))

    def finer_maps(self, middle: str, fine: str, weight: np.ndarray, bias: np.ndarray) -> None:
        g, side, channels = self.g, self.decoder.sizes.side, self.decoder.sizes.channels
        levels = ((middle, weight, bias, 1, 2), (fine, *through_both(self.neck.convs[3], self.decoder.conv_s0), 0, 4))
        for tokens, weight, bias, level, scale in levels:
            shape = (1, channels // (2 * scale), scale * side, scale * side)
            x = g.transpose(g.reshape(g.linear(tokens, weight, bias), 1, *shape[2:], shape[1]), 0, 3, 1, 2)
            g.output(f"features_{level}", x, shape)


def bicubic(size: int, target: int) -> np.ndarray:
    """[target, size]: PyTorch's bicubic resizing along one axis as a matrix."""
    unit = torch.eye(size)[None, None]  # the second axis is resized to itself, which changes nothing
    return F.interpolate(unit, (target, size), mode="bicubic")[0, 0].numpy()


def lateral(convolution: nn.Conv2d) -> tuple[np.ndarray, np.ndarray]:
    """A 1x1 convolution as weight [in, out] and bias."""
    return array(convolution.weight)[:, :, 0, 0].T, array(convolution.bias)


def through_both(first: nn.Conv2d, second: nn.Conv2d) -> tuple[np.ndarray, np.ndarray]:
    """Two 1x1 convolutions, one after the other, as one."""
    (weight1, bias1), (weight2, bias2) = lateral(first), lateral(second)
    weight = weight1.astype(np.float64) @ weight2.astype(np.float64)
    return weight.astype(np.float32), bias2 + through(bias1, weight2)


def projections(block: nn.Module) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weight [C, 3 C'] and bias [3 C'] of query (scaled), key, value of normalised tokens; bias [C'] of the output."""
    module, channels = block.attn, block.dim_out
    scale = np.float32(module.scale)
    weight, bias = array(module.qkv.weight).T.copy(), array(module.qkv.bias)
    shift = through(array(block.layer_norm1.bias), weight)
    shift[:channels] += bias[:channels]
    weight[:, :channels] *= scale
    shift[:channels] *= scale
    out_bias = array(module.proj.bias) + array(module.proj.weight).astype(np.float64) @ bias[2 * channels :]
    return weight, shift, out_bias.astype(np.float32)
