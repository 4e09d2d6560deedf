"""Parameters as arrays, and the small algebra that the graphs share."""

from __future__ import annotations

import numpy as np
from torch import nn


def array(parameter: nn.Parameter) -> np.ndarray:
    return parameter.detach().numpy()


def matrix(linear: nn.Linear) -> np.ndarray:
    """[in, out]"""
    return array(linear.weight).T


def centred(matrix: np.ndarray) -> np.ndarray:
    """The same with the mean of the last axis taken off."""
    return (matrix - matrix.mean(axis=-1, keepdims=True, dtype=np.float64)).astype(np.float32)


def through(bias: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """What a constant before a linear layer adds after it."""
    return (bias.astype(np.float64) @ weight.astype(np.float64)).astype(np.float32)


def transposed_convolution(module: nn.ConvTranspose2d) -> tuple[np.ndarray, np.ndarray]:
    """Weight [in, 4, out] and bias [4 out]; the four are (dy, dx) = (0, 0), (0, 1), (1, 0), (1, 1)."""
    channels_in, channels_out = module.weight.shape[:2]
    weight = array(module.weight).transpose(0, 2, 3, 1).reshape(channels_in, 4, channels_out)
    return weight, np.tile(array(module.bias), 4)
