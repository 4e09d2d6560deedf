"""What the decoder's graphs are made of: projections, normalisation, heads."""

from __future__ import annotations

import numpy as np
from torch import nn

from ..graphs.arrays import array, matrix
from ..graphs.builder import Graph
from .sam import Attention, Perceptron, Sizes


def head_width(sizes: Sizes) -> int:
    return sizes.cross_channels // sizes.heads


def attention_scale(attention: Attention) -> float:
    return (attention.q_proj.out_features // attention.heads) ** -0.5


def scaled_query(attention: Attention) -> tuple[np.ndarray, np.ndarray]:
    """Weight [in, out] and bias of an attention's query, with the attention scale."""
    scale = np.float32(attention_scale(attention))
    return matrix(attention.q_proj) * scale, array(attention.q_proj.bias) * scale


def linear(g: Graph, x: str, module: nn.Linear, scale: float = 1.0) -> str:
    """x [..., in] -> [..., out], both weight and bias times `scale`."""
    product = g.op("MatMul", x, g.weight(matrix(module) * np.float32(scale)))
    return g.op("Add", product, g.constant(array(module.bias) * np.float32(scale)))


def token(g: Graph, tokens: str, index: int) -> str:
    return g.op("Gather", tokens, g.constant(np.array(index, np.int64)), axis=1)


def norm(g: Graph, x: str, module: nn.LayerNorm) -> str:
    return g.layer_norm(x, array(module.weight), array(module.bias), module.eps)


def image_norm(g: Graph, x: str, module: nn.LayerNorm) -> str:
    """Layer normalisation of centred image tokens, without its bias."""
    weight = g.constant(array(module.weight))
    return g.op("SimplifiedLayerNormalization", x, weight, axis=-1, epsilon=module.eps)


def perceptron(g: Graph, x: str, module: Perceptron) -> str:
    """[B, 256] -> [B, out]"""
    for index, layer in enumerate(module.layers):
        x = g.linear(g.op("Relu", x) if index else x, matrix(layer), array(layer.bias))
    return x


def split_heads(g: Graph, x: str, attention: Attention, *perm: int) -> str:
    """[B, T, heads * width] -> [B, T, heads, width] -> permuted."""
    width = attention.q_proj.out_features // attention.heads
    return g.transpose(g.reshape(x, 0, 0, attention.heads, width), *perm)


def merge_heads(g: Graph, x: str, attention: Attention) -> str:
    """[B, heads, T, width] -> [B, T, heads * width]"""
    return g.reshape(g.transpose(x, 0, 2, 1, 3), 0, 0, attention.out_proj.in_features)


def head_shape(g: Graph, tokens: str, attention: Attention) -> str:
    """The shape [B, heads, T, N] for tokens [B, T, ...]."""
    batch, count = (g.op("Shape", tokens, start=axis, end=axis + 1) for axis in (0, 1))
    return g.op("Concat", batch, g.ints(attention.heads), count, g.ints(-1), axis=0)


def block_diagonal(g: Graph, k: str, attention: Attention) -> str:
    """[B, T, cross] -> [B, cross, heads T], zero where row and column belong to different heads."""
    heads, cross = attention.heads, attention.k_proj.out_features
    columns = g.op("Unsqueeze", g.transpose(k, 0, 2, 1), g.ints(2))
    same_head = np.repeat(np.eye(heads, dtype=np.float32), cross // heads, axis=0)[None, :, :, None]
    return g.reshape(g.op("Mul", columns, g.constant(same_head)), 0, cross, -1)
