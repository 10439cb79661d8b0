"""How the service is told to end, on every platform."""

import asyncio
import contextlib
import os
import signal
import sys
import threading


def stop_on_signals(
    loop: asyncio.AbstractEventLoop, stop: asyncio.Event, stop_with_input: bool = False
) -> None:
    """Sets `stop` at Ctrl+C and when the process is asked to end.

    stop_with_input: and when standard input ends. Windows has no other way to ask a process
    without a window to end; and a pipe also ends with the process at its other side.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows' loops have no such method
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    if stop_with_input:
        reader = threading.Thread(target=_wait_for_end_of_input, args=(loop, stop), daemon=True)
        reader.start()


def _wait_for_end_of_input(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Reads below Python's buffers: a thread that holds their lock hinders the process's end."""
    with contextlib.suppress(OSError, AttributeError):  # closed already; no input at all
        while os.read(sys.stdin.fileno(), 1024):
            pass
    with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
        loop.call_soon_threadsafe(stop.set)
