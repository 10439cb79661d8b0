"""ZK4500: the second picture counts, the finger is seen in the pictures, faults have names. P13."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from bridge.readers.models import ZK4500, ReaderAlias, known_models, upright
from bridge.readers.reader import (
    NothingHappened,
    PoorImage,
    ReaderAbsent,
    ReaderBusy,
    ScanCancelled,
    Unplugged,
)
from bridge.readers.zk4500 import GREEN, HEIGHT, WHITE, WIDTH, Zk4500
from bridge.simulator.fingers import impression
from bridge.simulator.usb import EBUSY
from bridge.simulator.zk4500 import SimulatedZk4500


def picture(number: int = 1) -> np.ndarray:
    return impression(3, number, (HEIGHT, WIDTH))


@pytest.fixture
def device() -> SimulatedZk4500:
    return SimulatedZk4500()


@pytest.fixture
def reader(device: SimulatedZk4500) -> Iterator[Zk4500]:
    reader = Zk4500(device.model, device)
    reader.open()
    yield reader
    reader.close()


def test_a_finger_is_seen_scanned_and_seen_to_leave(
    device: SimulatedZk4500, reader: Zk4500
) -> None:
    assert device.lamps == {WHITE: True}
    threading.Timer(0.2, device.touch, [picture()]).start()
    reader.wait_for_finger(5)
    assert device.lamps[GREEN]
    assert np.array_equal(reader.scan().image, picture())
    threading.Timer(0.2, device.lift).start()
    reader.wait_for_lift(5)
    assert not device.lamps[GREEN]
    reader.close()
    assert not any(device.lamps.values())


def test_the_old_picture_that_comes_first_is_not_taken(
    device: SimulatedZk4500, reader: Zk4500
) -> None:
    device.touch(picture(1))
    reader.wait_for_finger(5)
    device.touch(picture(2))
    assert np.array_equal(reader.scan().image, picture(2))


def test_an_empty_glass_is_no_finger_and_waiting_can_be_cancelled(
    device: SimulatedZk4500, reader: Zk4500
) -> None:
    with pytest.raises(NothingHappened):
        reader.wait_for_finger(0.3)
    threading.Timer(0.1, reader.cancel.set).start()
    with pytest.raises(ScanCancelled):
        reader.wait_for_finger(60)


@pytest.mark.parametrize("fault", ["short_pictures", "no_pictures"])
def test_a_bad_picture_is_asked_for_again_and_three_are_poor(
    device: SimulatedZk4500, reader: Zk4500, fault: str
) -> None:
    device.touch(picture())
    reader.wait_for_finger(5)
    setattr(device, fault, 2)
    assert reader.scan().image.shape == (HEIGHT, WIDTH)
    setattr(device, fault, 99)
    with pytest.raises(PoorImage):
        reader.scan()


def test_P13_absent_busy_and_unplugged_have_their_names(
    device: SimulatedZk4500, reader: Zk4500
) -> None:
    device.unplugged = True
    with pytest.raises(Unplugged):
        reader.wait_for_finger(1)
    device.unplugged, device.denied = False, EBUSY
    with pytest.raises(ReaderBusy):
        Zk4500(device.model, device).open()
    with pytest.raises(ReaderAbsent):
        Zk4500(
            known_models(
                (ReaderAlias(vendor_id=0x1B55, product_id=1, driver="zk4500", name="other"),)
            )[0],
            device,
        ).open()


def test_a_reader_sold_under_other_numbers_is_driven_like_its_model_with_its_own_orientation() -> (
    None
):
    alias = ReaderAlias(
        vendor_id=0x1B55,
        product_id=0x0999,
        driver="zk4500",
        name="OFIS-Y",
        dpi=512,
        turned=True,
        mirrored=True,
        inverted=True,
    )
    model = known_models((alias,))[0]
    reader = Zk4500(model, device := SimulatedZk4500(model))
    reader.open()
    device.touch(picture())
    reader.wait_for_finger(5)
    scan = reader.scan()
    reader.close()
    assert scan.dpi == 512
    assert np.array_equal(scan.image, picture())
    assert (reader.info().name, reader.info().versions) == ("OFIS-Y", "1b55:0999")


def test_an_alias_may_correct_a_shipped_model_and_unknown_drivers_are_left_out() -> None:
    models = known_models(
        (
            ReaderAlias(
                vendor_id=0x1B55,
                product_id=0x0840,
                driver="zk4500",
                name="corrected",
                inverted=True,
            ),
            ReaderAlias(vendor_id=1, product_id=2, driver="made_up", name="none"),
        )
    )
    assert [
        model.name for model in models if (model.vendor_id, model.product_id) == (0x1B55, 0x0840)
    ] == ["corrected"]
    assert not any(model.driver == "made_up" for model in models)
    image = picture()
    assert np.array_equal(upright(upright(image, models[0]), models[0]), image)
    assert known_models()[-1] == ZK4500[0]
