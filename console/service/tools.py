"""What every part of the service works with: store, vault, clock, settings, workers, jobs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sqlalchemy.orm import Session

from console.biometrics.workers.pipeline import PhotoPipeline
from console.service.events import EventHub
from console.store.database import Store
from console.store.vault import Vault

if TYPE_CHECKING:
    from console.service.enrolment.face_gallery import Faces
    from console.service.enrolment.face_models import FaceModels
    from console.service.fingers.enrolment import Desk
    from console.service.kiosks.roster import KioskRoster
    from console.service.tasks import Tasks
    from console.service.terminals.actions import TerminalActions
    from console.service.terminals.finger_copies import FingerCopies
    from console.service.terminals.sessions import Units


class JobStarter(Protocol):
    """Starts durable work on a row. Only ids cross this border."""

    def demand(
        self, session: Session, kind: str, row_id: str, attempt: int, partition: str = ""
    ) -> None:
        """Starts the job once the session's transaction is durable."""

    def running(self) -> int: ...

    def forget(self, completed_before: datetime) -> int: ...


@dataclass(frozen=True)
class Addresses:
    """Where the listeners are, as others reach them. kiosks: empty where only those of this computer are served."""

    api: str
    portal: str
    push: str
    kiosks: str = ""


@dataclass
class Service:
    """Assembled by app.py; handed to operations, jobs, portal and links."""

    data_dir: Path
    store: Store
    vault: Vault
    events: EventHub
    pipeline: PhotoPipeline
    jobs: JobStarter
    addresses: Addresses
    key_in_file: bool
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    faces: "Faces" = field(init=False)
    face_models: "FaceModels" = field(init=False)
    tasks: "Tasks" = field(init=False)
    units: "Units" = field(init=False)
    terminal_actions: "TerminalActions" = field(init=False)
    finger_copies: "FingerCopies" = field(init=False)
    desk: "Desk" = field(init=False)
    roster: "KioskRoster" = field(init=False)
