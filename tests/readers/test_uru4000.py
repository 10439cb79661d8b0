"""P13: readers of the uru4000 family: a real recording bit for bit, a simulated one with faults."""

import itertools
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bridge.readers.models import MODELS, URU4000, ReaderModel
from bridge.readers.reader import (
    NoPermission,
    NoPower,
    NothingHappened,
    PoorImage,
    ReaderAbsent,
    ReaderBusy,
    ReaderError,
    ScanCancelled,
    Unplugged,
)
from bridge.readers.uru4000 import POWER_ON, WILL_FAIL, Uru4000
from bridge.readers.uru4000_image import (
    ENCRYPTED,
    HEADER,
    HEIGHT,
    WIDTH,
    decode,
    keystream,
    read_blocks,
    scramble,
    scrambled,
)
from bridge.simulator.uru4000 import SimulatedUru4000
from bridge.simulator.usb import EACCES, EBUSY, Mismatch, UsbReplay
from tests.biometrics.prints import ridge_image

RECORDING = Path(__file__).parents[3] / "shared/data/recordings/uru4000-4500"
RECORDED_SEED = 0x51EA2124
needs_recording = pytest.mark.skipif(
    not RECORDING.exists(),
    reason="the recording of a real reader may not be part of this repository",
)
MICROSOFT_2 = next(model for model in URU4000 if model.challenge)


def picture(seed: int = 1) -> np.ndarray:
    return ridge_image(seed, (HEIGHT, WIDTH))


def reader_on(device: SimulatedUru4000) -> Uru4000:
    seeds = itertools.count(0x1234567)
    return Uru4000(device.model, lambda: next(seeds), device)


@pytest.fixture
def device() -> SimulatedUru4000:
    return SimulatedUru4000()


@pytest.fixture
def reader(device: SimulatedUru4000) -> Iterator[Uru4000]:
    reader = reader_on(device)
    reader.open()
    yield reader
    reader.close()


@needs_recording
@pytest.mark.windows
def test_P13_the_recording_of_a_real_4500_decodes_to_its_picture_bit_for_bit() -> None:
    replay = UsbReplay(RECORDING)
    reader = Uru4000(URU4000[0], lambda: RECORDED_SEED, replay)
    reader.open()
    reader.wait_for_finger(5)
    scan = reader.scan()
    reader.wait_for_lift(5)
    reader.close()
    replay.finish()
    expected = np.asarray(Image.open(RECORDING / "capture.png").convert("L"))
    assert reader.info().versions == "1a0a1a0a01150000002000108b211130"
    assert scan.dpi == 500
    assert np.array_equal(scan.image, expected)


@needs_recording
def test_a_driver_that_sends_anything_else_is_caught() -> None:
    reader = Uru4000(URU4000[0], lambda: RECORDED_SEED + 1, UsbReplay(RECORDING))
    reader.open()
    reader.wait_for_finger(5)
    with pytest.raises(Mismatch, match="recorded 4004330000000500"):
        reader.scan()
    with pytest.raises(Mismatch):
        UsbReplay(RECORDING).finish()
    with pytest.raises(Mismatch):
        reader.close()


@pytest.mark.parametrize("model", URU4000, ids=lambda model: model.name)
@pytest.mark.parametrize("plain", [True, False])
def test_every_model_scans_what_lies_on_it(model: ReaderModel, plain: bool) -> None:
    device = SimulatedUru4000(model)
    device.faults.plain = plain
    reader = reader_on(device)
    reader.open()
    device.touch(picture())
    reader.wait_for_finger(2)
    image = reader.scan().image
    device.lift()
    reader.wait_for_lift(2)
    reader.close()
    lost = (
        0 if plain else 4
    )  # each encrypted block loses its last byte, and the last line is never sent
    assert (image != picture()).sum() <= lost + WIDTH
    assert reader.info().name == model.name


def test_a_finger_that_comes_later_is_waited_for(device: SimulatedUru4000, reader: Uru4000) -> None:
    threading.Timer(0.2, device.touch, [picture()]).start()
    reader.wait_for_finger(3)
    assert reader.scan().image.shape == (HEIGHT, WIDTH)


def test_nobody_comes_and_somebody_cancels(device: SimulatedUru4000, reader: Uru4000) -> None:
    with pytest.raises(NothingHappened):
        reader.wait_for_finger(0.2)
    threading.Timer(0.1, reader.cancel.set).start()
    with pytest.raises(ScanCancelled):
        reader.wait_for_finger(60)


