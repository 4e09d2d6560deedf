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

from ..graphs.arrays import array, centred, matrix
from ..graphs.builder import Form, Graph
from .operators import (
    attention_scale,
    block_diagonal,
    head_shape,
    head_width,
    image_norm,
    linear,
    merge_heads,
    norm,
    perceptron,
    scaled_query,
    split_heads,
    token,
)
from .sam import Attention, HqMaskDecoder, MaskDecoder, PromptEncoder, Sam2MaskDecoder, Sizes, TwoWayLayer
from .upscale import build_mask_prompt, build_upscale


def build_decoder(prompt: PromptEncoder, decoder: MaskDecoder, form: Form) -> list[Graph]:
    return [
        build_context(prompt, decoder, form),
        build_tokens(decoder, form),
        build_upscale(decoder, form),
        build_mask_prompt(prompt, form),
    ]


def context_shapes(sizes: Sizes) -> dict[str, tuple]:
    """"N": all positions as `context` gives them, or any subset of them, the same in every tensor."""
    return {
        "image_tokens": ("N", sizes.channels),
        "positions": ("N", sizes.channels),
        "layer0_keys": ("N", sizes.cross_channels),
        "layer0_values": (sizes.heads, "N", head_width(sizes)),
        "layer0_queries": ("N", sizes.cross_channels),
    }


def image_positions(g: Graph, prompt: PromptEncoder) -> str:
    """[N, 256] from two small constants; onnxruntime folds it at load."""
    side = prompt.sizes.side
    centre = (np.arange(side, dtype=np.float32) + 0.5) / side
    y, x = np.meshgrid(centre, centre, indexing="ij")
    unit = np.stack([2 * x - 1, 2 * y - 1], axis=-1).reshape(-1, 2)
    angle = g.op("MatMul", g.constant(unit), g.constant(array(prompt.tables()["gaussian"]) * np.float32(2 * np.pi)))
    return g.op("Concat", g.op("Sin", angle), g.op("Cos", angle), axis=-1)


def build_context(prompt: PromptEncoder, decoder: MaskDecoder, form: Form) -> Graph:
    """What layer 0 needs of a picture (and its dense prompt), the same for all prompts."""
    g, sizes = Graph("decoder-context", form), decoder.sizes
    positions_count = sizes.side**2
    embedding = g.input("embedding", (1, sizes.channels, sizes.side, sizes.side))
    dense = g.input("dense_prompt", (1, sizes.channels, "H", "W"))
    planes = g.reshape(g.op("Add", embedding, dense), sizes.channels, positions_count)
    image = g.transpose(planes, 1, 0)
    positions = image_positions(g, prompt)
    placed = g.op("Add", image, positions)
    layer = decoder.transformer.layers[0]
    inward, outward = layer.cross_attn_token_to_image, layer.cross_attn_image_to_token
    keys = g.linear(placed, matrix(inward.k_proj), None)  # without bias: it cancels in the softmax
    values = g.linear(image, matrix(inward.v_proj), array(inward.v_proj.bias))
    queries = g.linear(placed, *scaled_query(outward))
    residual = g.op("Add", image, g.constant(array(outward.out_proj.bias)))
    results = {
        "image_tokens": g.op("Sub", residual, g.op("ReduceMean", residual, g.ints(-1), keepdims=1)),
        "positions": positions,
        "layer0_keys": keys,
        "layer0_values": g.transpose(g.reshape(values, positions_count, sizes.heads, head_width(sizes)), 1, 0, 2),
        "layer0_queries": queries,
    }
    for name, value in results.items():
        g.output(name, value, [positions_count if side == "N" else side for side in context_shapes(sizes)[name]])
    return g


def build_tokens(decoder: MaskDecoder, form: Form) -> Graph:
    """Both transformer layers and the heads: prompt tokens -> predicted IoU, mask vectors, image tokens."""
    g, sizes = Graph("decoder-tokens", form), decoder.sizes
    transformer = decoder.transformer
    context = {name: g.input(name, shape) for name, shape in context_shapes(sizes).items()}
    start = output_tokens(g, decoder, g.input("prompt_tokens", ("B", "P", sizes.channels)))
    positions = context["positions"]
    first, *others = transformer.layers
    tokens, image = layer0(g, first, start, context)
    missing = array(first.norm4.bias)
    for layer in others:
        placed = g.op("Add", image, positions)
        tokens, image = later_layer(g, layer, start, tokens, image, placed, missing)
        missing = array(layer.norm4.bias)
    placed = g.op("Add", image, positions)
    # from here on only the output tokens matter
    count = len(decoder.output_tokens())
    start, tokens = (g.op("Slice", x, g.ints(0), g.ints(count), g.ints(1)) for x in (start, tokens))
    attended = tokens_to_image(g, transformer.final_attn_token_to_image, g.op("Add", tokens, start), image, placed,
                               missing)
    tokens = norm(g, g.op("Add", tokens, attended), transformer.norm_final_attn)
    output_heads(g, decoder, tokens)
    g.output("image_tokens_out", image, ("B", "N", sizes.channels))
    return g


