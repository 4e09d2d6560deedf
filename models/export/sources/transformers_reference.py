"""transformers' models from a picture and prompts to all masks, in the order of their tokens."""

from __future__ import annotations

import numpy as np
import torch
import transformers
from torch import Tensor

from .model import Placed


class TransformersReference:
    """SAM and SlimSAM."""

    def __init__(self, model: transformers.PreTrainedModel) -> None:
        self.model = model

    def embed(self, image: Tensor) -> object:
        return self.model.get_image_embeddings(image)

    def main(self, embedded: object) -> np.ndarray:
        return embedded.numpy()

    def predict(
        self, embedded: object, prompts: list[Placed], mask: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The single mask and the candidates are two answers of the model; here they stand side by side."""
        sparse, dense = self.model.prompt_encoder(**prompt_inputs(prompts, mask))
        positions = self.model.get_image_wide_positional_embeddings()
        single, several = (self.decode(embedded, positions, sparse, dense, multi) for multi in (False, True))
        logits, iou = (torch.cat(pair, dim=2)[0].numpy() for pair in zip(single, several))
        return iou, logits

    def decode(
        self, embedded: object, positions: Tensor, sparse: Tensor, dense: Tensor, several: bool
    ) -> tuple[Tensor, Tensor]:
        """Logits [1, B, M, 4 side, 4 side] and predicted IoU [1, B, M]."""
        return self.model.mask_decoder(
            image_embeddings=embedded, image_positional_embeddings=positions, sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense, multimask_output=several,
        )[:2]


class SamHqReference(TransformersReference):
    """SAM-HQ: each of SAM's masks with the HQ mask added, as its predictor returns them.

    transformers (5.18) drops the image tokens that its two-way transformer returns and makes masks from those that
    went in, with rows and columns exchanged; the official decoder makes them from those that come out (SysCV/sam-hq,
    segment_anything/modeling/mask_decoder_hq.py). Two hooks put the latter in place.
    """

    def __init__(self, model: transformers.PreTrainedModel) -> None:
        super().__init__(model)
        decoder, tokens = model.mask_decoder, []
        decoder.transformer.register_forward_hook(lambda *call: tokens.append(call[2][1]))
        decoder.upscale_conv1.register_forward_pre_hook(
            lambda module, inputs: (tokens.pop().transpose(2, 3).reshape(inputs[0].shape),))

    def embed(self, image: Tensor) -> object:
        output = self.model.vision_encoder(image)
        return output.last_hidden_state, output.intermediate_embeddings

    def main(self, embedded: object) -> np.ndarray:
        return embedded[0].numpy()

    def decode(
        self, embedded: object, positions: Tensor, sparse: Tensor, dense: Tensor, several: bool
    ) -> tuple[Tensor, Tensor]:
        """transformers sorts several masks by predicted IoU; here they are in the order of their tokens again."""
        captured: list[Tensor] = []
        head = self.model.mask_decoder.iou_prediction_head
        hook = head.register_forward_hook(lambda *call: captured.append(call[2]))
        logits, iou = self.model.mask_decoder(
            image_embeddings=embedded[0], image_positional_embeddings=positions, sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense, multimask_output=several, hq_token_only=False,
            intermediate_embeddings=embedded[1],
        )[:2]
        hook.remove()
        if not several:
            return logits, iou
        order = torch.sort(captured[0][:, :, 1:], dim=2, descending=True).indices.argsort(dim=2)
        return logits.gather(2, order[..., None, None].expand(logits.shape)), iou.gather(2, order)


class Sam2Reference(TransformersReference):
    """SAM 2: the mask of the single token itself, whether stable or not."""

    def __init__(self, model: transformers.Sam2Model) -> None:
        super().__init__(model)
        model.mask_decoder.dynamic_multimask_via_stability = False

    def main(self, embedded: object) -> np.ndarray:
        return embedded[-1].numpy()

    def decode(
        self, embedded: object, positions: Tensor, sparse: Tensor, dense: Tensor, several: bool
    ) -> tuple[Tensor, Tensor]:
        return self.model.mask_decoder(
            image_embeddings=embedded[-1], image_positional_embeddings=positions, sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense, multimask_output=several, high_resolution_features=embedded[:-1],
        )[:2]


def prompt_inputs(prompts: list[Placed], mask: np.ndarray | None) -> dict[str, Tensor | None]:
    """The arguments of transformers' prompt encoders: [1, B, P, 2], [1, B, P], [1, B, 4], [1, 1, 4 side, 4 side]."""
    points = torch.tensor(np.stack([prompt.points for prompt in prompts])).float()[None]
    labels = torch.tensor(np.stack([prompt.labels for prompt in prompts]))[None]
    boxed = prompts[0].box is not None
    return {
        "input_points": points if points.shape[2] else None,
        "input_labels": labels if points.shape[2] else None,
        "input_boxes": torch.tensor(np.stack([prompt.box for prompt in prompts])).float()[None] if boxed else None,
        "input_masks": None if mask is None else torch.from_numpy(mask)[None, None],
    }
