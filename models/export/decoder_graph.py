"""The exported form of prompt encoder and mask decoder: four graphs, exact algebra, fewer products.

N = 4096 image positions, T = 5 + P tokens, 8 heads of 16 channels. The module projects all N positions to 128
channels for each of five cross-attentions. Here the projections move to the few tokens' side:
  tokens to image:  scores = (q_h Wk_h) . (image + positions)   (the key bias cancels in the softmax)
                    values = (p_h . image) Wv_h + bv
  image to tokens:  scores = (image + positions) . (k_h Wq_h) + bq_h . k_h
                    output = p_h . (v_h Wo_h) + bo
Layer 0 sees the same image tokens for every prompt of a picture, so its projections are made once, by `context`.

Layer normalisation of image tokens: what enters it is centred beforehand where that is free (a projection whose
outputs are centred gives centred results), which leaves the cheaper root-mean-square form; its bias is never added to
the tokens but folded into what reads them. Attention weights of a query sum to one for each head, so a constant may be
added to the values instead of the result.

The transposed convolutions of the upscaling have kernel 2 and stride 2: matrix products, whose pixel shuffle commutes
with everything that is done per position and is left to the end, where only four channels remain.
"""

from __future__ import annotations

import numpy as np
from torch import nn

from graph import Graph
from prompt_and_decoder import (
    CHANNELS,
    CROSS_CHANNELS,
    EMBEDDING_SIDE,
    HEADS,
    MASK_VECTOR,
    MASKS,
    Attention,
    MaskDecoder,
    Perceptron,
    PromptEncoder,
    TwoWayLayer,
)

POSITIONS = EMBEDDING_SIDE**2
HEAD = CROSS_CHANNELS // HEADS
LOW_RES = 4 * EMBEDDING_SIDE
# "N": all positions as `context` gives them, or any subset of them, the same in every tensor
CONTEXT_SHAPES = {
    "image_tokens": ("N", CHANNELS),
    "positions": ("N", CHANNELS),
    "layer0_keys": ("N", CROSS_CHANNELS),
    "layer0_values": (HEADS, "N", HEAD),
    "layer0_queries": ("N", CROSS_CHANNELS),
}


def array(parameter: nn.Parameter) -> np.ndarray:
    return parameter.detach().numpy()


def matrix(linear: nn.Linear) -> np.ndarray:
    """[in, out]"""
    return array(linear.weight).T


def centred(matrix: np.ndarray) -> np.ndarray:
    """The same with the mean of the last axis taken off."""
    return (matrix - matrix.mean(axis=-1, keepdims=True, dtype=np.float64)).astype(np.float32)


def gelu(g: Graph, x: str) -> str:
    return g.op("Gelu", x, approximate="tanh")


def image_positions(g: Graph, prompt: PromptEncoder) -> str:
    """[N, 256] from two small constants; onnxruntime folds it at load."""
    centre = (np.arange(EMBEDDING_SIDE, dtype=np.float32) + 0.5) / EMBEDDING_SIDE
    y, x = np.meshgrid(centre, centre, indexing="ij")
    unit = np.stack([2 * x - 1, 2 * y - 1], axis=-1).reshape(-1, 2)
    angle = g.op("MatMul", g.constant(unit), g.constant(array(prompt.gaussian) * np.float32(2 * np.pi)))
    return g.op("Concat", g.op("Sin", angle), g.op("Cos", angle), axis=-1)


