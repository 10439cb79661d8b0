"""The service's side of the finger worker. Blocking; call it from a thread."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import Self

import msgspec

from console.biometrics.workers.host import Exchange, WorkerHost
from console.biometrics.workers.messages import FingerAct, FingerAnswer, FingerRequest

DEADLINE_S = 120.0
"""Seconds; the very first call on a computer compiles the matcher."""
BATCH = 500
"""Fingers handed to a fresh worker at once."""
References = Callable[[], Iterator[tuple[str, list[bytes]]]]
"""All fingers that are to be found: (key, templates)."""


class ScanRefused(Exception):
    """The picture cannot be worked on; the message says why."""


@dataclass(frozen=True)
class GreyPicture:
    """pixels: height x width bytes, dark ridges on light ground."""

    pixels: bytes
    width: int
    height: int
    dpi: int


class FingerPipeline:
    """One worker, which knows the references. It starts at the first use; a fresh one is told them all again."""

    def __init__(self, references: References) -> None:
        self._references = references
        self._host = WorkerHost("console.biometrics.workers.fingers", DEADLINE_S, prime=self._prime)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> None:
        """Ahead of the first scan."""
        self._host.start()

    def close(self) -> None:
        self._host.close()

    @property
    def running(self) -> bool:
        return self._host.running

    def _prime(self, exchange: Exchange) -> None:
        rows = self._references()
        while batch := dict(islice(rows, BATCH)):
            exchange(FingerRequest(act=FingerAct.PUT), msgspec.msgpack.encode(batch))

    def look(self, picture: GreyPicture) -> FingerAnswer:
        """How good the picture is, in some milliseconds. Raises ScanRefused, WorkerDied; so do the others."""
        return self._picture(FingerAct.LOOK, picture)[0]

    def scan(
        self, picture: GreyPicture, earlier: list[bytes], tries: int
    ) -> tuple[FingerAnswer, bytes]:
        """One more scan of an enrolment: (where it stands, the scan's template)."""
        return self._picture(FingerAct.SCAN, picture, tuple(earlier), tries)

    def identify(self, picture: GreyPicture) -> FingerAnswer:
        """Whose finger this is, as far as can be said."""
        return self._picture(FingerAct.IDENTIFY, picture)[0]

    def duplicates(self, key: str, templates: list[bytes]) -> FingerAnswer:
        """Fingers under other keys that look like this one."""
        return self._call(
            FingerRequest(act=FingerAct.DUPLICATES, key=key), msgspec.msgpack.encode(templates)
        )[0]

    def put(self, key: str, templates: list[bytes]) -> None:
        """Makes a finger findable; call it after the row is committed."""
        if self._host.running:  # a worker that starts later reads it from the rows
            self._call(FingerRequest(act=FingerAct.PUT), msgspec.msgpack.encode({key: templates}))

    def drop(self, key: str) -> None:
        if self._host.running:
            self._call(FingerRequest(act=FingerAct.DROP, key=key), b"")

    def _picture(
        self, act: FingerAct, picture: GreyPicture, earlier: tuple[bytes, ...] = (), tries: int = 0
    ) -> tuple[FingerAnswer, bytes]:
        request = FingerRequest(
            act=act,
            width=picture.width,
            height=picture.height,
            dpi=picture.dpi,
            earlier=list(earlier),
            tries=tries,
        )
        return self._call(request, picture.pixels)

    def _call(self, request: FingerRequest, body: bytes) -> tuple[FingerAnswer, bytes]:
        header, template = self._host.call(request, body)
        told = msgspec.json.decode(header, type=FingerAnswer)
        if told.refused:
            raise ScanRefused(told.refused)
        return told, template
