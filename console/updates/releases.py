"""Finds and fetches releases, all verified by TUF (https://theupdateframework.github.io).

Whoever holds the keys of the maker has signed them. What is refused is refused with a sentence; the
metadata that were trusted last are kept, so that nobody can offer older ones again.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec
from tuf.api import exceptions
from tuf.ngclient import Updater, UpdaterConfig

from console.domain.language import msgid
from console.domain.updates import UpdateProblem, version_key
from console.updates.release import MOST_CHANGES, RELEASE, Release
from console.updates.sources import METADATA, TARGETS, Source

T = TypeVar("T")


class _Updater(Updater):
    """The library's client, for an account that may not make symbolic links on Windows."""

    def _update_root_symlink(self) -> None:
        """Only a client that is given no root reads this link."""


NOT_READABLE = msgid(
    "The maker describes this release in a way that this version of Muster cannot read. Install it "
    "by its set-up."
)
HOLDS_NONE = msgid("The update holds no {file}.")
UNCHANGED = msgid("Nothing was changed.")


class Releases:
    """Reads one source. Blocking; one at a time on a folder of metadata."""

    def __init__(self, source: Source, metadata: Path, root: bytes) -> None:
        """metadata: where trusted metadata are kept; root: what is trusted from the beginning."""
        metadata.mkdir(parents=True, exist_ok=True)
        self._metadata = metadata
        config = UpdaterConfig(max_root_rotations=32)
        self._client = _say_why(
            lambda: _Updater(
                metadata_dir=str(metadata),
                metadata_base_url=METADATA,
                target_base_url=TARGETS,
                fetcher=source,
                config=config,
                bootstrap=root,
            )
        )

    def newest(self) -> Release:
        """What the source offers. Raises UpdateProblem, OSError."""
        draft = self._metadata / RELEASE
        self._fetch(RELEASE, draft)
        try:
            release = msgspec.json.decode(draft.read_bytes(), type=Release)
        except msgspec.DecodeError as error:  # signed, yet not for this version
            raise UpdateProblem(NOT_READABLE) from error
        version_key(release.version)
        return msgspec.structs.replace(release, changes=release.changes[:MOST_CHANGES])

    def fetch_set_up(self, release: Release, file: Path) -> int:
        """Writes the verified set-up; returns its bytes. Raises UpdateProblem, OSError."""
        return self._fetch(release.set_up, file)

    def _fetch(self, target: str, file: Path) -> int:
        """The file has its name only when it is whole and verified."""
        draft = file.with_name(f"{file.name}.part")
        try:
            info = _say_why(lambda: self._client.get_targetinfo(target))
            if info is None:
                raise UpdateProblem(f"{HOLDS_NONE.format(file=target[:60])} {UNCHANGED}")
            _say_why(lambda: self._client.download_target(info, str(draft)))
            draft.replace(file)
        finally:
            draft.unlink(missing_ok=True)
        return int(info.length)


def _say_why(act: Callable[[], T]) -> T:
    """Turns the library's refusals into sentences. Raises UpdateProblem."""
    try:
        return act()
    except (exceptions.RepositoryError, exceptions.DownloadError) as error:
        raise UpdateProblem(f"{_reason(error)} {UNCHANGED}") from error


def _reason(error: Exception) -> str:
    match error:
        case exceptions.ExpiredMetadataError():
            return msgid(
                "The update’s signatures have expired, so nobody can tell whether a newer one is "
                "there. Check the clock of this computer, or ask for a newer copy."
            )
        case exceptions.UnsignedMetadataError():
            return msgid("The update is not signed by the maker of Muster.")
        case exceptions.BadVersionNumberError():
            return msgid(
                "The update is older than one that was seen before. Somebody may want to do harm."
            )
        case exceptions.LengthOrHashMismatchError():
            return msgid(
                "A file of the update is not the one that was signed: it was altered or mixed."
            )
        case exceptions.DownloadLengthMismatchError():
            return msgid("A file of the update is longer than it may be.")
        case exceptions.SlowRetrievalError():
            return msgid(
                "The update comes too slowly. Try again later, or use a file with the update."
            )
        case exceptions.DownloadHTTPError():
            return msgid("The address or file holds no updates of Muster, or not all of them.")
        case exceptions.DownloadError():
            return msgid(
                "The updates cannot be read: the address cannot be reached or the file is damaged."
            )
        case _:
            return msgid("The update’s signed metadata cannot be used.")
