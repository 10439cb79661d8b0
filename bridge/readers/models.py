"""The known readers and how those of one family differ.

Aliases make a model known under other USB numbers.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ReaderModel:
    """A model of reader.

    driver: "uru4000" or "zk4500". turned: the picture is upside down. mirrored: left and right are
    swapped. inverted: ridges are light. challenge: the reader wakes up only after the answer to a
    challenge. composite: a keyboard or mouse is in the same case.
    """

    driver: str
    vendor_id: int
    product_id: int
    name: str
    dpi: int = 500
    turned: bool = False
    mirrored: bool = False
    inverted: bool = False
    challenge: bool = False
    composite: bool = False

    @property
    def ids(self) -> str:
        """The USB numbers as lsusb and the Device Manager write them."""
        return f"{self.vendor_id:04x}:{self.product_id:04x}"


URU4000 = (
    ReaderModel("uru4000", 0x05BA, 0x000A, "U.are.U 4000B or 4500", turned=True, inverted=True),
    ReaderModel("uru4000", 0x05BA, 0x0007, "U.are.U 4000", inverted=True),
    ReaderModel(
        "uru4000", 0x05BA, 0x0008, "U.are.U 4000 in a keyboard", inverted=True, composite=True
    ),
    ReaderModel("uru4000", 0x045E, 0x00BD, "Microsoft Fingerprint Reader", inverted=True),
    ReaderModel(
        "uru4000",
        0x045E,
        0x00CA,
        "Microsoft Fingerprint Reader, second version",
        inverted=True,
        challenge=True,
    ),
    ReaderModel(
        "uru4000", 0x045E, 0x00BB, "Microsoft keyboard with reader", inverted=True, composite=True
    ),
    ReaderModel(
        "uru4000", 0x045E, 0x00BC, "Microsoft mouse with reader", inverted=True, composite=True
    ),
)
ZK4500 = (ReaderModel("zk4500", 0x1B55, 0x0840, "ZKTeco ZK4500"),)
MODELS = URU4000 + ZK4500
NO_OPEN_PROTOCOL = {
    0x1162: "SecuGen",
    0x1491: "Futronic",
    0x079B: "Morpho",
    0x0483: "UPEK",
    0x147E: "UPEK",
    0x08FF: "AuthenTec",
    0x298D: "NextBiometrics",
}
"""Makers of readers without a driver, by USB vendor number."""
ZKTECO = 0x1B55


@dataclass(frozen=True)
class ReaderAlias:
    """A reader that is sold under other USB numbers.

    driver: the driver that understands it. None and 0 mean: as the first model of this driver.
    """

    vendor_id: int
    product_id: int
    driver: str
    name: str
    dpi: int = 0
    turned: bool | None = None
    mirrored: bool | None = None
    inverted: bool | None = None


def known_models(aliases: tuple[ReaderAlias, ...] = ()) -> tuple[ReaderModel, ...]:
    """Return all models, aliases first: an alias may also correct a model with the same numbers.

    Aliases of unknown drivers are left out.
    """
    first = {model.driver: model for model in reversed(MODELS)}
    made = []
    for alias in aliases:
        shipped = next(
            (
                m
                for m in MODELS
                if (m.vendor_id, m.product_id, m.driver)
                == (alias.vendor_id, alias.product_id, alias.driver)
            ),
            None,
        )
        base = shipped or first.get(alias.driver)
        if base is None:
            continue
        own = {
            name: value
            for name in ("turned", "mirrored", "inverted")
            if (value := getattr(alias, name)) is not None
        }
        made.append(
            replace(
                base,
                vendor_id=alias.vendor_id,
                product_id=alias.product_id,
                name=alias.name,
                dpi=alias.dpi or base.dpi,
                **own,
            )
        )
    numbers = {(model.vendor_id, model.product_id) for model in made}
    return (
        *made,
        *(model for model in MODELS if (model.vendor_id, model.product_id) not in numbers),
    )


def upright(image: NDArray[np.uint8], model: ReaderModel) -> NDArray[np.uint8]:
    """Return the sensor's picture with the tip up and dark ridges on light ground."""
    if model.turned:
        image = image[::-1, ::-1]
    if model.mirrored:
        image = image[:, ::-1]
    return np.ascontiguousarray(255 - image if model.inverted else image)
