"""A simulated serial module behind a TCP socket; pyserial reaches it as `socket://host:port`."""

import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.readers import zfm
from bridge.readers.zfm_packets import (
    ACK,
    COMMAND,
    DATA,
    LAST,
    ModulePacket,
    ModulePacketParser,
    encode,
)

PER_PACKET = 128
PARAMETERS = bytes.fromhex("0000000900ff0003ffffffff00020006")
"""Status, system, library size, level, address, 128 bytes a packet, 57,600 baud."""


@dataclass
class ModuleFaults:
    """Faults on demand.

    noise: bytes before every answer. drip: a few bytes at a time. bad_checksums, wrong_address: so
    many bad answers. cut_after, spoil_after: after so many bytes of a picture the line goes dead,
    or a packet is damaged. fixed_baud: it refuses another speed. no_end: the last packet of a
    picture is not marked.
    """

    noise: bytes = b""
    drip: bool = False
    bad_checksums: int = 0
    wrong_address: int = 0
    cut_after: int = 0
    spoil_after: int = 0
    fixed_baud: bool = False
    no_end: bool = False


class SimulatedModule:
    """A module that listens while its context is open.

    password: what must be verified, after each start, before it does anything else.
    """

    def __init__(self, password: bytes = zfm.NO_PASSWORD) -> None:
        self.password = password
        self._verified = password == zfm.NO_PASSWORD
        self.faults = ModuleFaults()
        self.bauds: list[int] = []
        """The speeds that were set, one after the other."""
        self._finger: NDArray[np.uint8] | None = None
        self._taken = np.full((zfm.HEIGHT, zfm.WIDTH), 255, np.uint8)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._line: socket.socket | None = None
        self._thread = threading.Thread(target=self._serve, name="serial module", daemon=True)

    def __enter__(self) -> "SimulatedModule":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # on Windows and macOS closing alone wakes the thread
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.unplug()
        self._thread.join(timeout=5)

    @property
    def url(self) -> str:
        """The port for pyserial."""
        return f"socket://127.0.0.1:{self._listening.getsockname()[1]}"

    def touch(self, picture: NDArray[np.uint8]) -> None:
        """Lay a finger on the module. picture: uint8 of one of SHAPES, dark ridges."""
        self._finger = picture

    def lift(self) -> None:
        """Take the finger away."""
        self._finger = None

    def restart(self) -> None:
        """Lose power for a moment: a locked module wants its password again."""
        self._verified = self.password == zfm.NO_PASSWORD

    def unplug(self) -> None:
        """Cut the line; a new connection finds the module plugged in again."""
        self.restart()
        if self._line is not None:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        while True:
            try:
                self._line, _ = self._listening.accept()
            except OSError:
                return
            self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._line, suppress(OSError):
                self._serve_line(self._line)

    def _serve_line(self, line: socket.socket) -> None:
        parser = ModulePacketParser()
        while data := line.recv(4096):
            for packet in parser.feed(data):
                if packet.kind == COMMAND and packet.payload:
                    self._answer(line, packet.payload)

    def _answer(self, line: socket.socket, payload: bytes) -> None:
        command = payload[0]
        if command == zfm.VERIFY_PASSWORD:
            right = payload[1:] == self.password
            self._verified = self._verified or right
            self._send(line, ModulePacket(ACK, bytes([zfm.OK if right else zfm.WRONG_PASSWORD])))
        elif not self._verified:
            self._send(line, ModulePacket(ACK, bytes([zfm.NOT_VERIFIED])))
        elif command == zfm.READ_PARAMETERS:
            self._send(line, ModulePacket(ACK, bytes([zfm.OK]) + PARAMETERS))
        elif command == zfm.SET_PARAMETER:
            if not self.faults.fixed_baud:
                self.bauds.append(payload[2] * zfm.BAUD_UNIT)
            self._send(line, ModulePacket(ACK, bytes([0x1A if self.faults.fixed_baud else zfm.OK])))
        elif command == zfm.GEN_IMAGE:
            here = self._finger
            if here is not None:
                self._taken = here
            self._send(line, ModulePacket(ACK, bytes([zfm.NO_FINGER if here is None else zfm.OK])))
        elif command == zfm.UP_IMAGE:
            self._send(line, ModulePacket(ACK, bytes([zfm.OK])))
            self._send_picture(line)
        else:
            self._send(line, ModulePacket(ACK, b"\x01"))

    def _send_picture(self, line: socket.socket) -> None:
        four = (self._taken // 17).reshape(-1, 2)
        data = (four[:, 0] << 4 | four[:, 1]).astype(np.uint8).tobytes()
        for start in range(0, len(data), PER_PACKET):
            if self.faults.cut_after and start >= self.faults.cut_after:
                line.shutdown(socket.SHUT_RDWR)
                raise ConnectionResetError
            self.faults.bad_checksums += start <= self.faults.spoil_after - 1 < start + PER_PACKET
            last = start + PER_PACKET >= len(data) and not self.faults.no_end
            self._send(line, ModulePacket(LAST if last else DATA, data[start : start + PER_PACKET]))

    def _send(self, line: socket.socket, packet: ModulePacket) -> None:
        data = encode(packet)
        if self.faults.wrong_address:
            self.faults.wrong_address -= 1
            data = encode(ModulePacket(packet.kind, packet.payload, 0x12345678))
        if self.faults.bad_checksums:
            self.faults.bad_checksums -= 1
            data = data[:-1] + bytes([data[-1] ^ 1])
        data = self.faults.noise + data
        if not self.faults.drip:
            line.sendall(data)
            return
        for start in range(0, len(data), 7):
            line.sendall(data[start : start + 7])
            time.sleep(0.0005)