def output_heads(g: Graph, decoder: MaskDecoder, tokens: str) -> None:
    """What the output tokens say; SAM 2 has an object score before the others, HQ one more mask after them."""
    sizes, first, heads = decoder.sizes, 0, list(decoder.output_hypernetworks_mlps)
    iou_head = decoder.iou_prediction_head
    if isinstance(decoder, HqMaskDecoder):
        heads.append(decoder.hf_mlp)
    if isinstance(decoder, Sam2MaskDecoder):
        g.output("object_score", perceptron(g, token(g, tokens, 0), decoder.pred_obj_score_head), ("B", 1))
        first = 1
    iou = perceptron(g, token(g, tokens, first), iou_head)
    if isinstance(decoder, Sam2MaskDecoder):
        iou = g.op("Sigmoid", iou)
    g.output("iou_predictions", iou, ("B", sizes.masks))
    vectors = [g.op("Unsqueeze", perceptron(g, token(g, tokens, first + 1 + i), head), g.ints(1))
               for i, head in enumerate(heads)]
    g.output("mask_vectors", g.op("Concat", *vectors, axis=1), ("B", len(heads), sizes.mask_vector))


def output_tokens(g: Graph, decoder: MaskDecoder, prompt_tokens: str) -> str:
    """[B, P, C] -> [B, count + P, C]: the decoder's own tokens come first."""
    tokens = array(decoder.output_tokens())
    batch = g.op("Shape", prompt_tokens, start=0, end=1)
    shape = g.op("Concat", batch, g.ints(*tokens.shape), axis=0)
    return g.op("Concat", g.op("Expand", g.constant(tokens[None]), shape), prompt_tokens, axis=1)


def self_attention(g: Graph, attention: Attention, placed: str, tokens: str) -> str:
    """[B, T, C]; tiny, so written as in the module."""
    q = split_heads(g, linear(g, placed, attention.q_proj, attention_scale(attention)), attention, 0, 2, 1, 3)
    k = split_heads(g, linear(g, placed, attention.k_proj), attention, 0, 2, 3, 1)
    v = split_heads(g, linear(g, tokens, attention.v_proj), attention, 0, 2, 1, 3)
    weights = g.op("Softmax", g.op("MatMul", q, k), axis=-1)
    return linear(g, merge_heads(g, g.op("MatMul", weights, v), attention), attention.out_proj)


def token_perceptron(g: Graph, layer: TwoWayLayer, tokens: str) -> str:
    inner = g.op("Relu", linear(g, tokens, layer.mlp.lin1))
    return norm(g, g.op("Add", tokens, linear(g, inner, layer.mlp.lin2)), layer.norm3)


def layer0(g: Graph, layer: TwoWayLayer, start: str, context: dict[str, str]) -> tuple[str, str]:
    """Tokens [B, T, C] and image [B, N, C] (less norm4's bias) after the first layer."""
    tokens = norm(g, self_attention(g, layer.self_attn, start, start), layer.norm1)
    inward, outward = layer.cross_attn_token_to_image, layer.cross_attn_image_to_token
    q = linear(g, g.op("Add", tokens, start), inward.q_proj, attention_scale(inward))
    q = g.transpose(block_diagonal(g, q, inward), 0, 2, 1)
    # all prompts and heads side by side share one product with the image
    flat = g.reshape(q, -1, inward.q_proj.out_features)
    scores = g.op("MatMul", flat, g.transpose(context["layer0_keys"], 1, 0))
    weights = g.op("Reshape", g.op("Softmax", scores, axis=-1), head_shape(g, start, inward))
    values = merge_heads(g, g.op("MatMul", weights, context["layer0_values"]), inward)
    tokens = norm(g, g.op("Add", tokens, linear(g, values, inward.out_proj)), layer.norm2)
    tokens = token_perceptron(g, layer, tokens)
    k, outputs = image_side(g, outward, g.op("Add", tokens, start), tokens)
    scores = g.op("MatMul", context["layer0_queries"], block_diagonal(g, k, outward))
    image = g.op("Add", context["image_tokens"], image_from_tokens(g, scores, outputs, outward))
    return tokens, image_norm(g, image, layer.norm4)


