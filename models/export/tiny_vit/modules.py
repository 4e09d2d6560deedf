"""The image encoder as a plain PyTorch module, to read and to verify against.

TinyViT-5M (Wu et al., "TinyViT: Fast Pretraining Distillation for Small Vision Transformers", ECCV 2022) in the shape
MobileSAM gives it (Zhang et al., "Faster Segment Anything", 2023): 1024 x 1024 input, no stride in the last
down-sampling, and the convolutional neck of SAM. Batch normalisation is already folded into the convolutions, as it is
in the shipped graph. Speed is no aim here: `tiny_vit/graph.py` holds the form that is exported.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

INPUT_SIZE = 1024


@dataclass(frozen=True)
class Stage:
    """One stage of attention blocks on a `side` x `side` map."""

    side: int
    channels: int
    heads: int
    window: int
    blocks: int


@dataclass(frozen=True)
class TinyVitSizes:
    """Depth and widths; the defaults are those of TinyViT-5M as MobileSAM has it."""

    stem: int = 64
    bottlenecks: int = 2
    stages: tuple[Stage, ...] = (
        Stage(side=128, channels=128, heads=4, window=7, blocks=2),
        Stage(side=64, channels=160, heads=5, window=14, blocks=6),
        Stage(side=64, channels=320, heads=10, window=7, blocks=2),
    )
    channels_out: int = 256

    def maps(self) -> list[tuple[int, int]]:
        """Side and channels of the map after the stem and in each stage."""
        return [(INPUT_SIZE // 4, self.stem)] + [(stage.side, stage.channels) for stage in self.stages]


def offset_index(window: int) -> Tensor:
    """Which entry of the bias table a pair of window positions reads: [window^2, window^2].

    Pairs share an entry when they share (|dy|, |dx|); entries are numbered in the order of first appearance.
    """
    y, x = torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij")
    points = torch.stack([y.flatten(), x.flatten()], dim=1)
    distance = (points[:, None] - points[None]).abs()
    return distance[..., 0] * window + distance[..., 1]


class LayerNorm2d(nn.Module):
    """Layer normalisation over the channels of [B, C, H, W]."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        normalised = F.layer_norm(x.permute(0, 2, 3, 1), self.weight.shape, self.weight, self.bias, eps=1e-6)
        return normalised.permute(0, 3, 1, 2)


class InvertedBottleneck(nn.Module):
    """1x1 expansion, depthwise 3x3, 1x1 projection, shortcut; a GELU after each."""

    def __init__(self, channels: int, expansion: int = 4) -> None:
        super().__init__()
        inner = channels * expansion
        self.expand = nn.Conv2d(channels, inner, 1)
        self.depthwise = nn.Conv2d(inner, inner, 3, padding=1, groups=inner)
        self.project = nn.Conv2d(inner, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        inner = F.gelu(self.depthwise(F.gelu(self.expand(x))))
        return F.gelu(x + self.project(inner))


class Downsample(nn.Module):
    """Changes channels and, with stride 2, halves the map."""

    def __init__(self, channels_in: int, channels_out: int, stride: int) -> None:
        super().__init__()
        self.expand = nn.Conv2d(channels_in, channels_out, 1)
        self.depthwise = nn.Conv2d(channels_out, channels_out, 3, stride=stride, padding=1, groups=channels_out)
        self.project = nn.Conv2d(channels_out, channels_out, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.project(F.gelu(self.depthwise(F.gelu(self.expand(x)))))


class WindowAttention(nn.Module):
    """Self-attention inside windows, with a learned bias per head and offset."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        self.norm = nn.LayerNorm(stage.channels)
        self.qkv = nn.Linear(stage.channels, 3 * stage.channels)
        self.out = nn.Linear(stage.channels, stage.channels)
        self.bias_table = nn.Parameter(torch.zeros(stage.heads, stage.window**2))
        self.register_buffer("bias_index", offset_index(stage.window), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """[windows, window^2, C] -> the same."""
        windows, tokens, channels = x.shape
        heads = self.stage.heads
        q, k, v = self.qkv(self.norm(x)).view(windows, tokens, heads, 3, channels // heads).permute(3, 0, 2, 1, 4)
        scores = q @ k.transpose(-1, -2) * (channels // heads) ** -0.5 + self.bias_table[:, self.bias_index]
        return self.out((scores.softmax(-1) @ v).transpose(1, 2).reshape(windows, tokens, channels))


class AttentionBlock(nn.Module):
    """Window attention, a depthwise 3x3 convolution, a two-layer perceptron."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        self.attention = WindowAttention(stage)
        self.local = nn.Conv2d(stage.channels, stage.channels, 3, padding=1, groups=stage.channels)
        self.norm = nn.LayerNorm(stage.channels)
        self.fc1 = nn.Linear(stage.channels, 4 * stage.channels)
        self.fc2 = nn.Linear(4 * stage.channels, stage.channels)

    def forward(self, x: Tensor) -> Tensor:
        """[B, H, W, C] -> the same."""
        x = x + self.attend(x)
        x = self.local(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        return x + self.fc2(F.gelu(self.fc1(self.norm(x))))

    def attend(self, x: Tensor) -> Tensor:
        batch, side, _, channels = x.shape
        window = self.stage.window
        padding = -side % window
        count = (side + padding) // window
        padded = F.pad(x, (0, 0, 0, padding, 0, padding)).view(batch, count, window, count, window, channels)
        windows = padded.transpose(2, 3).reshape(-1, window * window, channels)
        out = self.attention(windows).view(batch, count, count, window, window, channels).transpose(2, 3)
        return out.reshape(batch, side + padding, side + padding, channels)[:, :side, :side]


class Encoder(nn.Module):
    """[B, 3, 1024, 1024] normalised picture -> [B, channels_out, 64, 64] embedding."""

    def __init__(self, sizes: TinyVitSizes = TinyVitSizes()) -> None:
        super().__init__()
        self.sizes = sizes
        self.stem1 = nn.Conv2d(3, sizes.stem // 2, 3, stride=2, padding=1)
        self.stem2 = nn.Conv2d(sizes.stem // 2, sizes.stem, 3, stride=2, padding=1)
        self.bottlenecks = nn.ModuleList(InvertedBottleneck(sizes.stem) for _ in range(sizes.bottlenecks))
        maps = sizes.maps()
        self.downsamples = nn.ModuleList(
            Downsample(before[1], after[1], before[0] // after[0]) for before, after in zip(maps, maps[1:])
        )
        self.stages = nn.ModuleList(
            nn.ModuleList(AttentionBlock(stage) for _ in range(stage.blocks)) for stage in sizes.stages
        )
        out = sizes.channels_out
        self.neck1 = nn.Conv2d(sizes.stages[-1].channels, out, 1, bias=False)
        self.neck_norm1 = LayerNorm2d(out)
        self.neck2 = nn.Conv2d(out, out, 3, padding=1, bias=False)
        self.neck_norm2 = LayerNorm2d(out)

    def forward(self, image: Tensor) -> Tensor:
        x = self.stem2(F.gelu(self.stem1(image)))
        for bottleneck in self.bottlenecks:
            x = bottleneck(x)
        for downsample, blocks in zip(self.downsamples, self.stages):
            x = downsample(x).permute(0, 2, 3, 1)
            for block in blocks:
                x = block(x)
            x = x.permute(0, 3, 1, 2)
        return self.neck_norm2(self.neck2(self.neck_norm1(self.neck1(x))))
