"""Serial modules: R30x, R503, ZFM-20/60/70, AS608.

They send a picture with 4 bits a pixel, which takes seconds. Its size tells which sensor they have.
Some mark the last packet of a picture, others only stop. A module may be locked by a password of
four bytes; as delivered it is 0. Not tried on hardware.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

import numpy as np
import serial
from numpy.typing import NDArray

from bridge.readers.reader import (
    FingerScan,
    NoPermission,
    NothingHappened,
    PoorImage,
    Progress,
    ReaderAbsent,
    ReaderBusy,
    ReaderError,
    ReaderInfo,
    ScanCancelled,
    Unplugged,
    WrongPassword,
    no_progress,
)
from bridge.readers.zfm_packets import (
    ACK,
    COMMAND,
    DATA,
    LAST,
    ModulePacket,
    ModulePacketParser,
    encode,
)
from bridge.wording import worded

T = TypeVar("T")
GEN_IMAGE, UP_IMAGE, SET_PARAMETER, READ_PARAMETERS, VERIFY_PASSWORD = 0x01, 0x0A, 0x0E, 0x0F, 0x13
OK, NO_FINGER, WRONG_PASSWORD, NOT_VERIFIED = 0x00, 0x02, 0x13, 0x21
BAUD_PARAMETER, BAUD_UNIT = 4, 9600
FAST_BAUD = 115_200
BAUDS = (57_600, FAST_BAUD, 38_400, 19_200, 9_600)
"""By likelihood: modules are delivered with the first, and keep the fast one once it is set."""
WIDTH, HEIGHT, DPI = 256, 288, 500
IMAGE_BYTES = WIDTH * HEIGHT // 2
"""Of the usual sensor, for the progress."""
SHAPES = {
    rows * columns // 2: (rows, columns)
    for rows, columns in ((HEIGHT, WIDTH), (192, 192), (160, 160), (208, 80), (360, 256))
}
"""Bytes of a picture -> its rows and columns, by sensor."""
MAX_IMAGE_BYTES = max(SHAPES)
ANSWER_S = 1.5
QUIET_S = 1.0
"""Seconds without a byte after a whole picture, by which a module says that it was the last."""
SILENCE_S = 2.0
"""Seconds without a byte in the middle of a picture, after which the module is gone."""
POLL_S = 0.08
NAME = "Serial fingerprint module"
PASSWORD_BYTES = 4
NO_PASSWORD = bytes(PASSWORD_BYTES)
"""As a module is delivered."""


class ZfmModule:
    """A serial module.

    port: a name (COM3, /dev/ttyUSB0) or any URL of pyserial. inverted: ridges are light. password:
    PASSWORD_BYTES.
    """

    def __init__(self, port: str, inverted: bool = False, password: bytes = NO_PASSWORD) -> None:
        self.cancel = threading.Event()
        self._name = port
        self._inverted = inverted
        self._password = password
        self._port: Any = None
        self._parser = ModulePacketParser()
        self._waiting: list[ModulePacket] = []
        self._owner = 0
        self._versions = ""
        self._safe_baud = 0
        """The speed before it was raised; 0 where it was not."""

    def open(self) -> None:
        """Find the speed at which the module answers, then raise it.

        Raises ReaderAbsent, NoPermission, ReaderBusy, Unplugged, WrongPassword.
        """
        self._owner = threading.get_ident()
        try:
            self._port = serial.serial_for_url(
                self._name, baudrate=BAUDS[0], timeout=0.05, write_timeout=ANSWER_S
            )
        except serial.SerialException as error:
            raise _port_error(error, self._name) from error
        try:
            self._greet()
            parameters = self._command(READ_PARAMETERS)
            self._versions = parameters[:16].hex()
            self._speed_up()
        except ReaderError:
            self.close()
            raise

    def _greet(self) -> None:
        for baud in BAUDS:
            self._port.baudrate = baud
            self._discard_input()
            try:
                self._command(VERIFY_PASSWORD, self._password)
                return
            except NothingHappened:
                continue
        raise ReaderAbsent(worded("No fingerprint module answers on {name}.", name=self._name))

    def _speed_up(self) -> None:
        """Set the fast speed: at the usual one a picture takes over six seconds.

        A module that refuses keeps its speed.
        """
        if self._port.baudrate == FAST_BAUD:
            return
        before = self._port.baudrate
        with suppress(PoorImage, NothingHappened):
            self._set_baud(FAST_BAUD)
            self._safe_baud = before
            return
        self._port.baudrate = before
        self._discard_input()
        self._command(VERIFY_PASSWORD, self._password)

    def _set_baud(self, baud: int) -> None:
        """Raises PoorImage where the module refuses, NothingHappened where it is lost then."""
        self._command(SET_PARAMETER, bytes([BAUD_PARAMETER, baud // BAUD_UNIT]))
        self._port.baudrate = baud
        time.sleep(0.05)
        self._discard_input()
        self._command(VERIFY_PASSWORD, self._password)

    def _step_back(self) -> None:
        """After damage: go back to the speed before, for a cable that cannot bear the fast one.

        Raises Unplugged where the module does not answer then: it is found again at any speed.
        """
        baud, self._safe_baud = self._safe_baud, 0
        if not baud:
            return
        self._drain()
        self._discard_input()
        try:
            self._set_baud(baud)
        except (PoorImage, NothingHappened) as error:
            raise Unplugged(worded("The module does not answer any more.")) from error

    def info(self) -> ReaderInfo:
        """Return the port and the module's parameters; one picture for each finger."""
        return ReaderInfo(f"{NAME} on {self._name}", self._versions, live=False)

    def wait_for_finger(self, timeout_s: float) -> None:
        """Ask for a picture again and again until there is a finger."""
        self._until(timeout_s, lambda code: code == OK)

    def wait_for_lift(self, timeout_s: float) -> None:
        """Ask for a picture again and again until there is no finger."""
        self._until(timeout_s, lambda code: code == NO_FINGER)

    def _until(self, timeout_s: float, enough: Callable[[int], bool]) -> None:
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if self.cancel.is_set():
                raise ScanCancelled("Stopped.")
            if enough(self._code(GEN_IMAGE)):
                return
            self.cancel.wait(POLL_S)
        raise NothingHappened(worded("Nothing happened in time."))

    def scan(self, progress: Progress = no_progress) -> FingerScan:
        """Return the picture that the module took when the finger came.

        A damaged one steps the speed back, so that the next try is more likely to arrive.
        """
        self._command(UP_IMAGE)
        try:
            data = self._picture(progress)
        except PoorImage:
            self._step_back()
            raise
        image = unpack_image(data)
        return FingerScan(255 - image if self._inverted else image, DPI)

    def _picture(self, progress: Progress) -> bytes:
        """Raises PoorImage, ScanCancelled, Unplugged."""
        data = bytearray()
        while True:
            whole = len(data) in SHAPES
            try:
                lost = "" if whole else worded("The module stopped in the middle of the picture.")
                packet = self._packet(QUIET_S if whole else SILENCE_S, lost)
            except NothingHappened:
                return bytes(data)
            if packet.kind not in (DATA, LAST):
                raise PoorImage(
                    worded("The module sent something else in the middle of the picture.")
                )
            data += packet.payload
            progress(min(len(data), IMAGE_BYTES), IMAGE_BYTES)
            if packet.kind == LAST or len(data) > MAX_IMAGE_BYTES:
                break
            if self.cancel.is_set():
                self._drain()
                raise ScanCancelled("Stopped.")
        if len(data) not in SHAPES:
            raise PoorImage(
                worded(
                    "The module sent {data:,} bytes, which are no whole picture.", data=len(data)
                )
            )
        return bytes(data)

    def close(self) -> None:
        """Release the port."""
        if self._port is not None:
            with suppress(OSError, serial.SerialException):
                self._port.close()
            self._port = None

    # exchange

    def _command(self, command: int, data: bytes = b"") -> bytes:
        """Return what follows OK.

        Raises PoorImage (refused), WrongPassword, NothingHappened, Unplugged.
        """
        code, answer = self._exchange(command, data)
        if code in (WRONG_PASSWORD, NOT_VERIFIED):
            raise WrongPassword(
                worded("The module is locked by a password.")
                if self._password == NO_PASSWORD
                else worded("The module has another password than the one that was entered.")
            )
        if code != OK:
            raise PoorImage(worded("The module refused (code {code:02x}).", code=code))
        return answer

    def _code(self, command: int) -> int:
        """A module that lost power meanwhile wants its password again: it is opened anew then."""
        try:
            code = self._exchange(command, b"")[0]
        except NothingHappened as error:
            raise Unplugged(worded("The module does not answer any more.")) from error
        if code == NOT_VERIFIED:
            raise Unplugged(worded("The module was without power and has started again."))
        return code

    def _exchange(self, command: int, data: bytes) -> tuple[int, bytes]:
        assert threading.get_ident() == self._owner, "a reader belongs to the thread that opened it"
        self._guard(
            lambda: self._port.write(encode(ModulePacket(COMMAND, bytes([command]) + data)))
        )
        packet = self._packet(ANSWER_S, "")
        if packet.kind != ACK or not packet.payload:
            raise PoorImage(worded("The module answered with something else."))
        return packet.payload[0], packet.payload[1:]

    def _packet(self, silence_s: float, lost: str) -> ModulePacket:
        """Return the next packet.

        After silence_s seconds without a byte it raises Unplugged with the text `lost`, or
        NothingHappened if that is "".
        """
        deadline = time.monotonic() + silence_s
        while not self._waiting:
            data = self._guard(lambda: self._port.read(max(1, self._port.in_waiting)))
            if data:
                deadline = time.monotonic() + silence_s
                self._waiting = self._parser.feed(data)
            elif time.monotonic() > deadline:
                raise (
                    Unplugged(lost)
                    if lost
                    else NothingHappened(worded("The module does not answer."))
                )
        return self._waiting.pop(0)

    def _guard(self, exchange: Callable[[], T]) -> T:
        try:
            return exchange()
        except (serial.SerialException, OSError) as error:
            raise Unplugged(worded("The module was unplugged.")) from error

    def _discard_input(self) -> None:
        """Drop what comes from an earlier exchange, or at another speed."""
        self._parser, self._waiting = ModulePacketParser(), []
        self._guard(self._port.reset_input_buffer)

    def _drain(self) -> None:
        with suppress(ReaderError):
            while self._packet(0.3, "over").kind == DATA:
                continue


def unpack_image(data: bytes) -> NDArray[np.uint8]:
    """Return the picture, uint8, from two pixels a byte, the high half first.

    data: as many bytes as one of SHAPES has.
    """
    pairs = np.frombuffer(data, np.uint8)
    pixels = np.stack([pairs >> 4, pairs & 0x0F], axis=1).reshape(SHAPES[len(data)])
    return (pixels * 17).astype(np.uint8)


def _port_error(error: serial.SerialException, name: str) -> ReaderError:
    text = str(error).lower()
    if getattr(error, "errno", None) == 13 or "permission" in text or "access is denied" in text:
        return NoPermission(worded("The port {name} may not be opened.", name=name))
    if getattr(error, "errno", None) == 16 or "busy" in text:
        return ReaderBusy(worded("Another program holds the port {name}.", name=name))
    return ReaderAbsent(worded("There is no port {name}.", name=name))
