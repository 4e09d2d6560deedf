"""Pictures: the preprocessing of SAM, and the test picture `disc-1`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

MEAN = (123.675, 116.28, 103.53)
STD = (58.395, 57.12, 57.375)


def disc(width: int, height: int) -> Image.Image:
    """The picture `disc-1`, in integers only, so that every language draws the same bytes.

    In doubled coordinates from the centre, dx = 2 x + 1 - width, dy = 2 y + 1 - height, a pixel lies in the disc if
    dx dx + dy dy <= r r with r = floor(min(width, height) / 2). (The disc's diameter is half the shorter side.)
    Inside: (220, 60, 40). Outside: (floor(255 x / (width - 1)), floor(255 y / (height - 1)), 128).
    """
    y, x = np.mgrid[:height, :width]
    dx, dy, r = 2 * x + 1 - width, 2 * y + 1 - height, min(width, height) // 2
    outside = np.stack([255 * x // (width - 1), 255 * y // (height - 1), np.full_like(x, 128)], axis=-1)
    inside = (dx * dx + dy * dy <= r * r)[..., None]
    return Image.fromarray(np.where(inside, (220, 60, 40), outside).astype(np.uint8))


@dataclass(frozen=True)
class Frame:
    """The model's square input: its side, and whether a picture is padded to it or stretched."""

    size: int = 1024
    aspect: str = "pad"
    mean: tuple[float, ...] = MEAN
    std: tuple[float, ...] = STD

    def resized_size(self, width: int, height: int) -> tuple[int, int]:
        """The picture's size in the frame: long side to `size`, rounded half up; or the whole frame."""
        if self.aspect == "stretch":
            return self.size, self.size
        scale = self.size / max(width, height)
        return int(width * scale + 0.5), int(height * scale + 0.5)

    def model_input(self, picture: Image.Image) -> np.ndarray:
        """[1, 3, size, size]: resized (Pillow's bilinear), normalised, then zero-padded right and bottom."""
        size = self.resized_size(*picture.size)
        pixels = np.asarray(picture.convert("RGB").resize(size, Image.Resampling.BILINEAR), np.float32)
        normalised = (pixels - np.float32(self.mean)) / np.float32(self.std)
        result = np.zeros((1, 3, self.size, self.size), np.float32)
        result[0, :, : size[1], : size[0]] = normalised.transpose(2, 0, 1)
        return result

    def place(self, points: np.ndarray, width: int, height: int) -> np.ndarray:
        """Picture pixels [..., 2] (x, y) -> pixels of the frame."""
        return points * (np.array(self.resized_size(width, height)) / np.array([width, height]))
