"""Decoders with the interfaces of other tools' exports, as PyTorch modules to be traced."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..decoder.sam import PromptEncoder
from ..sources.model import Model

CLAMP = 32.0


class JointDecoder(nn.Module):
    """Prompt encoder and mask decoder in one, as far as the layouts agree."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.prompt: PromptEncoder = model.prompt
        self.decoder = model.decoder
        self.size = model.card.frame.size

    def tokens(self, coords: Tensor, labels: Tensor, rows: int = 4) -> Tensor:
        """[B, P, 2] and [B, P] (-1 not a point, 0... table rows) -> [B, P, C]."""
        tables = self.prompt.tables()
        labels = labels[..., None]
        x = self.prompt.pe_layer((coords + 0.5) / self.size) * (labels != -1) + tables["not_a_point"] * (labels == -1)
        for row in range(rows):
            x = x + tables["point_embeddings"][row] * (labels == row)
        return x

    def padded(self, coords: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        coords = torch.cat([coords, torch.zeros_like(coords[:, :1])], dim=1)
        return coords, torch.cat([labels, -torch.ones_like(labels[:, :1])], dim=1)

    def dense(self, mask: Tensor, has_mask: Tensor) -> Tensor:
        return has_mask * self.prompt.mask(mask) + (1 - has_mask) * self.prompt.mask(None)


class OfficialDecoder(JointDecoder):
    """All four masks, or one: the single-mask token for several points, else the best candidate."""

    def __init__(self, model: Model, single: bool) -> None:
        super().__init__(model)
        self.single = single

    def forward(
        self, image_embeddings: Tensor, point_coords: Tensor, point_labels: Tensor, mask_input: Tensor,
        has_mask_input: Tensor, orig_im_size: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        sparse = self.tokens(point_coords, point_labels)
        dense = self.dense(mask_input, has_mask_input)
        iou, logits = self.decoder(image_embeddings, dense, self.prompt.image_positions(), sparse)
        if self.single:
            bonus = torch.tensor([1000.0] + [0.0] * (iou.shape[1] - 1))
            best = torch.argmax(iou + (point_coords.shape[1] - 2.5) * bonus, dim=1)
            iou, logits = (torch.index_select(x, 1, best) for x in (iou, logits))  # one prompt a run
        return self.upscaled(logits, orig_im_size), iou, logits

    def upscaled(self, logits: Tensor, orig_im_size: Tensor) -> Tensor:
        """To the model's frame, without the padding, to the picture."""
        masks = F.interpolate(logits, (self.size, self.size), mode="bilinear", align_corners=False)
        kept = torch.floor(orig_im_size * (self.size / orig_im_size.max()) + 0.5).to(torch.int64)
        height, width = orig_im_size.to(torch.int64)
        masks = masks[..., : kept[0], : kept[1]]
        return F.interpolate(masks, (height, width), mode="bilinear", align_corners=False)


class SamexporterDecoder2(JointDecoder):
    """SAM 2's three candidates, clamped; pads the points itself."""

    def forward(
        self, image_embed: Tensor, high_res_feats_0: Tensor, high_res_feats_1: Tensor, point_coords: Tensor,
        point_labels: Tensor, mask_input: Tensor, has_mask_input: Tensor,
    ) -> tuple[Tensor, Tensor]:
        sparse = self.tokens(*self.padded(point_coords, point_labels))
        dense = self.dense(mask_input, has_mask_input)
        features = (high_res_feats_0, high_res_feats_1)
        iou, logits, _ = self.decoder(image_embed, dense, self.prompt.image_positions(), sparse, features)
        return torch.clamp(logits[:, 1:], -CLAMP, CLAMP), iou[:, 1:]


class TransformersDecoder(JointDecoder):
    """SAM's three candidates of points alone; pads the points itself; corners of boxes mean nothing to it."""

    def forward(
        self, image_positional_embeddings: Tensor, image_embeddings: Tensor, input_points: Tensor, input_labels: Tensor
    ) -> tuple[Tensor, Tensor]:
        sparse = self.tokens(*self.padded(input_points[0], input_labels[0]), rows=2)
        positions = image_positional_embeddings.flatten(2)[0].T
        iou, logits = self.decoder(image_embeddings, self.prompt.mask(None), positions, sparse)
        return iou[None, :, 1:], logits[None, :, 1:]


class TransformersBoxDecoder(JointDecoder):
    """SAM's three candidates; boxes [1, B or 0, 4] are an input of their own; a prompt without one is padded here."""

    def forward(
        self, image_positional_embeddings: Tensor, image_embeddings: Tensor, input_points: Tensor,
        input_labels: Tensor, input_boxes: Tensor,
    ) -> tuple[Tensor, Tensor]:
        corners = input_boxes.reshape(input_points.shape[1], -1, 2)
        given = corners.shape[1]
        # as many as are missing of the two corners, halved: one padding point or none
        padding = torch.zeros_like(input_points[0][:, :1])[:, given // 2 :]
        rows = torch.cumsum(torch.ones_like(corners[..., 0]), dim=1).to(torch.int64) + 1
        labels = torch.cat([input_labels[0], rows, -torch.ones_like(padding[..., 0]).to(torch.int64)], dim=1)
        sparse = self.tokens(torch.cat([input_points[0], corners, padding], dim=1), labels)
        positions = image_positional_embeddings.flatten(2)[0].T
        iou, logits = self.decoder(image_embeddings, self.prompt.mask(None), positions, sparse)
        return iou[None, :, 1:], logits[None, :, 1:]


class TransformersDecoder2(JointDecoder):
    """SAM 2's three candidates; pads the points itself; boxes [1, B or 0, 4] are an input of their own."""

    def forward(
        self, input_points: Tensor, input_labels: Tensor, input_boxes: Tensor, fine: Tensor, middle: Tensor,
        main: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        corners = input_boxes.reshape(input_points.shape[1], -1, 2)
        rows = torch.cumsum(torch.ones_like(corners[..., 0]), dim=1).to(torch.int64) + 1
        coords, labels = torch.cat([input_points[0], corners], dim=1), torch.cat([input_labels[0], rows], dim=1)
        sparse = self.tokens(*self.padded(coords, labels))
        dense, positions = self.prompt.mask(None), self.prompt.image_positions()
        iou, logits, score = self.decoder(main, dense, positions, sparse, (fine, middle))
        return iou[None, :, 1:], logits[None, :, 1:], score[None]


class EdgeDecoder(JointDecoder):
    """All four masks; nobody pads the points, and there is no mask prompt."""

    def forward(self, image_embeddings: Tensor, point_coords: Tensor, point_labels: Tensor) -> tuple[Tensor, Tensor]:
        sparse = self.tokens(point_coords, point_labels)
        return self.decoder(image_embeddings, self.prompt.mask(None), self.prompt.image_positions(), sparse)