@pytest.mark.parametrize(("errno", "error"), [(EACCES, NoPermission), (EBUSY, ReaderBusy)])
def test_P13_a_reader_that_may_not_be_opened_says_why_and_what_to_do(
    device: SimulatedUru4000, errno: int, error: type[ReaderError]
) -> None:
    device.faults.denied = errno
    with pytest.raises(error) as caught:
        reader_on(device).open()
    assert caught.value.remedy


def test_P13_no_such_reader_is_absent(device: SimulatedUru4000) -> None:
    with pytest.raises(ReaderAbsent, match="plugged in"):
        Uru4000(MICROSOFT_2, lambda: 1, device).open()


@pytest.mark.parametrize("moment", ["wait", "scan", "lift"])
def test_unplugging_at_any_time_is_noticed(
    device: SimulatedUru4000, reader: Uru4000, moment: str
) -> None:
    device.touch(picture())
    reader.wait_for_finger(2)
    if moment == "scan":
        device.unplug()
        with pytest.raises(Unplugged):
            reader.scan()
        return
    threading.Timer(0.1, device.unplug).start()
    with pytest.raises(Unplugged):
        if moment == "lift":
            reader.wait_for_lift(5)
        else:
            device.lift()
            reader.wait_for_lift(1)
            reader.wait_for_finger(5)


@pytest.mark.parametrize("fault", ["short_transfers", "too_many_lines", "no_image"])
def test_a_bad_transfer_is_scanned_again_and_three_are_a_poor_image(
    device: SimulatedUru4000, reader: Uru4000, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.readers.uru4000.IMAGE_MS", 200)
    device.touch(picture())
    reader.wait_for_finger(2)
    setattr(device.faults, fault, 2)
    assert reader.scan().image.shape == (HEIGHT, WIDTH)
    setattr(device.faults, fault, 3)
    with pytest.raises(PoorImage):
        reader.scan()
    setattr(device.faults, fault, 0)


def test_power_up_survives_late_and_repeated_events_and_gives_up_in_the_end() -> None:
    late = SimulatedUru4000()
    late.faults.no_power_event, late.faults.early_events = 1, [POWER_ON + 1, WILL_FAIL]
    reader = reader_on(late)
    reader.open()
    reader.close()
    dead = SimulatedUru4000()
    dead.faults.no_power_event = 99
    with pytest.raises(NoPower):
        reader_on(dead).open()


def test_EN6_a_reader_that_stays_asleep_says_so(device: SimulatedUru4000, reader: Uru4000) -> None:
    device.fall_asleep()
    device.faults.no_power_event = 99
    with pytest.raises(NoPower, match="wake"):
        reader.wait_for_finger(0.05)


@pytest.mark.parametrize("rounds", [1, 4])
def test_the_second_microsoft_reader_wakes_after_the_right_answers(rounds: int) -> None:
    device = SimulatedUru4000(MICROSOFT_2)
    device.faults.asleep_rounds = rounds
    reader = reader_on(device)
    reader.open()
    reader.close()
    unanswered = SimulatedUru4000(MICROSOFT_2)
    with pytest.raises(NoPower):
        Uru4000(
            replace(MICROSOFT_2, challenge=False), lambda: 1, unanswered, lambda seconds: None
        ).open()


@pytest.mark.windows
def test_a_reader_belongs_to_the_thread_that_opened_it(reader: Uru4000) -> None:
    caught: list[BaseException] = []

    def use() -> None:
        try:
            reader.wait_for_finger(0.1)
        except AssertionError as error:
            caught.append(error)

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert caught


def test_the_udev_rules_name_every_model() -> None:
    rules = (Path(__file__).parents[2] / "installer/linux/60-muster-readers.rules").read_text(
        "ascii"
    )
    named = re.findall(
        r'idVendor}=="([0-9a-f]{4})", ATTRS{idProduct}=="([0-9a-f]{4})", TAG\+="uaccess"', rules
    )
    assert sorted((int(vendor, 16), int(product, 16)) for vendor, product in named) == sorted(
        (m.vendor_id, m.product_id) for m in MODELS
    )


# the picture's bytes


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([0x00, 0x02, 0x04, 0x82, 0x80]), st.integers(2, 30)),
        min_size=1,
        max_size=9,
    ),
    st.integers(0, 2**32 - 1),
)
def test_any_list_of_blocks_is_unscrambled(blocks: list[tuple[int, int]], key: int) -> None:
    total = sum(count for _, count in blocks)
    lines = np.random.default_rng(total).integers(0, 256, (total, WIDTH), dtype=np.uint8)
    sent, at, current, number = lines.copy(), 0, key, 7
    lost = 0
    for flags, count in blocks:
        if flags & 0x80:
            number += 1
            current = (key + number) & 0xFFFFFFFF
        if flags & 0x06 == ENCRYPTED:
            sent[at : at + count], current = scramble(lines[at : at + count], current)
            lost += 1
        elif flags & 0x06 == 0:
            _, current = keystream(current, count * WIDTH)
        at += count
    header = bytearray(HEADER)
    header[4:6], header[6] = total.to_bytes(2, "little"), 7
    for place, (flags, count) in enumerate(blocks):
        header[16 + 2 * place : 18 + 2 * place] = bytes([flags, count])
    got = decode(
        bytes(header) + sent.tobytes(),
        lambda number: key if number == 7 else (key + number) & 0xFFFFFFFF,
    )
    assert (got[:total] != lines).sum() <= lost


