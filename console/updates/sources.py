"""Where updates are read from: a folder behind an address, a file, or what is kept of a download.

All have the same layout: `metadata/` holds the signed metadata, `targets/` what they vouch for.
"""

import time
import zipfile
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path

import urllib3
from tuf.api.exceptions import DownloadError, DownloadHTTPError, SlowRetrievalError
from tuf.ngclient import FetcherInterface

from console.updates.handover import METADATA as METADATA_FOLDER
from console.updates.handover import SET_UP
from console.updates.release import RELEASE

METADATA, TARGETS = "metadata/", "targets/"
CHUNK = 1 << 16
SLOWEST_BYTES_S = 1000
"""A source that sends less on average keeps an update away without refusing it."""
PATIENCE_S = 30.0
"""Before the speed counts, and for each answer to begin or go on."""

Source = FetcherInterface
"""Yields the files of a release by their names in it, as the library wants it."""
Progress = Callable[[int], None]
"""Is told how many bytes have come; may raise to stop."""


class UpdateFolder(Source):
    """A folder behind an http address. No redirects: the address that was set is the one."""

    def __init__(
        self,
        address: str,
        progress: Progress = lambda _: None,
        *,
        clock: Callable[[], float] = time.monotonic,
        patience: float = PATIENCE_S,
    ) -> None:
        self._address, self._progress, self._clock = address, progress, clock
        self._patience = patience
        self._pool = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(patience))

    def _fetch(self, url: str) -> Iterator[bytes]:
        try:
            yield from self._read(url)
        except urllib3.exceptions.NewConnectionError as error:  # the library's own is a time-out
            raise DownloadError(url) from error
        except urllib3.exceptions.TimeoutError as error:
            raise SlowRetrievalError(url) from error
        except urllib3.exceptions.HTTPError as error:
            raise DownloadError(url) from error

    def _read(self, url: str) -> Iterator[bytes]:
        began, received = self._clock(), 0
        answer = self._pool.request(
            "GET",
            f"{self._address}/{url}",
            preload_content=False,
            decode_content=False,
            redirect=False,
            headers={"Accept-Encoding": "identity"},
        )
        try:
            if answer.status != HTTPStatus.OK:
                raise DownloadHTTPError(f"{url}: {answer.status}", answer.status)
            # one read from the network at a time: bytes that trickle in are counted as they come
            while chunk := answer.read1(CHUNK):
                received += len(chunk)
                passed = self._clock() - began
                if passed > self._patience and received < passed * SLOWEST_BYTES_S:
                    raise SlowRetrievalError(url)
                self._progress(len(chunk))
                yield chunk
        finally:
            answer.close()


class UpdateFile(Source):
    """A file that carries an update: a zip archive. Nothing of it is unpacked by its names."""

    def __init__(self, path: Path, progress: Progress = lambda _: None) -> None:
        self._path, self._progress = path, progress

    def _fetch(self, url: str) -> Iterator[bytes]:
        try:
            with zipfile.ZipFile(self._path) as archive, archive.open(url) as member:
                while chunk := member.read(CHUNK):
                    self._progress(len(chunk))
                    yield chunk
        except KeyError as error:
            raise DownloadHTTPError(url, HTTPStatus.NOT_FOUND) from error
        except (OSError, zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError) as error:
            raise DownloadError(url) from error


class KeptDownload(Source):
    """What the service has downloaded: its trusted metadata, and a set-up beside them.

    The account that installs does not trust the service, and verifies it all again.
    """

    def __init__(self, folder: Path) -> None:
        """folder: of updates, in the data folder."""
        self._folder = folder

    def _fetch(self, url: str) -> Iterator[bytes]:
        try:
            with self._path_of(url).open("rb") as file:
                while chunk := file.read(CHUNK):
                    yield chunk
        except FileNotFoundError as error:
            raise DownloadHTTPError(url, HTTPStatus.NOT_FOUND) from error
        except OSError as error:
            raise DownloadError(url) from error

    def _path_of(self, url: str) -> Path:
        kept, name = self._folder / METADATA_FOLDER, url.rpartition("/")[2]
        number, _, rest = name.partition(".")
        if url.startswith(TARGETS):
            # "<hash>.<name>": the hash is checked by whoever asked
            return kept / RELEASE if rest == RELEASE else self._folder / SET_UP
        if name.endswith(".root.json"):
            return kept / "root_history" / name
        return kept / (rest if number.isdigit() else name)
