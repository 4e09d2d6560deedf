"""A small builder of ONNX graphs: operators as calls, constants stored small.

Large matrices are stored in half precision and widened by a Cast that onnxruntime folds when it loads the graph, so
the file is half the size and all arithmetic stays float32. Names are numbered in the order of the calls, and nothing
depends on time or place: the same calls give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 20
IR_VERSION = 9
CONTRIB = "com.microsoft"
HALF_FROM = 1024  # elements; smaller constants stay float32

Dim = int | str


class Graph:
    """Collects nodes; `op` returns the name of the value it makes."""

    def __init__(self, name: str) -> None:
        self.name = name
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
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self.known:
            self.known[key] = f"constant_{len(self.initializers)}"
            self.initializers.append(numpy_helper.from_array(array, self.known[key]))
        return self.known[key]

    def weight(self, array: np.ndarray) -> str:
        """A float32 parameter, stored in half precision if it is large."""
        array = np.asarray(array, np.float32)
        if array.size < HALF_FROM:
            return self.constant(array)
        stored = self.constant(array.astype(np.float16))
        key = ("widened", stored)
        if key not in self.known:
            self.known[key] = self.op("Cast", stored, to=TensorProto.FLOAT)
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

    def signature(self) -> dict[str, list[dict]]:
        """Names, types and shapes of inputs and outputs, as the manifest states them."""

        def describe(info: onnx.ValueInfoProto) -> dict:
            shape = [dim.dim_param or dim.dim_value for dim in info.type.tensor_type.shape.dim]
            return {"name": info.name, "type": "float32", "shape": shape}

        return {"inputs": [describe(i) for i in self.inputs], "outputs": [describe(o) for o in self.outputs]}

    def save(self, path: Path) -> None:
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.initializers)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="masksmith")
        path.write_bytes(model.SerializeToString(deterministic=True))
