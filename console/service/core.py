"""What every part of the service works with: store, vault, clock, settings, workers, jobs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.biometrics.faces.vectors import MODEL_ID, VectorIndex
from console.biometrics.workers.pipeline import PhotoPipeline
from console.service.events import EventHub
from console.store.database import Store
from console.store.schema import Enrolment
from console.store.vault import Vault

if TYPE_CHECKING:
    from console.service.desk import Desk
    from console.service.finger_work import FingerWork
    from console.service.unit_work import UnitWork
    from console.service.units import Units
    from console.service.works import Works


class JobStarter(Protocol):
    """Starts durable work on a row. Only ids cross this border."""

    def demand(self, session: Session, kind: str, row_id: str, attempt: int, partition: str = "") -> None:
        """Starts the job once the session's transaction is durable."""

    def running(self) -> int: ...

    def forget(self, completed_before: datetime) -> int: ...


@dataclass(frozen=True)
class Addresses:
    """Where the listeners are, as others reach them."""

    api: str
    portal: str
    push: str


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
    faces: VectorIndex = field(default_factory=VectorIndex)
    works: "Works" = field(init=False)
    units: "Units" = field(init=False)
    unit_work: "UnitWork" = field(init=False)
    finger_work: "FingerWork" = field(init=False)
    desk: "Desk" = field(init=False)

    def load_faces(self) -> None:
        """Opens all live templates into memory; they are nowhere else in the clear."""
        with self.store.read() as session:
            for row in session.scalars(select(Enrolment).where(Enrolment.live, Enrolment.model == MODEL_ID)):
                self.faces.put(row.employee_id, self.open_template(session, row))

    def open_template(self, session: Session, row: Enrolment) -> NDArray[np.float32]:
        plain = self.vault.open(session, row.employee_id, "enrolment", row.id, "template", row.template)
        return np.frombuffer(plain, np.float32)