def build_context(prompt: PromptEncoder, decoder: MaskDecoder) -> Graph:
    """What layer 0 needs of a picture (and its dense prompt), the same for all prompts."""
    g = Graph("decoder-context")
    embedding = g.input("embedding", (1, CHANNELS, EMBEDDING_SIDE, EMBEDDING_SIDE))
    dense = g.input("dense_prompt", (1, CHANNELS, "H", "W"))
    planes = g.reshape(g.op("Add", embedding, dense), CHANNELS, POSITIONS)
    image = g.transpose(planes, 1, 0)
    positions = image_positions(g, prompt)
    placed = g.op("Add", image, positions)
    inward, outward = decoder.layers[0].token_to_image, decoder.layers[0].image_to_token
    keys = g.linear(placed, matrix(inward.k), None)  # without bias: it cancels in the softmax
    values = g.linear(image, matrix(inward.v), array(inward.v.bias))
    queries = g.linear(placed, *scaled(outward.q))
    residual = g.op("Add", image, g.constant(array(outward.out.bias)))
    results = {
        "image_tokens": g.op("Sub", residual, g.op("ReduceMean", residual, g.ints(-1), keepdims=1)),
        "positions": positions,
        "layer0_keys": keys,
        "layer0_values": g.transpose(g.reshape(values, POSITIONS, HEADS, HEAD), 1, 0, 2),
        "layer0_queries": queries,
    }
    for name, value in results.items():
        g.output(name, value, [POSITIONS if side == "N" else side for side in CONTEXT_SHAPES[name]])
    return g


def scaled(query: nn.Linear) -> tuple[np.ndarray, np.ndarray]:
    """Weight [in, out] and bias of a cross-attention's query, with the attention scale."""
    scale = np.float32(HEAD**-0.5)
    return matrix(query) * scale, array(query.bias) * scale


def linear(g: Graph, x: str, module: nn.Linear, scale: float = 1.0) -> str:
    """x [..., in] -> [..., out], both weight and bias times `scale`."""
    product = g.op("MatMul", x, g.weight(matrix(module) * np.float32(scale)))
    return g.op("Add", product, g.constant(array(module.bias) * np.float32(scale)))


def build_tokens(decoder: MaskDecoder) -> Graph:
    """Both transformer layers and the heads: prompt tokens -> predicted IoU, mask vectors, image tokens."""
    g = Graph("decoder-tokens")
    context = {name: g.input(name, shape) for name, shape in CONTEXT_SHAPES.items()}
    start = output_tokens(g, decoder, g.input("prompt_tokens", ("B", "P", CHANNELS)))
    positions = context["positions"]
    first, second = decoder.layers
    tokens, image = layer0(g, first, start, context)
    placed = g.op("Add", image, positions)
    tokens, image = layer1(g, second, start, tokens, image, placed, array(first.norm4.bias))
    placed = g.op("Add", image, positions)
    # from here on only the output tokens matter
    start, tokens = (g.op("Slice", x, g.ints(0), g.ints(1 + MASKS), g.ints(1)) for x in (start, tokens))
    attended = tokens_to_image(g, decoder.final_attention, g.op("Add", tokens, start), image, placed,
                               array(second.norm4.bias))
    tokens = norm(g, g.op("Add", tokens, attended), decoder.final_norm)
    g.output("iou_predictions", perceptron(g, token(g, tokens, 0), decoder.iou_head), ("B", MASKS))
    vectors = [g.op("Unsqueeze", perceptron(g, token(g, tokens, 1 + i), head), g.ints(1))
               for i, head in enumerate(decoder.mask_heads)]
    g.output("mask_vectors", g.op("Concat", *vectors, axis=1), ("B", MASKS, MASK_VECTOR))
    g.output("image_tokens_out", image, ("B", "N", CHANNELS))
    return g


def output_tokens(g: Graph, decoder: MaskDecoder, prompt_tokens: str) -> str:
    """[B, P, 256] -> [B, 5 + P, 256]: the IoU token and the mask tokens come first."""
    batch = g.op("Shape", prompt_tokens, start=0, end=1)
    shape = g.op("Concat", batch, g.ints(1 + MASKS, CHANNELS), axis=0)
    return g.op("Concat", g.op("Expand", g.constant(array(decoder.output_tokens)[None]), shape), prompt_tokens, axis=1)


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


def split_heads(g: Graph, x: str, width: int, *perm: int) -> str:
    """[B, T, 8 * width] -> [B, T, 8, width] -> permuted."""
    return g.transpose(g.reshape(x, 0, 0, HEADS, width), *perm)


