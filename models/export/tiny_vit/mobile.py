"""MobileSAM's image encoder with the names of the official checkpoint, and its folding.

`MobileEncoder` is TinyViT-5M as MobileSAM publishes it, with batch normalisation, to verify against; `folded` gives
the module without batch normalisation whose exported form is in `tiny_vit/graph.py`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .modules import Encoder, LayerNorm2d, Stage, TinyVitSizes, offset_index


class NormalisedConvolution(nn.Module):
    """A convolution without bias, then batch normalisation."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.c = nn.Conv2d(channels_in, channels_out, kernel, stride, kernel // 2, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(channels_out)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(self.c(x))


class MobileConvolution(nn.Module):
    def __init__(self, channels: int, expansion: int = 4) -> None:
        super().__init__()
        inner = channels * expansion
        self.conv1 = NormalisedConvolution(channels, inner, 1)
        self.conv2 = NormalisedConvolution(inner, inner, 3, groups=inner)
        self.conv3 = NormalisedConvolution(inner, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return F.gelu(x + self.conv3(F.gelu(self.conv2(F.gelu(self.conv1(x))))))


class PatchMerging(nn.Module):
    def __init__(self, channels_in: int, channels_out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = NormalisedConvolution(channels_in, channels_out, 1)
        self.conv2 = NormalisedConvolution(channels_out, channels_out, 3, stride, groups=channels_out)
        self.conv3 = NormalisedConvolution(channels_out, channels_out, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv3(F.gelu(self.conv2(F.gelu(self.conv1(x)))))


class BiasedAttention(nn.Module):
    """Self-attention with a bias for each head and offset; normalises its input, padding included."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.heads = stage.heads
        self.norm = nn.LayerNorm(stage.channels)
        self.qkv = nn.Linear(stage.channels, 3 * stage.channels)
        self.proj = nn.Linear(stage.channels, stage.channels)
        self.attention_biases = nn.Parameter(torch.zeros(stage.heads, stage.window**2))
        self.register_buffer("index", offset_index(stage.window), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """[W, window^2, C] -> the same; queries, keys and values lie head by head."""
        q, k, v = self.qkv(self.norm(x)).unflatten(-1, (self.heads, 3, -1)).permute(3, 0, 2, 1, 4)
        out = F.scaled_dot_product_attention(q, k, v, attn_mask=self.attention_biases[:, self.index])
        return self.proj(out.transpose(1, 2).flatten(2))


class NormalisedMlp(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.fc1 = nn.Linear(channels, 4 * channels)
        self.fc2 = nn.Linear(4 * channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(F.gelu(self.fc1(self.norm(x))))


class MobileBlock(nn.Module):
    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        self.attn = BiasedAttention(stage)
        self.mlp = NormalisedMlp(stage.channels)
        self.local_conv = NormalisedConvolution(stage.channels, stage.channels, 3, groups=stage.channels)

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, side, side] -> the same."""
        side, window = self.stage.side, self.stage.window
        padding = -side % window
        count = (side + padding) // window
        tokens = x.permute(0, 2, 3, 1)
        windows = F.pad(tokens, (0, 0, 0, padding, 0, padding)).unflatten(2, (count, window))
        windows = windows.unflatten(1, (count, window)).transpose(2, 3)
        out = self.attn(windows.reshape(-1, window * window, self.stage.channels)).view(windows.shape)
        out = out.transpose(2, 3).flatten(3, 4).flatten(1, 2)[:, :side, :side]
        x = self.local_conv((tokens + out).permute(0, 3, 1, 2))
        return x + self.mlp(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Layer(nn.Module):
    def __init__(self, blocks: list[nn.Module], downsample: nn.Module | None) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        self.downsample = downsample

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x)
        return x if self.downsample is None else self.downsample(x)


class Stem(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.seq = nn.Sequential(NormalisedConvolution(3, channels // 2, 3, 2), nn.GELU(),
                                 NormalisedConvolution(channels // 2, channels, 3, 2))

    def forward(self, x: Tensor) -> Tensor:
        return self.seq(x)


class MobileEncoder(nn.Module):
    """[B, 3, 1024, 1024] normalised picture -> [B, channels_out, 64, 64] embedding."""

    def __init__(self, sizes: TinyVitSizes = TinyVitSizes()) -> None:
        super().__init__()
        self.sizes = sizes
        self.patch_embed = Stem(sizes.stem)
        maps = sizes.maps()
        merges = [PatchMerging(a[1], b[1], a[0] // b[0]) for a, b in zip(maps, maps[1:])]
        blocks = [[MobileConvolution(sizes.stem) for _ in range(sizes.bottlenecks)]]
        blocks += [[MobileBlock(stage) for _ in range(stage.blocks)] for stage in sizes.stages]
        self.layers = nn.ModuleList(Layer(b, merge) for b, merge in zip(blocks, [*merges, None]))
        out = sizes.channels_out
        self.neck = nn.Sequential(
            nn.Conv2d(sizes.stages[-1].channels, out, 1, bias=False), LayerNorm2d(out),
            nn.Conv2d(out, out, 3, padding=1, bias=False), LayerNorm2d(out),
        )

    def forward(self, image: Tensor) -> Tensor:
        x = self.patch_embed(image)
        for layer in self.layers:
            x = layer(x)
        return self.neck(x)


def folded(official: MobileEncoder) -> Encoder:
    """The same numbers without batch normalisation (evaluation mode)."""
    encoder = Encoder(official.sizes).eval()
    fold(encoder.stem1, official.patch_embed.seq[0])
    fold(encoder.stem2, official.patch_embed.seq[2])
    convolutional, *attentive = official.layers
    pairs = [*zip(encoder.bottlenecks, convolutional.blocks, strict=True)]
    pairs += [(ours, layer.downsample) for ours, layer in zip(encoder.downsamples, official.layers)]
    for ours, theirs in pairs:
        for into, source in ((ours.expand, theirs.conv1), (ours.depthwise, theirs.conv2), (ours.project, theirs.conv3)):
            fold(into, source)
    for blocks, layer in zip(encoder.stages, attentive, strict=True):
        for ours, theirs in zip(blocks, layer.blocks, strict=True):
            fold(ours.local, theirs.local_conv)
            copy(ours.attention.norm, theirs.attn.norm)
            copy(ours.attention.qkv, theirs.attn.qkv)
            copy(ours.attention.out, theirs.attn.proj)
            ours.attention.bias_table.data.copy_(theirs.attn.attention_biases)
            for name in ("norm", "fc1", "fc2"):
                copy(getattr(ours, name), getattr(theirs.mlp, name))
    for ours, theirs in zip((encoder.neck1, encoder.neck_norm1, encoder.neck2, encoder.neck_norm2), official.neck):
        copy(ours, theirs)
    return encoder


def fold(into: nn.Conv2d, source: NormalisedConvolution) -> None:
    norm = source.bn
    scale = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
    into.weight.data.copy_(source.c.weight.double() * scale[:, None, None, None])
    into.bias.data.copy_(norm.bias.double() - norm.running_mean.double() * scale)


def copy(into: nn.Module, source: nn.Module) -> None:
    into.load_state_dict(source.state_dict())
