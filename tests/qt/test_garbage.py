"""Garbage is collected in the thread of the windows, whoever makes it."""

import gc
import threading
from collections.abc import Iterator
from typing import ClassVar

import pytest
from PyQt6.QtCore import QObject
from pytestqt.qtbot import QtBot

from console.qt.garbage import GarbageCollector

MANY = 5_000
"""Rings that make Python's own collector run a few times."""


class Ring:
    """Holds itself, so that only a collection ends it."""

    ended_in: ClassVar[list[str]] = []

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        self.ended_in.append(threading.current_thread().name)


@pytest.fixture(autouse=True)
def _as_python_starts() -> Iterator[None]:
    gc.collect()
    Ring.ended_in.clear()
    gc.enable()
    yield
    gc.disable()


def make_much() -> None:
    for _ in range(MANY):
        Ring()


def test_without_it_garbage_ends_in_any_thread() -> None:
    worker = threading.Thread(target=make_much, name="worker")
    worker.start()
    worker.join()
    assert set(Ring.ended_in) == {"worker"}


def test_with_it_garbage_ends_in_the_thread_of_the_windows(qtbot: QtBot, qapp: QObject) -> None:
    collector = GarbageCollector(qapp)
    worker = threading.Thread(target=make_much, name="worker")
    worker.start()
    worker.join()
    qtbot.waitUntil(lambda: len(Ring.ended_in) == MANY)
    assert set(Ring.ended_in) == {threading.main_thread().name}
    collector.deleteLater()