def image_side(g: Graph, attention: Attention, placed: str, tokens: str) -> tuple[str, str]:
    """Keys [B, T, cross] of the tokens, and the values through the output projection, centred, [B, heads T, C]."""
    k = linear(g, placed, attention.k_proj)
    v = split_heads(g, linear(g, tokens, attention.v_proj), attention, 0, 2, 1, 3)
    channels = attention.out_proj.out_features
    out = g.weight(centred(matrix(attention.out_proj)).reshape(attention.heads, -1, channels))
    return k, g.reshape(g.op("MatMul", v, out), 0, -1, channels)


def image_from_tokens(g: Graph, scores: str, outputs: str, attention: Attention) -> str:
    """Softmax of [B, N, heads T] over each head's T, then the product with [B, heads T, C]."""
    weights = g.op("Softmax", g.op("Reshape", scores, g.ints(0, 0, attention.heads, -1)), axis=-1)
    return g.op("MatMul", g.reshape(weights, 0, 0, -1), outputs)


def later_layer(
    g: Graph, layer: TwoWayLayer, start: str, tokens: str, image: str, placed: str, image_bias: np.ndarray
) -> tuple[str, str]:
    """A layer after the first; `image` lacks `image_bias`, and again norm4's bias on return."""
    attended = self_attention(g, layer.self_attn, g.op("Add", tokens, start), tokens)
    tokens = norm(g, g.op("Add", tokens, attended), layer.norm1)
    inward, outward = layer.cross_attn_token_to_image, layer.cross_attn_image_to_token
    attended = tokens_to_image(g, inward, g.op("Add", tokens, start), image, placed, image_bias)
    tokens = token_perceptron(g, layer, norm(g, g.op("Add", tokens, attended), layer.norm2))
    k, outputs = image_side(g, outward, g.op("Add", tokens, start), tokens)
    change = image_from_tokens(g, image_scores(g, outward, k, placed, image_bias),
                               with_bias(g, outputs, outward, image_bias), outward)
    image = g.op("Sub", image, g.op("ReduceMean", image, g.ints(-1), keepdims=1))
    return tokens, image_norm(g, g.op("Add", image, change), layer.norm4)


def with_bias(g: Graph, outputs: str, attention: Attention, image_bias: np.ndarray) -> str:
    """Spreads the output's bias and the image's missing bias (both centred) over the heads' values."""
    bias = centred(array(attention.out_proj.bias) + image_bias)
    return g.op("Add", outputs, g.constant(bias / np.float32(attention.heads)))


def image_scores(g: Graph, attention: Attention, k: str, placed: str, image_bias: np.ndarray) -> str:
    """Scores [B, N, heads T] of the image's queries, never projected, with the tokens' keys [B, T, cross]."""
    heads, channels = attention.heads, attention.q_proj.in_features
    k = split_heads(g, k, attention, 0, 2, 3, 1)
    weight, bias = scaled_query(attention)
    bias = bias + image_bias @ weight
    weight = weight.reshape(channels, heads, -1).transpose(1, 0, 2)
    folded = g.transpose(g.op("MatMul", g.weight(weight), k), 0, 2, 1, 3)
    shift = g.op("MatMul", g.constant(bias.reshape(heads, 1, -1)), k)
    scores = g.op("MatMul", placed, g.reshape(folded, 0, channels, -1))
    return g.op("Add", scores, g.reshape(shift, 0, 1, -1))


def tokens_to_image(
    g: Graph, attention: Attention, placed_tokens: str, image: str, placed: str, image_bias: np.ndarray
) -> str:
    """Attention of the tokens to image tokens [B, N, C] (less `image_bias`), never projected: [B, T, C].

    Like the key bias, the missing bias adds the same to all scores of a query; only the values need it.
    """
    heads, channels = attention.heads, attention.k_proj.in_features
    q = linear(g, placed_tokens, attention.q_proj, attention_scale(attention))
    q = split_heads(g, q, attention, 0, 2, 1, 3)
    key = g.weight(array(attention.k_proj.weight).reshape(heads, -1, channels))
    folded = g.reshape(g.op("MatMul", q, key), 0, -1, channels)
    scores = g.op("MatMul", folded, g.transpose(placed, 0, 2, 1))
    pooled = g.op("MatMul", g.op("Softmax", scores, axis=-1), image)
    value = g.weight(array(attention.v_proj.weight).reshape(heads, -1, channels).transpose(0, 2, 1))
    bias = array(attention.v_proj.bias) + array(attention.v_proj.weight) @ image_bias
    values = g.op("MatMul", g.reshape(pooled, 0, heads, -1, channels), value)
    values = g.op("Add", values, g.constant(bias.reshape(heads, 1, -1)))
    return linear(g, merge_heads(g, values, attention), attention.out_proj)
