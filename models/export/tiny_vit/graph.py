"""The exported form of the image encoder: the same numbers as `tiny_vit.Encoder`, arranged for speed.

Tokens are rows of two-dimensional matrices [H * W, C], so that every linear layer is one Gemm with its bias inside.
The query/key/value projection runs on the real tokens only. Tokens that pad a window to full size are zero in the
module before its normalisation and so equal the normalisation's bias after it; keys and values of these tokens are the
biases alone. With those biases moved elsewhere (see `projections`) they are zero, and padding after the projection
gives the same numbers. One transposition cuts windows and heads.
"""

from __future__ import annotations

import numpy as np
from torch import nn

from ..graphs.arrays import array
from ..graphs.builder import CONTRIB, Form, Graph
from .modules import INPUT_SIZE, AttentionBlock, Encoder, InvertedBottleneck, Stage

EMBEDDING_SIDE = 64


class EncoderGraph:
    """Builds one encoder graph, in float32 or with the attention blocks' matrix products in 8 bits."""

    def __init__(self, encoder: Encoder, quantised: bool, form: Form) -> None:
        self.encoder = encoder
        self.quantised = quantised
        self.g = Graph("encoder-fast" if quantised else "encoder-precise", form)

    def build(self) -> Graph:
        x = self.encode(self.g.input("image", (1, 3, INPUT_SIZE, INPUT_SIZE)))
        self.g.output("embedding", x, self.shape())
        return self.g

    def shape(self) -> tuple[int, ...]:
        return 1, self.encoder.sizes.channels_out, EMBEDDING_SIDE, EMBEDDING_SIDE

    def encode(self, x: str) -> str:
        """[1, 3, 1024, 1024] -> [1, channels_out, 64, 64]"""
        encoder = self.encoder
        x = self.convolution(self.gelu(self.convolution(x, encoder.stem1)), encoder.stem2)
        for bottleneck in encoder.bottlenecks:
            x = self.bottleneck(x, bottleneck)
        for number, blocks in enumerate(encoder.stages):
            x = self.downsample(x, number)
            for block in blocks:
                x = self.block(x, block)
        return self.neck(x)

    def gelu(self, x: str) -> str:
        return self.g.gelu(x)

    def convolution(self, x: str, module: nn.Conv2d) -> str:
        weights = [self.g.weight(array(module.weight))]
        if module.bias is not None:
            weights.append(self.g.constant(array(module.bias)))
        padding = module.padding[0]
        return self.g.op("Conv", x, *weights, kernel_shape=module.kernel_size, strides=module.stride,
                         pads=[padding] * 4, group=module.groups)

    def to_tokens(self, x: str, channels: int) -> str:
        """[1, C, H, W] -> [H * W, C]"""
        return self.g.transpose(self.g.reshape(x, channels, -1), 1, 0)

    def to_map(self, x: str, side: int) -> str:
        """[H * W, C] -> [1, C, H, W]"""
        return self.g.transpose(self.g.reshape(x, 1, side, side, -1), 0, 3, 1, 2)

    def bottleneck(self, x: str, module: InvertedBottleneck) -> str:
        """[1, C, H, W] -> the same; a map throughout, because the depthwise convolution wants one."""
        inner = self.gelu(self.convolution(self.gelu(self.convolution(x, module.expand)), module.depthwise))
        return self.gelu(self.g.op("Add", self.convolution(inner, module.project), x))

    def downsample(self, x: str, number: int) -> str:
        """The map after the bottlenecks, or tokens after a stage -> tokens of the next stage."""
        module = self.encoder.downsamples[number]
        if number == 0:
            x = self.gelu(self.convolution(x, module.expand))
        else:
            x = self.to_map(self.gelu(self.pointwise(x, module.expand)), self.encoder.sizes.stages[number - 1].side)
        x = self.gelu(self.convolution(x, module.depthwise))
        return self.pointwise(self.to_tokens(x, self.encoder.sizes.stages[number].channels), module.project)

    def pointwise(self, x: str, module: nn.Conv2d) -> str:
        """A 1x1 convolution of tokens; always float32, the maps' own layers take 8 bits badly."""
        bias = None if module.bias is None else array(module.bias)
        return self.g.linear(x, array(module.weight)[:, :, 0, 0].T, bias)

    def normalise(self, x: str, weight: nn.Parameter, epsilon: float) -> str:
        """Layer normalisation without its bias. Centring first leaves the root-mean-square form, which is cheaper."""
        g = self.g
        centred = g.op("Sub", x, g.op("ReduceMean", x, g.ints(-1), keepdims=1))
        return g.op("SimplifiedLayerNormalization", centred, g.constant(array(weight)), axis=-1, epsilon=epsilon)

    def linear(self, x: str, weight: np.ndarray, bias: np.ndarray) -> str:
        """[rows, in] x [in, out] + [out]; in 8 bits, if the graph has them: one scale for x, one for each column."""
        g = self.g
        if not self.quantised:
            return g.linear(x, weight, bias)
        scale = np.abs(weight).max(axis=0) / 127
        stored = np.rint(weight / scale).astype(np.int8)
        inputs = [x, g.constant(stored), g.constant(scale.astype(np.float32)), "", g.constant(np.float32(bias))]
        return g.op("DynamicQuantizeMatMul", *inputs, domain=CONTRIB)

    def block(self, x: str, block: AttentionBlock) -> str:
        """[H * W, C] -> the same."""
        g, stage = self.g, block.stage
        x = g.op("Add", x, self.attention(x, block))
        x = self.to_tokens(self.convolution(self.to_map(x, stage.side), block.local), stage.channels)
        weight, bias = after_norm(block.norm, block.fc1)
        inner = self.gelu(self.linear(self.normalise(x, block.norm.weight, block.norm.eps), weight, bias))
        # the last product of the last block goes straight to the neck; in 8 bits it costs more than it saves
        last = block is self.encoder.stages[-1][-1]
        linear = g.linear if last else self.linear
        return g.op("Add", x, linear(inner, array(block.fc2.weight).T, array(block.fc2.bias)))

    def attention(self, x: str, block: AttentionBlock) -> str:
        g, stage, module = self.g, block.stage, block.attention
        weight, bias, out_bias = projections(block)
        x = self.linear(self.normalise(x, module.norm.weight, module.norm.eps), weight, bias)
        q, k, v = self.cut_windows(x, stage)
        scores = g.op("MatMul", q, g.transpose(k, 0, 1, 3, 2))
        index = g.constant(module.bias_index.numpy().astype(np.int32))
        bias = g.op("Gather", g.constant(array(module.bias_table)), index, axis=1)
        weights = g.op("Softmax", g.op("Add", scores, bias), axis=-1)
        out = self.join_windows(g.op("MatMul", weights, v), stage)
        return self.linear(out, array(module.out.weight).T, out_bias)

    def cut_windows(self, x: str, stage: Stage) -> list[str]:
        """[H * W, 3 C] -> three of [windows, heads, window^2, C / heads], zero outside the map."""
        g, window, side = self.g, stage.window, stage.side
        padding = -side % window
        count = (side + padding) // window
        width = stage.channels // stage.heads
        x = g.op("Pad", g.reshape(x, side, side, 3 * stage.channels), g.ints(0, 0, 0, padding, padding, 0))
        x = g.reshape(x, count, window, count, window, 3, stage.heads, width)
        x = g.transpose(x, 4, 0, 2, 5, 1, 3, 6)
        parts = g.op("Split", x, axis=0, num_outputs=3, outputs=3)
        return [g.reshape(part, count * count, stage.heads, window * window, width) for part in parts]

    def join_windows(self, x: str, stage: Stage) -> str:
        """[windows, heads, window^2, C / heads] -> [H * W, C]"""
        g, window, side = self.g, stage.window, stage.side
        count = (side + -side % window) // window
        x = g.reshape(x, count, count, stage.heads, window, window, stage.channels // stage.heads)
        x = g.reshape(g.transpose(x, 0, 3, 1, 4, 2, 5), count * window, count * window, stage.channels)
        x = g.op("Slice", x, g.ints(0, 0), g.ints(side, side), g.ints(0, 1))
        return g.reshape(x, side * side, stage.channels)

    def neck(self, x: str) -> str:
        """[4096, 320] -> [1, 256, 64, 64]"""
        g, encoder = self.g, self.encoder
        x = self.pointwise(x, encoder.neck1)
        x = g.op("Add", self.normalise(x, encoder.neck_norm1.weight, 1e-6), g.constant(array(encoder.neck_norm1.bias)))
        x = self.winograd(x, array(encoder.neck2.weight))
        x = g.op("Add", self.normalise(x, encoder.neck_norm2.weight, 1e-6), g.constant(array(encoder.neck_norm2.bias)))
        return self.to_map(x, EMBEDDING_SIDE)

    def winograd(self, x: str, weight: np.ndarray) -> str:
        """A 3x3 convolution of the tokens [4096, C], padded with zeros, in 16 products for every 36 of the direct form.

        Winograd's F(2x2, 3x3) (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016): each
        4x4 patch gives a 2x2 result; patches become 16 matrices [1024, C], one for each place in the patch.
        """
        g, half = self.g, EMBEDDING_SIDE // 2
        x = g.op("Pad", g.reshape(x, EMBEDDING_SIDE, EMBEDDING_SIDE, -1), g.ints(1, 1, 0, 1, 1, 0))
        spread = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
        weight = np.einsum("iy,jx,ocyx->ijco", spread, spread, weight.astype(np.float64)).astype(np.float32)
        products = []
        for i, row in enumerate(self.patch_terms(x, 0)):
            terms = [g.reshape(term, half * half, -1) for term in self.patch_terms(row, 1)]
            products.append([g.linear(term, weight[i, j], None) for j, term in enumerate(terms)])
        rows = [self.result_terms([products[i][j] for i in range(4)]) for j in range(4)]
        results = [self.result_terms([rows[j][dy] for j in range(4)]) for dy in range(2)]
        interleaved = []
        for pair in results:
            pair = [g.reshape(x, half, 1, half, 1, self.encoder.sizes.channels_out) for x in pair]
            interleaved.append(g.op("Concat", *pair, axis=3))
        return g.reshape(g.op("Concat", *interleaved, axis=1), EMBEDDING_SIDE**2, self.encoder.sizes.channels_out)

    def patch_terms(self, x: str, axis: int) -> list[str]:
        """The four input terms of F(2, 3) along one axis of 66: [d0 - d2, d1 + d2, d2 - d1, d1 - d3]."""
        g, count = self.g, EMBEDDING_SIDE // 2
        d = [g.op("Slice", x, g.ints(start), g.ints(start + 2 * count - 1), g.ints(axis), g.ints(2))
             for start in range(4)]
        return [g.op("Sub", d[0], d[2]), g.op("Add", d[1], d[2]), g.op("Sub", d[2], d[1]), g.op("Sub", d[1], d[3])]

    def result_terms(self, m: list[str]) -> list[str]:
        """The two results of F(2, 3): [m0 + m1 + m2, m1 - m2 - m3]."""
        g = self.g
        return [g.op("Add", g.op("Add", m[0], m[1]), m[2]), g.op("Sub", g.op("Sub", m[1], m[2]), m[3])]


def after_norm(norm: nn.LayerNorm, linear: nn.Linear) -> tuple[np.ndarray, np.ndarray]:
    """Weight [in, out] and bias of a linear layer that also adds the bias of the normalisation before it."""
    weight = array(linear.weight).T
    bias = array(linear.bias) + array(norm.bias).astype(np.float64) @ weight.astype(np.float64)
    return weight, bias.astype(np.float32)


def projections(block: AttentionBlock) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weight [C, 3 C] and bias [3 C] in the order (query, key, value), heads, width; bias [C] of the output layer.

    The module keeps head outermost. The attention scale is folded into the query. Only the query keeps a bias: a key
    bias adds the same to all scores of a query and cancels in the softmax; a value bias passes through it unchanged,
    because the weights sum to one, and joins the output's bias.
    """
    module, stage = block.attention, block.stage
    width = stage.channels // stage.heads
    weight, bias = after_norm(module.norm, module.qkv)
    weight = weight.reshape(-1, stage.heads, 3, width).transpose(0, 2, 1, 3).copy()
    bias = bias.reshape(stage.heads, 3, width).transpose(1, 0, 2).copy()
    weight[:, 0] *= width**-0.5
    bias[0] *= width**-0.5
    out_bias = array(module.out.bias) + array(module.out.weight).astype(np.float64) @ bias[2].reshape(-1)
    bias[1:] = 0
    return weight.reshape(stage.channels, -1), bias.reshape(-1), out_bias.astype(np.float32)
