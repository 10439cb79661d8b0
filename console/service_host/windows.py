"""The host as a service of Windows: the calls that the service control manager asks for.

https://learn.microsoft.com/windows/win32/services/service-programs
"""

import sys

if sys.platform != "win32":
    raise ImportError("only Windows has a service control manager")

import ctypes
import threading
from collections.abc import Callable
from ctypes import wintypes

from console.service_host.host import Say, ServiceHost

NAME = "Muster"
STOP_WITHIN_MS = 10_000
_OWN_PROCESS = 0x10
_STOPPED, _START_PENDING, _STOP_PENDING, _RUNNING = 1, 2, 3, 4
_ACCEPTS = 0x1 | 0x4  # stop, shutdown
_STOP, _INTERROGATE, _SHUTDOWN = 1, 4, 5
_DONE, _NOT_IMPLEMENTED = 0, 120
_WARNING, _EVENT_ID = 2, 1


class _Status(ctypes.Structure):
    _fields_ = (
        ("type", wintypes.DWORD),
        ("state", wintypes.DWORD),
        ("accepts", wintypes.DWORD),
        ("exit_code", wintypes.DWORD),
        ("own_exit_code", wintypes.DWORD),
        ("check_point", wintypes.DWORD),
        ("wait_hint_ms", wintypes.DWORD),
    )


_Main = ctypes.WINFUNCTYPE(None, wintypes.DWORD, ctypes.POINTER(wintypes.LPWSTR))
_Handler = ctypes.WINFUNCTYPE(
    wintypes.DWORD, wintypes.DWORD, wintypes.DWORD, wintypes.LPVOID, wintypes.LPVOID
)


class _Entry(ctypes.Structure):
    _fields_ = (("name", wintypes.LPWSTR), ("main", _Main))


_api = ctypes.WinDLL("advapi32", use_last_error=True)
_api.RegisterServiceCtrlHandlerExW.restype = wintypes.HANDLE
_api.RegisterServiceCtrlHandlerExW.argtypes = (wintypes.LPCWSTR, _Handler, wintypes.LPVOID)
_api.SetServiceStatus.argtypes = (wintypes.HANDLE, ctypes.POINTER(_Status))
_api.StartServiceCtrlDispatcherW.argtypes = (ctypes.POINTER(_Entry),)
_api.RegisterEventSourceW.restype = wintypes.HANDLE
_api.RegisterEventSourceW.argtypes = (wintypes.LPCWSTR, wintypes.LPCWSTR)
_api.DeregisterEventSource.argtypes = (wintypes.HANDLE,)
_api.ReportEventW.argtypes = (
    wintypes.HANDLE,
    wintypes.WORD,
    wintypes.WORD,
    wintypes.DWORD,
    wintypes.LPVOID,
    wintypes.WORD,
    wintypes.DWORD,
    ctypes.POINTER(wintypes.LPCWSTR),
    wintypes.LPVOID,
)


def say_in_event_log(text: str) -> None:
    """Writes a warning to Windows' application log; a log that is full loses it."""
    source = _api.RegisterEventSourceW(None, NAME)
    if source:
        lines = (wintypes.LPCWSTR * 1)(text)
        _api.ReportEventW(source, _WARNING, 0, _EVENT_ID, None, 1, 0, lines, None)
        _api.DeregisterEventSource(source)


class _ControlledService:
    """What the service control manager calls, on threads of its own."""

    def __init__(self, make_host: Callable[[Say], ServiceHost]) -> None:
        self._host = make_host(say_in_event_log)
        self._handle = wintypes.HANDLE()
        self._lock = threading.Lock()
        self._state = _START_PENDING
        # Windows keeps bare addresses of both: they must live as long as this object
        self.main = _Main(self._run)
        self._handler = _Handler(self._control)

    def _run(self, _count: int, _arguments: object) -> None:
        handle = _api.RegisterServiceCtrlHandlerExW(NAME, self._handler, None)
        self._handle = wintypes.HANDLE(handle)
        self._report(_RUNNING)
        try:
            self._host.run()
        finally:
            self._report(_STOPPED)

    def _control(self, control: int, _type: int, _data: object, _context: object) -> int:
        if control in (_STOP, _SHUTDOWN):
            self._report(_STOP_PENDING)
            self._host.stop()
            return _DONE
        if control == _INTERROGATE:
            self._report(self._state)
            return _DONE
        return _NOT_IMPLEMENTED

    def _report(self, state: int) -> None:
        with self._lock:
            self._state = state
            status = _Status(
                type=_OWN_PROCESS,
                state=state,
                accepts=_ACCEPTS if state == _RUNNING else 0,
                wait_hint_ms=STOP_WITHIN_MS if state == _STOP_PENDING else 0,
            )
            _api.SetServiceStatus(self._handle, ctypes.byref(status))


def run_service(make_host: Callable[[Say], ServiceHost]) -> None:
    """Hands this process to the service control manager; returns when the service has stopped.

    Raises OSError where it was not Windows that started this process.
    """
    service = _ControlledService(make_host)
    entries = (_Entry * 2)(_Entry(NAME, service.main), _Entry())
    if not _api.StartServiceCtrlDispatcherW(entries):
        raise ctypes.WinError(ctypes.get_last_error())