def self_attention(g: Graph, attention: Attention, placed: str, tokens: str) -> str:
    """[B, T, 256]; tiny, so written as in the module."""
    width = CHANNELS // HEADS
    q = split_heads(g, linear(g, placed, attention.q, width**-0.5), width, 0, 2, 1, 3)
    k = split_heads(g, linear(g, placed, attention.k), width, 0, 2, 3, 1)
    v = split_heads(g, linear(g, tokens, attention.v), width, 0, 2, 1, 3)
    weights = g.op("Softmax", g.op("MatMul", q, k), axis=-1)
    return linear(g, merge_heads(g, g.op("MatMul", weights, v), CHANNELS), attention.out)


def merge_heads(g: Graph, x: str, channels: int) -> str:
    """[B, 8, T, width] -> [B, T, 8 * width]"""
    return g.reshape(g.transpose(x, 0, 2, 1, 3), 0, 0, channels)


def token_perceptron(g: Graph, layer: TwoWayLayer, tokens: str) -> str:
    inner = g.op("Relu", linear(g, tokens, layer.fc1))
    return norm(g, g.op("Add", tokens, linear(g, inner, layer.fc2)), layer.norm3)


def layer0(g: Graph, layer: TwoWayLayer, start: str, context: dict[str, str]) -> tuple[str, str]:
    """Tokens [B, T, 256] and image [B, N, 256] (less norm4's bias) after the first layer."""
    tokens = norm(g, self_attention(g, layer.self_attention, start, start), layer.norm1)
    inward = layer.token_to_image
    q = g.transpose(block_diagonal(g, linear(g, g.op("Add", tokens, start), inward.q, HEAD**-0.5)), 0, 2, 1)
    # all prompts and heads side by side share one product with the image
    scores = g.op("MatMul", g.reshape(q, -1, CROSS_CHANNELS), g.transpose(context["layer0_keys"], 1, 0))
    weights = g.op("Reshape", g.op("Softmax", scores, axis=-1), head_shape(g, start))
    values = merge_heads(g, g.op("MatMul", weights, context["layer0_values"]), CROSS_CHANNELS)
    tokens = norm(g, g.op("Add", tokens, linear(g, values, inward.out)), layer.norm2)
    tokens = token_perceptron(g, layer, tokens)
    k, outputs = image_side(g, layer.image_to_token, g.op("Add", tokens, start), tokens)
    scores = g.op("MatMul", context["layer0_queries"], block_diagonal(g, k))
    image = g.op("Add", context["image_tokens"], image_from_tokens(g, scores, outputs))
    return tokens, image_norm(g, image, layer.norm4)


def head_shape(g: Graph, tokens: str) -> str:
    """The shape [B, 8, T, N] for tokens [B, T, ...]."""
    batch, count = (g.op("Shape", tokens, start=axis, end=axis + 1) for axis in (0, 1))
    return g.op("Concat", batch, g.ints(HEADS), count, g.ints(-1), axis=0)


def image_side(g: Graph, attention: Attention, placed: str, tokens: str) -> tuple[str, str]:
    """Keys [B, T, 128] of the tokens, and the values through the output projection, centred, [B, 8 T, 256]."""
    k = linear(g, placed, attention.k)
    v = split_heads(g, linear(g, tokens, attention.v), HEAD, 0, 2, 1, 3)
    out = g.weight(centred(matrix(attention.out)).reshape(HEADS, HEAD, CHANNELS))
    return k, g.reshape(g.op("MatMul", v, out), 0, -1, CHANNELS)


def block_diagonal(g: Graph, k: str) -> str:
    """[B, T, 128] -> [B, 128, 8 T], zero where row and column belong to different heads."""
    columns = g.op("Unsqueeze", g.transpose(k, 0, 2, 1), g.ints(2))
    same_head = np.repeat(np.eye(HEADS, dtype=np.float32), HEAD, axis=0)[None, :, :, None]
    return g.reshape(g.op("Mul", columns, g.constant(same_head)), 0, CROSS_CHANNELS, -1)


