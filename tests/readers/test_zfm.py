"""Serial modules over a socket: split bytes, noise, bad checksums, a line that goes dead."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.readers.reader import (
    NothingHappened,
    PoorImage,
    ReaderAbsent,
    ScanCancelled,
    Unplugged,
    WrongPassword,
)
from bridge.readers.zfm import (
    BAUDS,
    FAST_BAUD,
    HEIGHT,
    IMAGE_BYTES,
    SHAPES,
    WIDTH,
    ZfmModule,
)
from bridge.readers.zfm_packets import (
    ACK,
    DATA,
    EVERYBODY,
    MAX_PAYLOAD,
    ModulePacket,
    ModulePacketParser,
    encode,
)
from bridge.simulator.fingers import impression
from bridge.simulator.zfm import SimulatedModule

packets = st.builds(
    ModulePacket, st.sampled_from([1, DATA, ACK, 8]), st.binary(max_size=MAX_PAYLOAD)
)


@given(st.lists(packets, max_size=6), st.lists(st.integers(1, 40), min_size=1))
def test_packets_are_found_however_the_bytes_are_cut(
    sent: list[ModulePacket], cuts: list[int]
) -> None:
    data, parser, got, turn = b"".join(map(encode, sent)), ModulePacketParser(), [], 0
    while data:
        size = cuts[turn % len(cuts)]
        got += parser.feed(data[:size])
        data, turn = data[size:], turn + 1
    assert got == sent
    assert parser.skipped == 0


@given(packets, st.binary(max_size=30).filter(lambda noise: b"\xef" not in noise))
def test_noise_before_a_packet_is_skipped(packet: ModulePacket, noise: bytes) -> None:
    assert ModulePacketParser().feed(noise + encode(packet)) == [packet]


@given(packets.filter(lambda packet: b"\xef" not in packet.payload), packets)
def test_a_damaged_packet_or_a_strangers_is_skipped_and_the_next_one_found(
    first: ModulePacket, second: ModulePacket
) -> None:
    damaged = bytearray(encode(first))
    damaged[-1] ^= 1
    assert ModulePacketParser().feed(bytes(damaged) + encode(second)) == [second]
    stranger = encode(ModulePacket(first.kind, first.payload, EVERYBODY - 1))
    assert ModulePacketParser().feed(stranger + encode(second)) == [second]


@given(st.binary(max_size=400))
def test_any_bytes_are_survived(data: bytes) -> None:
    parser = ModulePacketParser()
    parser.feed(data)
    assert parser.skipped <= len(data)


def picture() -> np.ndarray:
    return impression(5, 1, (HEIGHT, WIDTH))


@pytest.fixture
def module() -> Iterator[SimulatedModule]:
    with SimulatedModule() as module:
        yield module


@pytest.fixture
def reader(module: SimulatedModule) -> Iterator[ZfmModule]:
    reader = ZfmModule(module.url)
    reader.open()
    yield reader
    reader.close()


def test_a_finger_is_scanned_with_progress(module: SimulatedModule, reader: ZfmModule) -> None:
    threading.Timer(0.2, module.touch, [picture()]).start()
    reader.wait_for_finger(5)
    seen: list[tuple[int, int]] = []
    scan = reader.scan(lambda done, total: seen.append((done, total)))
    assert np.array_equal(scan.image, picture() // 17 * 17), (
        "four bits of each pixel come over the line"
    )
    assert seen[-1] == (IMAGE_BYTES, IMAGE_BYTES)
    assert seen == sorted(seen)
    threading.Timer(0.1, module.lift).start()
    reader.wait_for_lift(5)
    assert not reader.info().live
    assert reader.info().versions


@pytest.mark.parametrize(
    "fault",
    [{"drip": True}, {"noise": b"\x00\xff\x13"}, {"fixed_baud": True}],
    ids=["drip", "noise", "baud"],
)
def test_a_bad_line_does_not_change_the_picture(fault: dict[str, object]) -> None:
    with SimulatedModule() as module:
        for name, value in fault.items():
            setattr(module.faults, name, value)
        reader = ZfmModule(module.url)
        reader.open()
        module.touch(picture())
        reader.wait_for_finger(5)
        assert np.array_equal(reader.scan().image, picture() // 17 * 17)
        reader.close()


@pytest.mark.parametrize("fault", ["bad_checksums", "wrong_address"])
def test_an_answer_that_cannot_be_believed_is_none(module: SimulatedModule, fault: str) -> None:
    setattr(module.faults, fault, 1)
    reader = ZfmModule(module.url)
    reader.open()  # greeted again at another speed
    reader.close()
    setattr(module.faults, fault, 99)
    with pytest.raises(ReaderAbsent, match="answers"):
        ZfmModule(module.url).open()


def test_a_damaged_piece_makes_a_poor_picture(module: SimulatedModule, reader: ZfmModule) -> None:
    module.touch(picture())
    reader.wait_for_finger(5)
    module.faults.spoil_after = 5000
    with pytest.raises(PoorImage, match="no whole picture"):
        reader.scan()
    module.faults.spoil_after = 0
    assert reader.scan().image.shape == (HEIGHT, WIDTH)


@pytest.mark.parametrize("no_end", [False, True], ids=["marked", "not marked"])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=str)
def test_EN6_the_size_of_the_picture_tells_the_sensor(
    module: SimulatedModule, reader: ZfmModule, shape: tuple[int, int], no_end: bool
) -> None:
    """Some modules mark the last packet of a picture, others only stop."""
    small = np.ascontiguousarray(impression(5, 1, (360, 256))[: shape[0], : shape[1]])
    module.faults.no_end = no_end
    module.touch(small)
    reader.wait_for_finger(5)
    assert np.array_equal(reader.scan().image, small // 17 * 17)


def test_EN6_after_damage_the_speed_is_stepped_back_once(
    module: SimulatedModule, reader: ZfmModule
) -> None:
    module.touch(picture())
    reader.wait_for_finger(5)
    assert module.bauds == [FAST_BAUD]
    module.faults.spoil_after = 5000
    for _ in range(2):
        with pytest.raises(PoorImage):
            reader.scan()
    assert module.bauds == [FAST_BAUD, BAUDS[0]]
    module.faults.spoil_after = 0
    assert reader.scan().image.shape == (HEIGHT, WIDTH)


def test_a_module_that_is_lost_while_it_steps_back_is_unplugged(
    module: SimulatedModule, reader: ZfmModule
) -> None:
    module.touch(picture())
    reader.wait_for_finger(5)
    module.faults.spoil_after, module.faults.fixed_baud = 5000, True
    with pytest.raises(Unplugged, match="any more"):
        reader.scan()


def test_P13_a_line_that_goes_dead_in_the_middle_is_unplugged(
    module: SimulatedModule, reader: ZfmModule
) -> None:
    module.touch(picture())
    reader.wait_for_finger(5)
    module.faults.cut_after = 5000
    with pytest.raises(Unplugged):
        reader.scan()
    with pytest.raises(Unplugged):
        reader.wait_for_finger(2)


def test_waiting_ends_and_can_be_cancelled(module: SimulatedModule, reader: ZfmModule) -> None:
    with pytest.raises(NothingHappened):
        reader.wait_for_finger(0.3)
    reader.cancel.set()
    with pytest.raises(ScanCancelled):
        reader.wait_for_finger(5)
    reader.cancel.clear()
    module.touch(picture())
    reader.wait_for_finger(5)
    threading.Timer(0.05, reader.cancel.set).start()
    module.faults.drip = True
    with pytest.raises(ScanCancelled):
        reader.scan()
    reader.cancel.clear()
    module.faults.drip = False
    reader.wait_for_finger(5)


PASSWORD = bytes.fromhex("0a1b2c3d")


def test_P13_a_missing_port_says_so() -> None:
    with pytest.raises(ReaderAbsent, match="no port"):
        ZfmModule("/dev/ttyMUSTER99").open()


def test_EN6_a_locked_module_opens_with_its_password_only() -> None:
    with SimulatedModule(PASSWORD) as module:
        with pytest.raises(WrongPassword, match="locked by a password"):
            ZfmModule(module.url).open()
        with pytest.raises(WrongPassword, match="another password"):
            ZfmModule(module.url, password=bytes.fromhex("0a1b2c3e")).open()
        reader = ZfmModule(module.url, password=PASSWORD)
        reader.open()
        module.touch(picture())
        reader.wait_for_finger(5)
        assert reader.scan().image.shape == (HEIGHT, WIDTH)
        reader.close()


def test_EN6_a_locked_module_that_lost_power_is_opened_anew() -> None:
    with SimulatedModule(PASSWORD) as module:
        reader = ZfmModule(module.url, password=PASSWORD)
        reader.open()
        module.restart()
        with pytest.raises(Unplugged, match="power"):
            reader.wait_for_finger(5)
        reader.close()
        again = ZfmModule(module.url, password=PASSWORD)
        again.open()
        module.touch(picture())
        again.wait_for_finger(5)
        again.close()


def test_EN6_no_error_of_a_module_shows_the_password() -> None:
    with SimulatedModule() as module, pytest.raises(WrongPassword) as refused:
        ZfmModule(module.url, password=PASSWORD).open()
    assert PASSWORD.hex() not in repr(refused.value).lower()
    assert repr(PASSWORD) not in repr(refused.value)
