"""The exported form of SAM's image encoder: the same numbers as `vit.VitEncoder`, arranged for speed and memory.

Tokens are rows of two-dimensional matrices [H * W, C], so that every linear layer is one Gemm with its bias inside.
The query/key/value projection runs on the real tokens only: tokens that pad a window are zero after the normalisation,
so that their keys and values are the biases alone. A key bias adds the same to all scores of a query and cancels in
the softmax; a value bias passes through it unchanged and joins the output's bias. Without these two, keys and values of
padding are zero, and padding after the projection gives the same numbers. What the normalisation's own bias adds to
keys and values of the real tokens stays.

Global attention runs head by head: the scores of one head are N * N numbers (64 MB), of all heads together 0.8 to 1 GB.
"""

from __future__ import annotations

import numpy as np
from torch import nn

from ..decoder.sam import HqMaskDecoder
from ..graphs.arrays import array, through, transposed_convolution
from ..graphs.builder import Form, Graph
from .modules import Block, RelativeAttention, VitEncoder


class VitGraph:
    """Builds the encoder graph; with `quality`, also SAM-HQ's finer features of the picture."""

    def __init__(self, encoder: VitEncoder, form: Form, quality: HqMaskDecoder | None = None) -> None:
        self.encoder = encoder
        self.quality = quality
        self.g = Graph("encoder-precise", form)

    def build(self) -> Graph:
        g, sizes = self.g, self.encoder.sizes
        x = self.patches(g.input("image", (1, 3, sizes.input, sizes.input)))
        early = None
        for block in self.encoder.blocks:
            x = self.block(x, block)
            if early is None and not block.window:
                early = x
        embedding = self.neck(x)
        g.output("embedding", self.to_map(embedding), (1, sizes.channels_out, sizes.side, sizes.side))
        if self.quality is not None:
            self.quality_features(early, embedding)
        return g

    def patches(self, image: str) -> str:
        """[1, 3, input, input] -> [N, C]"""
        g, encoder = self.g, self.encoder
        proj = encoder.patch_embed.proj
        x = g.op("Conv", image, g.weight(array(proj.weight)), g.constant(array(proj.bias)),
                 kernel_shape=proj.kernel_size, strides=proj.stride)
        x = g.transpose(g.reshape(x, encoder.sizes.channels, -1), 1, 0)
        return g.op("Add", x, g.weight(array(encoder.pos_embed).reshape(-1, encoder.sizes.channels)))

    def normalise(self, x: str, weight: nn.Parameter, epsilon: float) -> str:
        """Layer normalisation without its bias. Centring first leaves the root-mean-square form, which is cheaper."""
        g = self.g
        centred = g.op("Sub", x, g.op("ReduceMean", x, g.ints(-1), keepdims=1))
        return g.op("SimplifiedLayerNormalization", centred, g.constant(array(weight)), axis=-1, epsilon=epsilon)

    def block(self, x: str, block: Block) -> str:
        """[N, C] -> the same."""
        g, norm, mlp = self.g, block.norm2, block.mlp
        x = g.op("Add", x, self.attention(self.normalise(x, block.norm1.weight, block.norm1.eps), block))
        weight = array(mlp.lin1.weight).T
        bias = array(mlp.lin1.bias) + through(array(norm.bias), weight)
        inner = g.gelu(g.linear(self.normalise(x, norm.weight, norm.eps), weight, bias))
        return g.op("Add", x, g.linear(inner, array(mlp.lin2.weight).T, array(mlp.lin2.bias)))

    def attention(self, x: str, block: Block) -> str:
        module = block.attn
        weight, bias, out_bias = projections(block)
        qkv = self.g.linear(x, weight, bias)
        out = self.windowed(qkv, module, block.window) if block.window else self.whole(qkv, module)
        return self.g.linear(out, array(module.proj.weight).T, out_bias)

    def windowed(self, qkv: str, module: RelativeAttention, window: int) -> str:
        """[N, 3 C] -> [N, C]; all windows and heads at once."""
        g, side, heads = self.g, self.encoder.sizes.side, module.heads
        channels = self.encoder.sizes.channels
        padding = -side % window
        count = (side + padding) // window
        x = g.reshape(qkv, side, side, 3 * channels)
        if padding:
            x = g.op("Pad", x, g.ints(0, 0, 0, padding, padding, 0))
        x = g.transpose(g.reshape(x, count, window, count, window, 3, heads, -1), 4, 0, 2, 5, 1, 3, 6)
        q, k, v = g.op("Split", x, axis=0, num_outputs=3, outputs=3)
        q, k, v = (g.reshape(part, -1, window * window, channels // heads) for part in (q, k, v))
        x = self.attend(q, k, v, module, window)
        x = g.transpose(g.reshape(x, count, count, heads, window, window, -1), 0, 3, 1, 4, 2, 5)
        x = g.reshape(x, count * window, count * window, channels)
        if padding:
            x = g.op("Slice", x, g.ints(0, 0), g.ints(side, side), g.ints(0, 1))
        return g.reshape(x, side * side, channels)

    def whole(self, qkv: str, module: RelativeAttention) -> str:
        """[N, 3 C] -> [N, C]; head by head."""
        g, side, heads = self.g, self.encoder.sizes.side, module.heads
        parts = g.op("Split", qkv, axis=1, num_outputs=3 * heads, outputs=3 * heads)
        outputs = []
        for head in range(heads):
            q, k, v = (g.op("Unsqueeze", parts[part * heads + head], g.ints(0)) for part in range(3))
            outputs.append(g.reshape(self.attend(q, k, v, module, side), side * side, -1))
        return g.op("Concat", *outputs, axis=1)

    def attend(self, q: str, k: str, v: str, module: RelativeAttention, side: int) -> str:
        """Queries (scaled), keys, values [W, S * S, width] -> [W, S * S, width]."""
        g, width = self.g, module.rel_pos_h.shape[1]
        distance = np.arange(side)[:, None] - np.arange(side)[None] + side - 1
        index = g.constant(distance.astype(np.int32))
        # the queries are scaled already, the addends are not
        tables = [g.transpose(g.op("Gather", g.weight(array(table) * np.float32(width**0.5)), index, axis=0), 0, 2, 1)
                  for table in (module.rel_pos_h, module.rel_pos_w)]
        square = g.reshape(q, -1, side, side, width)
        rows = g.op("MatMul", square, tables[0])
        columns = g.transpose(g.op("MatMul", g.transpose(square, 0, 2, 1, 3), tables[1]), 0, 2, 1, 3)
        scores = g.reshape(g.op("MatMul", q, g.transpose(k, 0, 2, 1)), -1, side * side, side, side)
        scores = g.op("Add", scores, g.reshape(rows, -1, side * side, side, 1))
        scores = g.op("Add", scores, g.reshape(columns, -1, side * side, 1, side))
        weights = g.op("Softmax", g.reshape(scores, -1, side * side, side * side), axis=-1)
        return g.op("MatMul", weights, v)

    def neck(self, x: str) -> str:
        """[N, C] -> [N, channels_out]"""
        g, side = self.g, self.encoder.sizes.side
        pointwise, norm1, convolution, norm2 = self.encoder.neck
        x = g.linear(x, array(pointwise.weight)[:, :, 0, 0].T, None)
        x = g.layer_norm(x, array(norm1.weight), array(norm1.bias), 1e-6)
        x = g.op("Conv", self.to_map(x), g.weight(array(convolution.weight)), kernel_shape=[3, 3], pads=[1] * 4)
        x = g.transpose(g.reshape(x, -1, side * side), 1, 0)
        return g.layer_norm(x, array(norm2.weight), array(norm2.bias), 1e-6)

    def to_map(self, x: str) -> str:
        """[N, C] -> [1, C, side, side]"""
        side = self.encoder.sizes.side
        return self.g.transpose(self.g.reshape(x, 1, side, side, -1), 0, 3, 1, 2)

    def quality_features(self, early: str, embedding: str) -> None:
        """SAM-HQ: the first global block's tokens and the embedding, four times finer, [1, C / 8, 4 side, 4 side]."""
        g, side, decoder = self.g, self.encoder.sizes.side, self.quality
        x = g.op("Add", self.finer(early, decoder.compress_vit_feat), self.finer(embedding, decoder.embedding_encoder))
        vector = decoder.sizes.mask_vector
        x = g.transpose(g.reshape(x, side, side, 2, 2, 2, 2, vector), 6, 0, 2, 4, 1, 3, 5)
        g.output("hq_features", g.reshape(x, 1, vector, 4 * side, 4 * side), (1, vector, 4 * side, 4 * side))

    def finer(self, x: str, layers: nn.Sequential) -> str:
        """Two transposed convolutions of kernel and stride 2, [N, in] -> [N * 16, out]."""
        g = self.g
        first, norm, _, second = layers
        x = g.reshape(self.quadrupled(x, first), -1, first.out_channels)
        x = g.gelu(g.layer_norm(x, array(norm.weight), array(norm.bias), 1e-6))
        return self.quadrupled(x, second)

    def quadrupled(self, x: str, module: nn.ConvTranspose2d) -> str:
        """[rows, in] -> [rows, 4 * out], the four (dy, dx)."""
        weight, bias = transposed_convolution(module)
        return self.g.linear(x, weight.reshape(module.in_channels, -1), bias)


def projections(block: Block) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weight [C, 3 C] and bias [3 C] of query (scaled), key, value, of normalised tokens; bias [C] of the output."""
    module = block.attn
    channels = module.qkv.in_features
    scale = np.float32((channels // module.heads) ** -0.5)
    weight, bias = array(module.qkv.weight).T.copy(), array(module.qkv.bias)
    shift = through(array(block.norm1.bias), weight)
    shift[:channels] += bias[:channels]
    weight[:, :channels] *= scale
    shift[:channels] *= scale
    out_weight = array(module.proj.weight).astype(np.float64)
    out_bias = array(module.proj.bias) + out_weight @ bias[2 * channels :]
    return weight, shift, out_bias.astype(np.float32)
