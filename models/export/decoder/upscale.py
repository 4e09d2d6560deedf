"""The exported form of the mask decoder's upscaling and of the mask prompt: matrix products instead of convolutions."""

from __future__ import annotations

from torch import nn

from ..graphs.arrays import array, centred, transposed_convolution
from ..graphs.builder import Form, Graph
from .sam import HqMaskDecoder, MaskDecoder, PromptEncoder, Sam2MaskDecoder


def build_upscale(decoder: MaskDecoder, form: Form) -> Graph:
    """Image tokens (less the last norm4's bias) of any H x W window and mask vectors -> its logits [B, M, 4 H, 4 W].

    SAM 2 adds finer features of the same window on the way. HQ has convolutions of the finest map, so its window is
    the whole map.
    """
    g, sizes = Graph("decoder-upscale", form), decoder.sizes
    high_quality = isinstance(decoder, HqMaskDecoder)
    side = (sizes.side, sizes.side) if high_quality else ("H", "W")
    image = g.input("image_tokens_out", ("B", *side, sizes.channels))
    vectors = g.input("mask_vectors", ("B", sizes.masks + high_quality, sizes.mask_vector))
    x = upscaled(g, decoder, image)
    batch, height, width = (g.op("Shape", image, start=axis, end=axis + 1) for axis in range(3))
    if high_quality:
        finest = g.op("Reshape", x, g.op("Concat", batch, g.ints(*side, 2, 2, 2, 2, sizes.mask_vector), axis=0))
        finest = g.reshape(g.transpose(finest, 0, 7, 1, 3, 5, 2, 4, 6), 0, sizes.mask_vector, *(4 * n for n in side))
        vectors, high_vector = (g.op("Slice", vectors, g.ints(a), g.ints(b), g.ints(1))
                                for a, b in ((0, sizes.masks), (sizes.masks, sizes.masks + 1)))
    x = g.op("Reshape", x, g.op("Concat", batch, g.ints(-1, sizes.mask_vector), axis=0))
    logits = g.op("MatMul", x, g.transpose(vectors, 0, 2, 1))
    shape = g.op("Concat", batch, height, width, g.ints(2, 2, 2, 2, sizes.masks), axis=0)
    logits = g.op("Reshape", logits, shape)  # y, x, dy, dx, ddy, ddx, mask
    rows, columns = (g.op("Mul", n, g.ints(4)) for n in (height, width))
    shape = g.op("Concat", batch, g.ints(sizes.masks), rows, columns, axis=0)
    logits = g.op("Reshape", g.transpose(logits, 0, 7, 1, 3, 5, 2, 4, 6), shape)
    if high_quality:
        logits = g.op("Add", logits, high_quality_mask(g, decoder, finest, high_vector))
    low_res = [4 * n if isinstance(n, int) else f"4{n}" for n in side]
    g.output("low_res_logits", logits, ("B", sizes.masks, *low_res))
    return g


def upscaled(g: Graph, decoder: MaskDecoder, image: str) -> str:
    """[B, H, W, C] -> rows of mask features, [B H W 16, C / 8]; a position's 16 are (dy, dx, ddy, ddx)."""
    channels = decoder.sizes.channels
    first, layer_norm, _, second, _ = decoder.output_upscaling
    weight, bias = transposed_convolution(first)
    bias = bias + array(decoder.transformer.layers[-1].norm4.bias) @ weight.reshape(channels, -1)
    rows = g.reshape(image, -1, channels)
    x = g.linear(rows, centred(weight).reshape(channels, -1), centred(bias.reshape(4, -1)).reshape(-1))
    x = with_features(g, decoder, x, image, "features_1", channels)
    x = g.reshape(x, -1, first.out_channels)
    x = g.op("SimplifiedLayerNormalization", x, g.constant(array(layer_norm.weight)), axis=-1, epsilon=1e-6)
    x = g.gelu(g.op("Add", x, g.constant(array(layer_norm.bias))))
    weight, bias = transposed_convolution(second)
    x = g.linear(x, weight.reshape(first.out_channels, -1), bias)
    return g.gelu(with_features(g, decoder, x, image, "features_0", 2 * channels))


def with_features(g: Graph, decoder: MaskDecoder, x: str, image: str, name: str, width: int) -> str:
    """Adds SAM 2's finer features, `width` for each position of `image`; the encoder has arranged them like that."""
    if not isinstance(decoder, Sam2MaskDecoder):
        return x
    shape = g.op("Concat", g.op("Shape", image, start=0, end=3), g.ints(width), axis=0)
    return g.op("Add", g.op("Reshape", x, shape), g.input(name, ("H", "W", width)))


def high_quality_mask(g: Graph, decoder: HqMaskDecoder, finest: str, vector: str) -> str:
    """SAM-HQ's own mask, [B, 1, 4 side, 4 side], of mask features as a map [B, C / 8, 4 side, 4 side]."""
    sizes = decoder.sizes
    side = 4 * sizes.side
    features = g.input("hq_features", (1, sizes.mask_vector, side, side))
    first, layer_norm, _, second = decoder.embedding_maskfeature
    x = convolution(g, finest, first)
    x = g.layer_norm(g.transpose(x, 0, 2, 3, 1), array(layer_norm.weight), array(layer_norm.bias), 1e-6)
    x = g.op("Add", convolution(g, g.transpose(g.gelu(x), 0, 3, 1, 2), second), features)
    return g.reshape(g.op("MatMul", vector, g.reshape(x, 0, sizes.mask_vector, -1)), 0, 1, side, side)


def convolution(g: Graph, x: str, module: nn.Conv2d) -> str:
    padding = module.padding[0]
    return g.op("Conv", x, g.weight(array(module.weight)), g.constant(array(module.bias)),
                kernel_shape=module.kernel_size, strides=module.stride, pads=[padding] * 4)


def build_mask_prompt(prompt: PromptEncoder, form: Form) -> Graph:
    """Low-resolution logits of an earlier mask -> dense prompt; strided convolutions as matrix products."""
    g, sizes = Graph("mask-prompt", form), prompt.sizes
    side, channels = sizes.side, sizes.channels
    mask = g.input("mask", (1, 1, 4 * side, 4 * side))
    down1, norm1, _, down2, norm2, _, out = prompt.mask_downscaling
    x = g.reshape(mask, side, 2, 2, side, 2, 2)  # y, dy, ddy, x, dx, ddx
    x = g.reshape(g.transpose(x, 0, 3, 1, 4, 2, 5), -1, 4)
    for module, normalise in ((down1, norm1), (down2, norm2)):
        channels_out, channels_in = module.weight.shape[:2]
        weight = array(module.weight).transpose(2, 3, 1, 0).reshape(4 * channels_in, channels_out)
        x = g.linear(g.reshape(x, -1, 4 * channels_in), weight, array(module.bias))
        x = g.op("Gelu", g.layer_norm(x, array(normalise.weight), array(normalise.bias), 1e-6))
    x = g.linear(x, array(out.weight)[:, :, 0, 0].T, array(out.bias))
    g.output("dense_prompt", g.reshape(g.transpose(x, 1, 0), 1, channels, side, side), (1, channels, side, side))
    return g
