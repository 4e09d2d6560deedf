"""SAM's image encoder (vit_b, vit_l, vit_h) as a plain PyTorch module, to read and to verify against.

ViT with windows and four global blocks, decomposed relative positions and a convolutional neck: Li et al., "Exploring
Plain Vision Transformer Backbones for Object Detection" (ECCV 2022), in the shape of Kirillov et al., "Segment
Anything" (ICCV 2023). Parameters have the names of the official checkpoints. Speed is no aim here: `vit/graph.py`
holds the form that is exported.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..tiny_vit.modules import LayerNorm2d


@dataclass(frozen=True)
class VitSizes:
    channels: int
    blocks: int
    heads: int
    global_blocks: tuple[int, ...]
    mlp_channels: int
    window: int = 14
    patch: int = 16
    input: int = 1024
    channels_out: int = 256

    @property
    def side(self) -> int:
        return self.input // self.patch


class RelativeAttention(nn.Module):
    """Self-attention on a square of tokens; scores have an addend for the distance in rows and one for columns."""

    def __init__(self, channels: int, heads: int, side: int) -> None:
        super().__init__()
        self.heads = heads
        width = channels // heads
        self.qkv = nn.Linear(channels, 3 * channels)
        self.proj = nn.Linear(channels, channels)
        self.rel_pos_h = nn.Parameter(torch.zeros(2 * side - 1, width))
        self.rel_pos_w = nn.Parameter(torch.zeros(2 * side - 1, width))

    def forward(self, x: Tensor) -> Tensor:
        """[W, S, S, C] -> the same."""
        windows, side, _, channels = x.shape
        width = channels // self.heads
        qkv = self.qkv(x).view(windows, side * side, 3, self.heads, width).permute(2, 0, 3, 1, 4)
        q, k, v = qkv.reshape(3, windows * self.heads, side * side, width)
        square = q.view(-1, side, side, width)
        distance = torch.arange(side)[:, None] - torch.arange(side)[None] + side - 1
        rows = torch.einsum("nyxc,ykc->nyxk", square, self.rel_pos_h[distance])
        columns = torch.einsum("nyxc,xkc->nyxk", square, self.rel_pos_w[distance])
        addend = (rows[..., None] + columns[..., None, :]).reshape(-1, side * side, side * side)
        out = torch.softmax(q @ k.transpose(1, 2) * width**-0.5 + addend, dim=-1) @ v
        out = out.view(windows, self.heads, side, side, width).permute(0, 2, 3, 1, 4).reshape(x.shape)
        return self.proj(out)


class Mlp(nn.Module):
    def __init__(self, channels: int, inner: int) -> None:
        super().__init__()
        self.lin1 = nn.Linear(channels, inner)
        self.lin2 = nn.Linear(inner, channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.lin2(F.gelu(self.lin1(x)))


class Block(nn.Module):
    """Attention in windows (of the whole map if `window` is 0), then a perceptron."""

    def __init__(self, sizes: VitSizes, window: int) -> None:
        super().__init__()
        self.window = window
        self.norm1 = nn.LayerNorm(sizes.channels, 1e-6)
        self.attn = RelativeAttention(sizes.channels, sizes.heads, window or sizes.side)
        self.norm2 = nn.LayerNorm(sizes.channels, 1e-6)
        self.mlp = Mlp(sizes.channels, sizes.mlp_channels)

    def forward(self, x: Tensor) -> Tensor:
        """[B, side, side, C] -> the same."""
        normalised = self.norm1(x)
        x = x + (self.in_windows(normalised) if self.window else self.attn(normalised))
        return x + self.mlp(self.norm2(x))

    def in_windows(self, x: Tensor) -> Tensor:
        """The padding joins after the normalisation, as zeros."""
        batch, side, _, channels = x.shape
        window, padding = self.window, -side % self.window
        count = (side + padding) // window
        x = F.pad(x, (0, 0, 0, padding, 0, padding)).view(batch, count, window, count, window, channels)
        out = self.attn(x.transpose(2, 3).reshape(-1, window, window, channels))
        out = out.view(batch, count, count, window, window, channels).transpose(2, 3)
        return out.reshape(batch, side + padding, side + padding, channels)[:, :side, :side]


class PatchEmbedding(nn.Module):
    def __init__(self, sizes: VitSizes) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, sizes.channels, sizes.patch, stride=sizes.patch)

    def forward(self, image: Tensor) -> Tensor:
        return self.proj(image).permute(0, 2, 3, 1)


class VitEncoder(nn.Module):
    """[B, 3, input, input] normalised picture -> [B, channels_out, side, side] embedding."""

    def __init__(self, sizes: VitSizes) -> None:
        super().__init__()
        self.sizes = sizes
        self.pos_embed = nn.Parameter(torch.zeros(1, sizes.side, sizes.side, sizes.channels))
        self.patch_embed = PatchEmbedding(sizes)
        self.blocks = nn.ModuleList(
            Block(sizes, 0 if index in sizes.global_blocks else sizes.window) for index in range(sizes.blocks)
        )
        out = sizes.channels_out
        self.neck = nn.Sequential(
            nn.Conv2d(sizes.channels, out, 1, bias=False), LayerNorm2d(out),
            nn.Conv2d(out, out, 3, padding=1, bias=False), LayerNorm2d(out),
        )

    def forward(self, image: Tensor) -> Tensor:
        return self.features(image)[0]

    def features(self, image: Tensor) -> tuple[Tensor, Tensor | None]:
        """The embedding, and the tokens after the first global block, [B, side, side, C] (what SAM-HQ wants of it)."""
        x, early = self.patch_embed(image) + self.pos_embed, None
        for block in self.blocks:
            x = block(x)
            if early is None and not block.window:
                early = x
        return self.neck(x.permute(0, 3, 1, 2)), early
