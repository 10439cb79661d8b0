"""Carries out what `domain/service_host.py` decides, with a real process."""

import queue
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from console.domain.service_host import (
    Host,
    HostAct,
    HostEvent,
    HostState,
    first_step,
    next_step,
)
from console.service_host.child import ServiceProcess

Say = Callable[[str], None]
"""Where the host reports what a person should know."""


class ServiceHost:
    """Keeps the service of one data folder running until it is told to stop."""

    def __init__(self, data_dir: Path, options: Sequence[str], say: Say) -> None:
        self._say = say
        # a signal may put an event while this thread takes one: only this queue allows it
        self._events: queue.SimpleQueue[HostEvent] = queue.SimpleQueue()
        self._service = ServiceProcess(data_dir, options, lambda: self._hear(HostEvent.ENDED))

    def stop(self) -> None:
        """Ends `run` within ten seconds. From any thread, and from a signal."""
        self._hear(HostEvent.STOP)

    def _hear(self, event: HostEvent) -> None:
        self._events.put(event)

    def run(self) -> None:
        """Starts the service and keeps it; returns when it has stopped."""
        host, act = first_step(time.monotonic())
        while True:
            self._carry_out(act)
            if host.state is HostState.STOPPED:
                return
            event = self._next_event(host)
            host, act = self._step(host, event)

    def _next_event(self, host: Host) -> HostEvent:
        patience = None if host.due is None else max(0.0, host.due - time.monotonic())
        try:
            return self._events.get(timeout=patience)
        except queue.Empty:
            return HostEvent.TIME

    def _step(self, host: Host, event: HostEvent) -> tuple[Host, HostAct | None]:
        now = time.monotonic()
        following, act = next_step(host, event, now)
        if following.state is HostState.WAITING and host.state is HostState.RUNNING:
            delay = (following.due or now) - now
            why = self._service.last_words()
            self._service.note_end(why)
            self._say(f"The service ended and is started again in {delay:.0f} s. {why}".strip())
        return following, act

    def _carry_out(self, act: HostAct | None) -> None:
        match act:
            case HostAct.START:
                self._start()
            case HostAct.ASK_TO_END:
                self._service.ask_to_end()
            case HostAct.KILL:
                self._say("The service did not stop in time and was ended.")
                self._service.kill()

    def _start(self) -> None:
        try:
            self._service.start()
        except OSError as error:
            self._say(f"The service cannot be started: {error}")
            self._hear(HostEvent.ENDED)