def image_from_tokens(g: Graph, scores: str, outputs: str) -> str:
    """Softmax of [B, N, 8 T] over each head's T, then the product with [B, 8 T, 256]."""
    weights = g.op("Softmax", g.op("Reshape", scores, g.ints(0, 0, HEADS, -1)), axis=-1)
    return g.op("MatMul", g.reshape(weights, 0, 0, -1), outputs)


def layer1(
    g: Graph, layer: TwoWayLayer, start: str, tokens: str, image: str, placed: str, image_bias: np.ndarray
) -> tuple[str, str]:
    """The second layer; `image` lacks `image_bias`, and again norm4's bias on return."""
    attended = self_attention(g, layer.self_attention, g.op("Add", tokens, start), tokens)
    tokens = norm(g, g.op("Add", tokens, attended), layer.norm1)
    attended = tokens_to_image(g, layer.token_to_image, g.op("Add", tokens, start), image, placed, image_bias)
    tokens = token_perceptron(g, layer, norm(g, g.op("Add", tokens, attended), layer.norm2))
    outward = layer.image_to_token
    k, outputs = image_side(g, outward, g.op("Add", tokens, start), tokens)
    change = image_from_tokens(g, image_scores(g, outward, k, placed, image_bias),
                               with_bias(g, outputs, outward, image_bias))
    image = g.op("Sub", image, g.op("ReduceMean", image, g.ints(-1), keepdims=1))
    return tokens, image_norm(g, g.op("Add", image, change), layer.norm4)


def with_bias(g: Graph, outputs: str, attention: Attention, image_bias: np.ndarray) -> str:
    """Spreads the output's bias and the image's missing bias (both centred) over the heads' values."""
    return g.op("Add", outputs, g.constant(centred(array(attention.out.bias) + image_bias) / np.float32(HEADS)))


def image_scores(g: Graph, attention: Attention, k: str, placed: str, image_bias: np.ndarray) -> str:
    """Scores [B, N, 8 T] of the image's queries, never projected, with the tokens' keys [B, T, 128]."""
    k = split_heads(g, k, HEAD, 0, 2, 3, 1)
    weight, bias = scaled(attention.q)
    bias = bias + image_bias @ weight
    weight = weight.reshape(CHANNELS, HEADS, HEAD).transpose(1, 0, 2)
    folded = g.transpose(g.op("MatMul", g.weight(weight), k), 0, 2, 1, 3)
    shift = g.op("MatMul", g.constant(bias.reshape(HEADS, 1, HEAD)), k)
    scores = g.op("MatMul", placed, g.reshape(folded, 0, CHANNELS, -1))
    return g.op("Add", scores, g.reshape(shift, 0, 1, -1))


def tokens_to_image(
    g: Graph, attention: Attention, placed_tokens: str, image: str, placed: str, image_bias: np.ndarray
) -> str:
    """Attention of the tokens to image tokens [B, N, 256] (less `image_bias`), never projected: [B, T, 256].

    Like the key bias, the missing bias adds the same to all scores of a query; only the values need it.
    """
    q = split_heads(g, linear(g, placed_tokens, attention.q, HEAD**-0.5), HEAD, 0, 2, 1, 3)
    key = g.weight(array(attention.k.weight).reshape(HEADS, HEAD, CHANNELS))
    folded = g.reshape(g.op("MatMul", q, key), 0, -1, CHANNELS)
    scores = g.op("MatMul", folded, g.transpose(placed, 0, 2, 1))
    pooled = g.op("MatMul", g.op("Softmax", scores, axis=-1), image)
    value = g.weight(array(attention.v.weight).reshape(HEADS, HEAD, CHANNELS).transpose(0, 2, 1))
    bias = array(attention.v.bias) + array(attention.v.weight) @ image_bias
    heads = g.op("MatMul", g.reshape(pooled, 0, HEADS, -1, CHANNELS), value)
    heads = g.op("Add", heads, g.constant(bias.reshape(HEADS, 1, HEAD)))
    return linear(g, merge_heads(g, heads, CROSS_CHANNELS), attention.out)


