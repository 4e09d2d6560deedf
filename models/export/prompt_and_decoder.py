"""Prompt encoder and mask decoder as plain PyTorch modules, to read and to verify against.

Kirillov et al., "Segment Anything" (ICCV 2023), section "Mask decoder" and appendix A: two-way transformer of two
layers, 256 channels, 8 heads, cross-attention in 128 channels, four mask tokens. Shapes: B prompts, T tokens, N = 4096
image positions. Speed is no aim here: `decoder_graph.py` holds the form that is exported.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tiny_vit import LayerNorm2d

CHANNELS = 256
HEADS = 8
CROSS_CHANNELS = 128
MLP_CHANNELS = 2048
LAYERS = 2
MASKS = 4
EMBEDDING_SIDE = 64
MASK_VECTOR = 32


class PromptEncoder(nn.Module):
    """Tables for points and boxes; a small convolutional network for masks."""

    def __init__(self) -> None:
        super().__init__()
        self.gaussian = nn.Parameter(torch.zeros(2, CHANNELS // 2))
        self.point_embeddings = nn.Parameter(torch.zeros(4, CHANNELS))
        self.not_a_point = nn.Parameter(torch.zeros(CHANNELS))
        self.no_mask = nn.Parameter(torch.zeros(CHANNELS))
        self.down1 = nn.Conv2d(1, 4, 2, stride=2)
        self.norm1 = LayerNorm2d(4)
        self.down2 = nn.Conv2d(4, 16, 2, stride=2)
        self.norm2 = LayerNorm2d(16)
        self.out = nn.Conv2d(16, CHANNELS, 1)

    def positions(self, unit: Tensor) -> Tensor:
        """Random Fourier features of coordinates in 0..1: [..., 2] (x, y) -> [..., 256]."""
        angle = 2 * math.pi * ((2 * unit - 1) @ self.gaussian)
        return torch.cat([angle.sin(), angle.cos()], dim=-1)

    def points(self, coords: Tensor, labels: Tensor) -> Tensor:
        """[B, P, 2] pixels of the 1024 frame and [B, P] labels (-1 padding, 0..3 table rows) -> [B, P, 256]."""
        encoded = self.positions((coords + 0.5) / 1024)
        known = encoded + self.point_embeddings[labels.clamp(min=0)]
        return torch.where((labels < 0)[..., None], self.not_a_point, known)

    def image_positions(self) -> Tensor:
        """[4096, 256]: the encoding of every embedding position's centre, row by row."""
        centre = (torch.arange(EMBEDDING_SIDE) + 0.5) / EMBEDDING_SIDE
        y, x = torch.meshgrid(centre, centre, indexing="ij")
        return self.positions(torch.stack([x, y], dim=-1)).reshape(-1, CHANNELS)

    def mask(self, logits: Tensor) -> Tensor:
        """[B, 1, 256, 256] low-resolution logits -> [B, 256, 64, 64]."""
        x = F.gelu(self.norm1(self.down1(logits)))
        return self.out(F.gelu(self.norm2(self.down2(x))))


class Attention(nn.Module):
    """Multi-head attention whose inner width may be smaller than its outer width."""

    def __init__(self, inner: int) -> None:
        super().__init__()
        self.q = nn.Linear(CHANNELS, inner)
        self.k = nn.Linear(CHANNELS, inner)
        self.v = nn.Linear(CHANNELS, inner)
        self.out = nn.Linear(inner, CHANNELS)

    def forward(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        heads = [self.split(x) for x in (self.q(q), self.k(k), self.v(v))]
        out = F.scaled_dot_product_attention(*heads)
        return self.out(out.transpose(1, 2).flatten(2))

    def split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (HEADS, -1)).transpose(1, 2)


class TwoWayLayer(nn.Module):
    """Self-attention of the tokens, tokens to image, perceptron, image to tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.self_attention = Attention(CHANNELS)
        self.norm1 = nn.LayerNorm(CHANNELS)
        self.token_to_image = Attention(CROSS_CHANNELS)
        self.norm2 = nn.LayerNorm(CHANNELS)
        self.fc1 = nn.Linear(CHANNELS, MLP_CHANNELS)
        self.fc2 = nn.Linear(MLP_CHANNELS, CHANNELS)
        self.norm3 = nn.LayerNorm(CHANNELS)
        self.image_to_token = Attention(CROSS_CHANNELS)
        self.norm4 = nn.LayerNorm(CHANNELS)

    def forward(
        self, tokens: Tensor, image: Tensor, token_positions: Tensor, image_positions: Tensor, first: bool
    ) -> tuple[Tensor, Tensor]:
        if first:
            tokens = self.norm1(self.self_attention(tokens, tokens, tokens))
        else:
            placed = tokens + token_positions
            tokens = self.norm1(tokens + self.self_attention(placed, placed, tokens))
        placed_image = image + image_positions
        tokens = self.norm2(tokens + self.token_to_image(tokens + token_positions, placed_image, image))
        tokens = self.norm3(tokens + self.fc2(F.relu(self.fc1(tokens))))
        return tokens, self.norm4(image + self.image_to_token(placed_image, tokens + token_positions, tokens))


class Perceptron(nn.Module):
    """Three linear layers with ReLU between them."""

    def __init__(self, channels_out: int) -> None:
        super().__init__()
        widths = [CHANNELS, CHANNELS, CHANNELS, channels_out]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths, widths[1:]))

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        return self.layers[-1](x)


class MaskDecoder(nn.Module):
    """Image embedding and prompt tokens -> four masks with predicted IoU."""

    def __init__(self) -> None:
        super().__init__()
        self.output_tokens = nn.Parameter(torch.zeros(1 + MASKS, CHANNELS))
        self.layers = nn.ModuleList(TwoWayLayer() for _ in range(LAYERS))
        self.final_attention = Attention(CROSS_CHANNELS)
        self.final_norm = nn.LayerNorm(CHANNELS)
        self.up1 = nn.ConvTranspose2d(CHANNELS, 64, 2, stride=2)
        self.up_norm = LayerNorm2d(64)
        self.up2 = nn.ConvTranspose2d(64, MASK_VECTOR, 2, stride=2)
        self.mask_heads = nn.ModuleList(Perceptron(MASK_VECTOR) for _ in range(MASKS))
        self.iou_head = Perceptron(MASKS)

    def forward(self, embedding: Tensor, dense: Tensor, positions: Tensor, prompt: Tensor) -> tuple[Tensor, Tensor]:
        """[1, 256, 64, 64], its dense prompt, [4096, 256], [B, P, 256] -> ([B, 4], [B, 4, 256, 256])."""
        batch = prompt.shape[0]
        start = torch.cat([self.output_tokens.expand(batch, -1, -1), prompt], dim=1)
        tokens = start
        image = (embedding + dense).flatten(2).transpose(1, 2).expand(batch, -1, -1)
        for index, layer in enumerate(self.layers):
            tokens, image = layer(tokens, image, start, positions, first=index == 0)
        tokens = self.final_norm(tokens + self.final_attention(tokens + start, image + positions, image))
        vectors = torch.stack([head(tokens[:, 1 + i]) for i, head in enumerate(self.mask_heads)], dim=1)
        return self.iou_head(tokens[:, 0]), torch.einsum("bmc,bchw->bmhw", vectors, self.upscale(image))

    def upscale(self, image: Tensor) -> Tensor:
        """[B, 4096, 256] -> [B, 32, 256, 256]."""
        x = image.transpose(1, 2).unflatten(2, (EMBEDDING_SIDE, EMBEDDING_SIDE))
        return F.gelu(self.up2(F.gelu(self.up_norm(self.up1(x)))))
