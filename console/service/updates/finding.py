"""Looks for updates, downloads them, and verifies files with updates. Each act is a task."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from msgspec.structs import replace

from bridge.terminals.errors import Cancelled
from console import __version__
from console.api.tasks import TaskResult
from console.domain.errors import Conflict
from console.domain.language import msgid, tr
from console.domain.updates import Stage, UpdateProblem, check_release, is_newer
from console.service.tasks import RunningTask, Tasks
from console.service.updates.book import (
    KeptUpdates,
    load_updates,
    problem_in_words,
    refuse_when_ordered,
    refuse_without_set_up,
    save_updates,
)
from console.service.updates.incoming import Incoming
from console.store.database import Store
from console.store.migrate import HEAD
from console.updates import handover
from console.updates.release import NO_ROOT, Release

if TYPE_CHECKING:
    from console.updates.releases import Releases
    from console.updates.sources import Source

MEGABYTE = 1_000_000
NEWEST = msgid("Muster {version} is the newest version.")
LOOKING, DOWNLOADING = msgid("Checking for updates"), msgid("Downloading the update")
TAKING = msgid("Verifying the update file")


class Finding:
    """What comes from outside. Blocking; the library is loaded when it is used first."""

    def __init__(
        self, store: Store, tasks: Tasks, folder: Path, root: Path, *, installs: bool
    ) -> None:
        """folder: of updates; root: the keys that are trusted; installs: the set-up can do it."""
        self._store, self._tasks, self._folder, self._root = store, tasks, folder, root
        self._installs = installs
        self._reading = Lock()
        self.incoming = Incoming(folder)

    def start_check(self, actor: str) -> str:
        """Starts a look at the address. Raises Conflict."""
        with self._store.read() as tx:
            kept = load_updates(tx)
        if not kept.address:
            raise Conflict(tr("Enter the address for updates first."))
        refuse_when_ordered(kept)
        return self._tasks.start_blocking(LOOKING, lambda task: self._check(task, kept, actor))

    def _check(self, task: RunningTask, kept: KeptUpdates, actor: str) -> TaskResult:
        from console.updates.sources import UpdateFolder

        task.say(tr("Reading {address}", address=kept.address))
        try:
            with self._source(UpdateFolder(kept.address, lambda _: task.progress(0, 0))) as read:
                return TaskResult(text=self._note_found(read.newest(), actor))
        except Exception as error:  # whatever it is, it is not tried again at once
            problem = "" if isinstance(error, Cancelled) else problem_in_words(error)
            with self._store.write(actor) as tx:
                save_updates(tx, replace(load_updates(tx), looked_at=tx.now, problem=problem))
            raise

    def _note_found(self, found: Release, actor: str, *, looked: bool = True) -> str:
        """Keeps what was found; what is downloaded stays if it is the newest.

        looked: at the address, which is then in order.
        """
        newer = is_newer(found.version, __version__)
        if newer:
            check_release(found.version, found.revision, installed=__version__, data_at=HEAD)
        with self._store.write(actor) as tx:
            kept = load_updates(tx)
            if looked:
                kept = replace(kept, looked_at=tx.now, problem="")
            if not newer:
                kept = replace(kept, found=None, stage=Stage.NONE)
            elif kept.found != found:
                kept = replace(kept, found=found, stage=Stage.FOUND, outcome="")
                tx.audit("update.found", version=found.version)
            save_updates(tx, kept)
        if kept.stage in (Stage.NONE, Stage.FOUND):
            handover.clear(self._folder)
        if not newer:
            return tr(NEWEST, version=__version__)
        return tr("Muster {version} is available.", version=found.version)

    def start_download(self, actor: str) -> str:
        """Starts the download of what was found. Raises Conflict."""
        with self._store.read() as tx:
            kept = load_updates(tx)
        refuse_without_set_up(self._installs)
        refuse_when_ordered(kept)
        if kept.found is None or not kept.address:
            raise Conflict(tr("There is nothing to download. Check for updates first."))
        return self._tasks.start_blocking(DOWNLOADING, lambda task: self._download(task, actor))

    def _download(self, task: RunningTask, actor: str) -> TaskResult:
        from console.updates.sources import UpdateFolder

        with self._store.read() as tx:
            address = load_updates(tx).address
        source = UpdateFolder(address, _Megabytes(task))
        with self._source(source) as read:
            found = read.newest()
            self._note_found(found, actor)
            if not is_newer(found.version, __version__):
                raise UpdateProblem(NEWEST.format(version=__version__))
            size = read.fetch_set_up(found, self._folder / handover.SET_UP)
        self._note_ready(found, actor, "update.downloaded")
        text = tr(
            "Muster {version} is downloaded and verified: {size} MB.",
            version=found.version,
            size=f"{size / MEGABYTE:,.1f}",
        )
        return TaskResult(text=text)

    def start_take_file(self, actor: str) -> str:
        """Starts to verify the file that was sent. Raises NotFound, Conflict."""
        with self._store.read() as tx:
            refuse_when_ordered(load_updates(tx))
        file = self.incoming.take(actor)
        return self._tasks.start_blocking(TAKING, lambda task: self._take_file(task, file, actor))

    def _take_file(self, task: RunningTask, file: Path, actor: str) -> TaskResult:
        from console.updates.sources import UpdateFile

        try:
            with self._source(UpdateFile(file, _Megabytes(task))) as read:
                found = read.newest()
                facts = {"installed": __version__, "data_at": HEAD}
                check_release(found.version, found.revision, **facts)
                self._note_found(found, actor, looked=False)
                if self._installs:
                    read.fetch_set_up(found, self._folder / handover.SET_UP)
        finally:
            file.unlink(missing_ok=True)
        if self._installs:
            self._note_ready(found, actor, "update.file_taken")
        return TaskResult(
            text=tr(
                "The file contains Muster {version}, signed by its publisher.",
                version=found.version,
            )
        )

    def _note_ready(self, found: Release, actor: str, action: str) -> None:
        with self._store.write(actor) as tx:
            save_updates(tx, replace(load_updates(tx), found=found, stage=Stage.READY))
            tx.audit(action, version=found.version)

    @contextmanager
    def _source(self, source: "Source") -> "Iterator[Releases]":
        """One at a time: they share what is trusted. Raises UpdateProblem."""
        from console.updates.releases import Releases

        if not self._root.exists():
            raise UpdateProblem(NO_ROOT)
        try:
            with self.reading():
                yield Releases(source, self._folder / handover.METADATA, self._root.read_bytes())
        except OSError as error:
            words = error.strerror or str(error)
            raise UpdateProblem(
                msgid("The update cannot be saved on this computer: {words}.").format(words=words)
            ) from error

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Held while a source is read. Raises UpdateProblem."""
        if not self._reading.acquire(blocking=False):
            raise UpdateProblem(
                msgid("Another check for updates is running. Wait until it has finished.")
            )
        try:
            yield
        finally:
            self._reading.release()


class _Megabytes:
    """Tells a task how much has come."""

    def __init__(self, task: RunningTask) -> None:
        self._task, self._bytes = task, 0
        task.say(tr("Megabytes:"))

    def __call__(self, count: int) -> None:
        self._bytes += count
        self._task.progress(self._bytes // MEGABYTE, 0)