def build_upscale(decoder: MaskDecoder) -> Graph:
    """Image tokens (less the last norm4's bias) of any H x W window and mask vectors -> its logits [B, 4, 4 H, 4 W]."""
    g = Graph("decoder-upscale")
    image = g.input("image_tokens_out", ("B", "H", "W", CHANNELS))
    vectors = g.input("mask_vectors", ("B", MASKS, MASK_VECTOR))
    weight, bias = transposed_convolution(decoder.up1)
    bias = bias + array(decoder.layers[-1].norm4.bias) @ weight.reshape(CHANNELS, -1)
    x = g.linear(g.reshape(image, -1, CHANNELS), centred(weight).reshape(CHANNELS, -1),
                 centred(bias.reshape(4, -1)).reshape(-1))
    x = g.reshape(x, -1, decoder.up1.out_channels)
    x = g.op("SimplifiedLayerNormalization", x, g.constant(array(decoder.up_norm.weight)), axis=-1, epsilon=1e-6)
    x = gelu(g, g.op("Add", x, g.constant(array(decoder.up_norm.bias))))
    weight, bias = transposed_convolution(decoder.up2)
    x = gelu(g, g.linear(x, weight.reshape(decoder.up1.out_channels, -1), bias))
    batch, height, width = (g.op("Shape", image, start=axis, end=axis + 1) for axis in range(3))
    x = g.op("Reshape", x, g.op("Concat", batch, g.ints(-1, MASK_VECTOR), axis=0))
    logits = g.op("MatMul", x, g.transpose(vectors, 0, 2, 1))
    shape = g.op("Concat", batch, height, width, g.ints(2, 2, 2, 2, MASKS), axis=0)
    logits = g.op("Reshape", logits, shape)  # y, x, dy, dx, ddy, ddx, mask
    rows, columns = (g.op("Mul", side, g.ints(4)) for side in (height, width))
    shape = g.op("Concat", batch, g.ints(MASKS), rows, columns, axis=0)
    logits = g.op("Reshape", g.transpose(logits, 0, 7, 1, 3, 5, 2, 4, 6), shape)
    g.output("low_res_logits", logits, ("B", MASKS, "4H", "4W"))
    return g


def transposed_convolution(module: nn.ConvTranspose2d) -> tuple[np.ndarray, np.ndarray]:
    """Weight [in, 4, out] and bias [4 out]; the four are (dy, dx) = (0, 0), (0, 1), (1, 0), (1, 1)."""
    channels_in, channels_out = module.weight.shape[:2]
    weight = array(module.weight).transpose(0, 2, 3, 1).reshape(channels_in, 4, channels_out)
    return weight, np.tile(array(module.bias), 4)


def build_mask_prompt(prompt: PromptEncoder) -> Graph:
    """Low-resolution logits of an earlier mask -> dense prompt; strided convolutions as matrix products."""
    g = Graph("mask-prompt")
    mask = g.input("mask", (1, 1, LOW_RES, LOW_RES))
    side = EMBEDDING_SIDE
    x = g.reshape(mask, side, 2, 2, side, 2, 2)  # y, dy, ddy, x, dx, ddx
    x = g.reshape(g.transpose(x, 0, 3, 1, 4, 2, 5), -1, 4)
    for convolution, normalise in ((prompt.down1, prompt.norm1), (prompt.down2, prompt.norm2)):
        channels_out, channels_in = convolution.weight.shape[:2]
        weight = array(convolution.weight).transpose(2, 3, 1, 0).reshape(4 * channels_in, channels_out)
        x = g.linear(g.reshape(x, -1, 4 * channels_in), weight, array(convolution.bias))
        x = g.op("Gelu", g.layer_norm(x, array(normalise.weight), array(normalise.bias), 1e-6))
    x = g.linear(x, array(prompt.out.weight)[:, :, 0, 0].T, array(prompt.out.bias))
    g.output("dense_prompt", g.reshape(g.transpose(x, 1, 0), 1, CHANNELS, side, side), (1, CHANNELS, side, side))
    return g
