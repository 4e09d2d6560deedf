"""Prompt encoder and mask decoder as plain PyTorch modules, to read and to verify against.

Kirillov et al., "Segment Anything" (ICCV 2023), section "Mask decoder" and appendix A: two-way transformer of two
layers, 256 channels, 8 heads, cross-attention in 128 channels, four mask tokens. Parameters have the names of the
official checkpoints. Shapes: B prompts, T tokens, N image positions, C channels. Speed is no aim here:
`decoder/graph.py` holds the form that is exported.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..tiny_vit.modules import LayerNorm2d


@dataclass(frozen=True)
class Sizes:
    """What differs between members of the family; the defaults are those of every published SAM."""

    input: int = 1024
    side: int = 64
    channels: int = 256
    heads: int = 8
    cross_channels: int = 128
    mlp_channels: int = 2048
    iou_channels: int = 256
    layers: int = 2
    masks: int = 4
    mask_channels: int = 16
    # official SAM and SAM 2 use PyTorch's 1e-5 in the transformer; the conversion to transformers says 1e-6
    norm_eps: float = 1e-5

    @property
    def mask_vector(self) -> int:
        return self.channels // 8


class PositionEncoding(nn.Module):
    """Random Fourier features (Tancik et al., 2020)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.positional_encoding_gaussian_matrix = nn.Parameter(torch.zeros(2, channels // 2))

    def forward(self, unit: Tensor) -> Tensor:
        """Coordinates in 0..1, [..., 2] (x, y) -> [..., C]."""
        angle = 2 * math.pi * ((2 * unit - 1) @ self.positional_encoding_gaussian_matrix)
        return torch.cat([angle.sin(), angle.cos()], dim=-1)


class PromptEncoder(nn.Module):
    """Tables for points and boxes; a small convolutional network for masks."""

    def __init__(self, sizes: Sizes = Sizes()) -> None:
        super().__init__()
        self.sizes = sizes
        channels, inner = sizes.channels, sizes.mask_channels
        self.pe_layer = PositionEncoding(channels)
        self.point_embeddings = nn.ModuleList(nn.Embedding(1, channels) for _ in range(4))
        self.not_a_point_embed = nn.Embedding(1, channels)
        self.mask_downscaling = nn.Sequential(
            nn.Conv2d(1, inner // 4, 2, stride=2), LayerNorm2d(inner // 4), nn.GELU(),
            nn.Conv2d(inner // 4, inner, 2, stride=2), LayerNorm2d(inner), nn.GELU(),
            nn.Conv2d(inner, channels, 1),
        )
        self.no_mask_embed = nn.Embedding(1, channels)

    def tables(self) -> dict[str, Tensor]:
        """The tables of `prompt.bin`, in its order."""
        return {
            "gaussian": self.pe_layer.positional_encoding_gaussian_matrix,
            "point_embeddings": torch.cat([embedding.weight for embedding in self.point_embeddings]),
            "not_a_point": self.not_a_point_embed.weight[0],
            "no_mask": self.no_mask_embed.weight[0],
        }

    def points(self, coords: Tensor, labels: Tensor) -> Tensor:
        """[B, P, 2] pixels of the model's frame and [B, P] labels (-1 padding, 0..3 table rows) -> [B, P, C]."""
        tables = self.tables()
        known = self.pe_layer((coords + 0.5) / self.sizes.input) + tables["point_embeddings"][labels.clamp(min=0)]
        return torch.where((labels < 0)[..., None], tables["not_a_point"], known)

    def image_positions(self) -> Tensor:
        """[N, C]: the encoding of every embedding position's centre, row by row."""
        side = self.sizes.side
        centre = (torch.arange(side) + 0.5) / side
        y, x = torch.meshgrid(centre, centre, indexing="ij")
        return self.pe_layer(torch.stack([x, y], dim=-1)).reshape(side * side, -1)

    def mask(self, logits: Tensor | None) -> Tensor:
        """[1, 1, 4 side, 4 side] low-resolution logits or none -> dense prompt, [1, C, side, side] or [1, C, 1, 1]."""
        if logits is None:
            return self.no_mask_embed.weight[..., None, None]
        return self.mask_downscaling(logits)


class Attention(nn.Module):
    """Multi-head attention whose inner width may be smaller than its outer width."""

    def __init__(self, channels: int, inner: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q_proj = nn.Linear(channels, inner)
        self.k_proj = nn.Linear(channels, inner)
        self.v_proj = nn.Linear(channels, inner)
        self.out_proj = nn.Linear(inner, channels)

    def forward(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        heads = [self.split(x) for x in (self.q_proj(q), self.k_proj(k), self.v_proj(v))]
        out = F.scaled_dot_product_attention(*heads)
        return self.out_proj(out.transpose(1, 2).flatten(2))

    def split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class TokenPerceptron(nn.Module):
    def __init__(self, channels: int, inner: int) -> None:
        super().__init__()
        self.lin1 = nn.Linear(channels, inner)
        self.lin2 = nn.Linear(inner, channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.lin2(F.relu(self.lin1(x)))


class TwoWayLayer(nn.Module):
    """Self-attention of the tokens, tokens to image, perceptron, image to tokens."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        channels, cross, heads = sizes.channels, sizes.cross_channels, sizes.heads
        self.self_attn = Attention(channels, channels, heads)
        self.norm1 = nn.LayerNorm(channels, sizes.norm_eps)
        self.cross_attn_token_to_image = Attention(channels, cross, heads)
        self.norm2 = nn.LayerNorm(channels, sizes.norm_eps)
        self.mlp = TokenPerceptron(channels, sizes.mlp_channels)
        self.norm3 = nn.LayerNorm(channels, sizes.norm_eps)
        self.cross_attn_image_to_token = Attention(channels, cross, heads)
        self.norm4 = nn.LayerNorm(channels, sizes.norm_eps)

    def forward(
        self, tokens: Tensor, image: Tensor, token_positions: Tensor, image_positions: Tensor, first: bool
    ) -> tuple[Tensor, Tensor]:
        if first:
            tokens = self.norm1(self.self_attn(tokens, tokens, tokens))
        else:
            placed = tokens + token_positions
            tokens = self.norm1(tokens + self.self_attn(placed, placed, tokens))
        placed_image = image + image_positions
        tokens = self.norm2(tokens + self.cross_attn_token_to_image(tokens + token_positions, placed_image, image))
        tokens = self.norm3(tokens + self.mlp(tokens))
        change = self.cross_attn_image_to_token(placed_image, tokens + token_positions, tokens)
        return tokens, self.norm4(image + change)


class TwoWayTransformer(nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.layers = nn.ModuleList(TwoWayLayer(sizes) for _ in range(sizes.layers))
        self.final_attn_token_to_image = Attention(sizes.channels, sizes.cross_channels, sizes.heads)
        self.norm_final_attn = nn.LayerNorm(sizes.channels)

    def forward(self, start: Tensor, image: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        tokens = start
        for index, layer in enumerate(self.layers):
            tokens, image = layer(tokens, image, start, positions, first=index == 0)
        attended = self.final_attn_token_to_image(tokens + start, image + positions, image)
        return self.norm_final_attn(tokens + attended), image


class Perceptron(nn.Module):
    """Linear layers with ReLU between them."""

    def __init__(self, widths: list[int]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths, widths[1:]))

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        return self.layers[-1](x)


class MaskDecoder(nn.Module):
    """Image embedding and prompt tokens -> masks with predicted IoU."""

    def __init__(self, sizes: Sizes = Sizes()) -> None:
        super().__init__()
        self.sizes = sizes
        channels, vector = sizes.channels, sizes.mask_vector
        self.transformer = TwoWayTransformer(sizes)
        self.iou_token = nn.Embedding(1, channels)
        self.mask_tokens = nn.Embedding(sizes.masks, channels)
        self.output_upscaling = nn.Sequential(
            nn.ConvTranspose2d(channels, channels // 4, 2, stride=2), LayerNorm2d(channels // 4), nn.GELU(),
            nn.ConvTranspose2d(channels // 4, vector, 2, stride=2), nn.GELU(),
        )
        self.output_hypernetworks_mlps = nn.ModuleList(
            Perceptron([channels, channels, channels, vector]) for _ in range(sizes.masks)
        )
        self.iou_prediction_head = Perceptron([channels, sizes.iou_channels, sizes.iou_channels, sizes.masks])

    def output_tokens(self) -> Tensor:
        return torch.cat([self.iou_token.weight, self.mask_tokens.weight])

    def forward(self, embedding: Tensor, dense: Tensor, positions: Tensor, prompt: Tensor) -> tuple[Tensor, Tensor]:
        """[1, C, side, side], its dense prompt, [N, C], [B, P, C] -> ([B, 4], [B, 4, 4 side, 4 side])."""
        tokens, image = self.attended(embedding, dense, positions, prompt)
        return self.iou_prediction_head(tokens[:, 0]), product(self.vectors(tokens, 1), self.output_upscaling(image))

    def attended(self, embedding: Tensor, dense: Tensor, positions: Tensor, prompt: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens [B, T, C] and image [B, C, side, side] after the transformer."""
        batch = prompt.shape[0]
        start = torch.cat([self.output_tokens().expand(batch, -1, -1), prompt], dim=1)
        image = (embedding + dense).flatten(2).transpose(1, 2).expand(batch, -1, -1)
        tokens, image = self.transformer(start, image, positions)
        return tokens, image.transpose(1, 2).unflatten(2, (self.sizes.side, self.sizes.side))

    def vectors(self, tokens: Tensor, first: int) -> Tensor:
        """[B, 4, C / 8] of the mask tokens, which begin at `first`."""
        heads = enumerate(self.output_hypernetworks_mlps)
        return torch.stack([head(tokens[:, first + i]) for i, head in heads], dim=1)


def product(vectors: Tensor, features: Tensor) -> Tensor:
    """Mask vectors [B, M, c] and mask features [B, c, h, w] -> logits [B, M, h, w]."""
    return torch.einsum("bmc,bchw->bmhw", vectors, features)


class HqMaskDecoder(MaskDecoder):
    """SAM-HQ (Ke et al., "Segment Anything in High Quality", 2023): one more token, finer features beside."""

    def __init__(self, sizes: Sizes, vit_channels: int) -> None:
        super().__init__(sizes)
        channels, vector = sizes.channels, sizes.mask_vector
        self.hf_token = nn.Embedding(1, channels)
        self.hf_mlp = Perceptron([channels, channels, channels, vector])
        self.compress_vit_feat = nn.Sequential(
            nn.ConvTranspose2d(vit_channels, channels, 2, stride=2), LayerNorm2d(channels), nn.GELU(),
            nn.ConvTranspose2d(channels, vector, 2, stride=2),
        )
        self.embedding_encoder = nn.Sequential(
            nn.ConvTranspose2d(channels, channels // 4, 2, stride=2), LayerNorm2d(channels // 4), nn.GELU(),
            nn.ConvTranspose2d(channels // 4, vector, 2, stride=2),
        )
        self.embedding_maskfeature = nn.Sequential(
            nn.Conv2d(vector, channels // 4, 3, padding=1), LayerNorm2d(channels // 4), nn.GELU(),
            nn.Conv2d(channels // 4, vector, 3, padding=1),
        )

    def output_tokens(self) -> Tensor:
        return torch.cat([super().output_tokens(), self.hf_token.weight])

    def quality(self, embedding: Tensor, early: Tensor) -> Tensor:
        """Embedding [1, C, side, side], early tokens [1, side, side, ViT's C] -> [1, C / 8, 4 side, 4 side]."""
        return self.embedding_encoder(embedding) + self.compress_vit_feat(early.permute(0, 3, 1, 2))

    def forward(
        self, embedding: Tensor, dense: Tensor, positions: Tensor, prompt: Tensor, quality: Tensor
    ) -> tuple[Tensor, Tensor]:
        """As `MaskDecoder.forward`; to each mask the HQ mask is added, as the official predictor does."""
        tokens, image = self.attended(embedding, dense, positions, prompt)
        upscaled = self.output_upscaling(image)
        vector = self.hf_mlp(tokens[:, 1 + self.sizes.masks])[:, None]
        high = product(vector, self.embedding_maskfeature(upscaled) + quality)
        return self.iou_prediction_head(tokens[:, 0]), product(self.vectors(tokens, 1), upscaled) + high


class Sam2MaskDecoder(MaskDecoder):
    """SAM 2 (Ravi et al., "SAM 2: Segment Anything in Images and Videos", 2024): an object score, finer features."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes)
        channels = sizes.channels
        self.obj_score_token = nn.Embedding(1, channels)
        self.pred_obj_score_head = Perceptron([channels, channels, channels, 1])
        self.conv_s0 = nn.Conv2d(channels, channels // 8, 1)
        self.conv_s1 = nn.Conv2d(channels, channels // 4, 1)

    def output_tokens(self) -> Tensor:
        return torch.cat([self.obj_score_token.weight, super().output_tokens()])

    def forward(
        self, embedding: Tensor, dense: Tensor, positions: Tensor, prompt: Tensor, features: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """As `MaskDecoder.forward`, with features [1, C / 8, 4 side, 4 side] and [1, C / 4, 2 side, 2 side].

        Returns predicted IoU [B, 4], logits [B, 4, 4 side, 4 side], object score [B, 1] (a logit).
        """
        tokens, image = self.attended(embedding, dense, positions, prompt)
        first, norm, gelu, second, _ = self.output_upscaling
        upscaled = gelu(second(gelu(norm(first(image) + features[1]))) + features[0])
        iou = torch.sigmoid(self.iou_prediction_head(tokens[:, 1]))
        return iou, product(self.vectors(tokens, 2), upscaled), self.pred_obj_score_head(tokens[:, 0])