@given(st.binary(max_size=300))
def test_any_bytes_are_a_picture_or_a_poor_image(packet: bytes) -> None:
    try:
        assert decode(packet, lambda number: 1).shape == (HEIGHT, WIDTH)
    except PoorImage as error:
        assert str(error)


def header(present: int, *blocks: tuple[int, int]) -> bytes:
    """The head of a packet whose lines, so many of them, follow."""
    head = bytearray(HEADER)
    head[4:6] = present.to_bytes(2, "little")
    for place, block in enumerate(blocks):
        head[16 + 2 * place : 18 + 2 * place] = bytes(block)
    return bytes(head)


def no_key(_number: int) -> int:
    raise AssertionError("a clear picture needs no key")


def test_lines_that_are_missing_are_filled_with_those_that_follow() -> None:
    lines = b"".join(bytes([number] * WIDTH) for number in range(1, 7))
    decoded = decode(header(6, (0, 2), (0x01, 3), (0, 4)) + lines, no_key)
    assert decoded.shape == (HEIGHT, WIDTH)
    assert decoded[:9, 0].tolist() == [1, 2, 3, 4, 5, 3, 4, 5, 6]
    assert not decoded[9:].any()


def test_a_packet_has_at_most_15_blocks() -> None:
    packet = header(15, *[(0, 1)] * 15, (0, 9)) + b"".join(bytes([n] * WIDTH) for n in range(1, 16))
    assert [block.lines for block in read_blocks(packet)[2]] == [1] * 15
    assert decode(packet, no_key)[:16, 0].tolist() == [*range(1, 16), 0]


def test_blocks_after_the_last_line_that_came_are_not_read() -> None:
    packet = header(2, (0x01, 7), (0, 2), (0, 5)) + bytes(2 * WIDTH)
    assert [block.lines for block in read_blocks(packet)[2]] == [7, 2]


def test_blocks_beyond_the_picture_are_left_out() -> None:
    numbers = [number % 251 for number in range(HEIGHT - 1)]
    lines = b"".join(bytes([number] * WIDTH) for number in numbers)
    decoded = decode(header(HEIGHT - 1, (0x01, 200), (0, 200), (0, 89)) + lines, no_key)
    assert decoded[:, 0].tolist() == numbers[:200] + numbers[:90]


@pytest.mark.parametrize(("present", "short"), [(HEIGHT, 0), (2, 1)])
def test_a_packet_with_fewer_lines_than_it_says_is_a_poor_image(present: int, short: int) -> None:
    packet = header(present, (0, 1)) + bytes(present * WIDTH - short)
    with pytest.raises(PoorImage, match="incomplete"):
        read_blocks(packet)


def test_less_than_two_lines_are_never_taken_for_scrambled() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (2, WIDTH), np.uint8)
    assert scrambled(noise)
    assert scrambled(np.repeat(noise[:1], 2, axis=0)), "the columns of both are summed"
    assert not scrambled(noise[:1])
    assert not scrambled(np.full((2, WIDTH), 200, np.uint8))
