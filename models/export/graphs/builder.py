"""A small builder of ONNX graphs: operators as calls, constants stored small.

Large matrices are stored in 16 bits and widened by operators that onnxruntime folds when it loads the graph, so the
file is half the size and all arithmetic stays float32. The 16 bits are half precision ("fp16"), or what is closest
for each matrix ("int16"): half precision, or integers with a scale for each row or column. On matrices without far
outliers the integers are about seven times closer, because they spend no bits on exponents.

Names are numbered in the order of the calls, and nothing depends on time or place: the same calls give the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 20
IR_VERSION = 9
CONTRIB = "com.microsoft"
HALF_FROM = 1024  # elements; smaller constants stay float32
HALF_MAX = 65504
INT16_MAX = 32767
EXTERNAL_ABOVE = 2_000_000_000  # bytes; one protobuf message must stay below 2^31
EXTERNAL_FROM = 1024  # bytes; smaller constants stay inside
ALIGNMENT = 4096

Dim = int | str


@dataclass(frozen=True)
class Form:
    """How a graph is stored and how it computes GELU."""

    storage: str = "int16"  # of large matrices: "fp16", "int16", "fp32"
    gelu: str = "none"  # "none": exact; "tanh": its approximation, which is faster


class Graph:
    """Collects nodes; `op` returns the name of the value it makes."""

    def __init__(self, name: str, form: Form = Form()) -> None:
        self.name = name
        self.form = form
        self.nodes: list[onnx.NodeProto] = []
        self.inputs: list[onnx.ValueInfoProto] = []
        self.outputs: list[onnx.ValueInfoProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self.known: dict[tuple, str] = {}

    def input(self, name: str, shape: Sequence[Dim]) -> str:
        self.inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        return name

    def output(self, name: str, value: str, shape: Sequence[Dim]) -> None:
        self.nodes.append(helper.make_node("Identity", [value], [name], name=f"output_{name}"))
        self.outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

    def op(self, kind: str, *inputs: str, domain: str = "", outputs: int = 1, **attributes: object) -> str:
        name = f"{kind}_{len(self.nodes)}"
        results = [name if index == 0 else f"{name}_{index}" for index in range(outputs)]
        node = helper.make_node(kind, list(inputs), results, name=name, domain=domain, **attributes)
        node.attribute.sort(key=lambda attribute: attribute.name)
        self.nodes.append(node)
        return results[0] if outputs == 1 else results

    def constant(self, array: np.ndarray) -> str:
        """The array as it is; equal constants are stored once."""
        array = np.asarray(array, order="C")
        key = (array.dtype.str, array.shape, hashlib.sha256(array.tobytes()).digest())
        if key not in self.known:
            self.known[key] = f"constant_{len(self.initializers)}"
            self.initializers.append(numpy_helper.from_array(array, self.known[key]))
        return self.known[key]

    def weight(self, array: np.ndarray) -> str:
        """A float32 parameter, stored in 16 bits if it is large and the graph's form says so."""
        array = np.asarray(array, np.float32)
        if self.form.storage == "fp32" or array.size < HALF_FROM:
            return self.constant(array)
        values, scale = closest16(array) if self.form.storage == "int16" else (half(array), None)
        if values is None:
            return self.constant(array)
        stored = self.constant(values)
        key = ("widened", stored) if scale is None else ("widened", stored, self.constant(scale))
        if key not in self.known:
            wide = self.op("Cast", stored, to=TensorProto.FLOAT)
            self.known[key] = wide if scale is None else self.op("Mul", wide, key[2])
        return self.known[key]

    def ints(self, *values: int) -> str:
        return self.constant(np.array(values, np.int64))

    def reshape(self, x: str, *shape: int) -> str:
        return self.op("Reshape", x, self.ints(*shape))

    def transpose(self, x: str, *perm: int) -> str:
        return self.op("Transpose", x, perm=list(perm))

    def linear(self, x: str, weight: np.ndarray, bias: np.ndarray | None) -> str:
        """[rows, in] x [in, out] + [out]."""
        inputs = [x, self.weight(weight)] + ([] if bias is None else [self.constant(np.float32(bias))])
        return self.op("Gemm", *inputs)

    def layer_norm(self, x: str, weight: np.ndarray, bias: np.ndarray | None, epsilon: float) -> str:
        """Normalises the last axis."""
        inputs = [x, self.constant(np.float32(weight))] + ([] if bias is None else [self.constant(np.float32(bias))])
        return self.op("LayerNormalization", *inputs, axis=-1, epsilon=epsilon)

    def gelu(self, x: str) -> str:
        return self.op("Gelu", x, approximate=self.form.gelu)

    def signature(self) -> dict[str, list[dict]]:
        """Names, types and shapes of inputs and outputs, as the manifest states them."""

        def describe(info: onnx.ValueInfoProto) -> dict:
            shape = [dim.dim_param or dim.dim_value for dim in info.type.tensor_type.shape.dim]
            return {"name": info.name, "type": "float32", "shape": shape}

        return {"inputs": [describe(i) for i in self.inputs], "outputs": [describe(o) for o in self.outputs]}

    def save(self, path: Path, external_above: int = EXTERNAL_ABOVE) -> list[str]:
        """Writes the graph; returns the names of data files beside it, if it needs any."""
        external = []
        if sum(item.ByteSize() for item in self.initializers) > external_above:
            external = [f"{path.name}.data"]
            self.move_out(path.parent / external[0])
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.initializers)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="masksmith")
        path.write_bytes(model.SerializeToString(deterministic=True))
        return external

    def forget(self) -> None:
        """Lets go of the constants, once saved; names, types and shapes stay."""
        self.initializers.clear()
        self.known.clear()

    def move_out(self, path: Path) -> None:
        """Moves the values of large constants to a file beside the graph."""
        with path.open("wb") as file:
            for item in self.initializers:
                values = numpy_helper.to_array(item).tobytes()
                if len(values) < EXTERNAL_FROM:
                    continue
                file.write(b"\0" * (-file.tell() % ALIGNMENT))
                place = {"location": path.name, "offset": file.tell(), "length": len(values)}
                file.write(values)
                item.ClearField("raw_data")
                item.data_location = TensorProto.EXTERNAL
                for key, value in place.items():
                    item.external_data.add(key=key, value=str(value))


def half(array: np.ndarray) -> np.ndarray | None:
    """The values in half precision, or none if they do not fit."""
    return None if np.abs(array).max() > HALF_MAX else array.astype(np.float16)


def closest16(array: np.ndarray) -> tuple[np.ndarray | None, np.ndarray | None]:
    """The 16-bit form with the smallest mean square error: values, and their scale if they are integers."""
    values, scale = half(array), None
    error = np.inf if values is None else square_error(values.astype(np.float32), array)
    for kept in {0, array.ndim - 1}:
        others = tuple(axis for axis in range(array.ndim) if axis != kept)
        steps = np.abs(array).max(axis=others, keepdims=True) / np.float32(INT16_MAX)
        steps[steps == 0] = 1
        integers = np.rint(array / steps).astype(np.int16)
        if (new := square_error(integers * steps, array)) < error:
            values, scale, error = integers, steps, new
    return values, scale


def square_error(ours: np.ndarray, theirs: np.ndarray) -> float:
    difference = (ours - theirs).reshape(-1)
    return float(difference @ difference)
