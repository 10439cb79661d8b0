"""Which recogniser is in use, and making all templates anew with another one: from the photos that are kept."""

import asyncio
from dataclasses import dataclass

import numpy as np
import structlog
from numpy.typing import NDArray
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from console.api.tasks import TaskResult
from console.biometrics.faces.recognition import site_models
from console.biometrics.faces.recognition.site_models import SHIPPED, Choice
from console.biometrics.faces.recognition.vectors import fuse
from console.biometrics.refusals import ModelRefused, PhotoRefused
from console.biometrics.workers.host import WorkerDied
from console.biometrics.workers.pipeline import PhotoPipeline
from console.domain.errors import Conflict, NotFound
from console.service.tasks import Task, TaskBody
from console.service.tools import Service
from console.store import audit
from console.store.database import changed
from console.store.schema import Employee, Enrolment, Photo, Setting

log = structlog.get_logger()
KEY = "face_model"
Vector = NDArray[np.float32]


@dataclass(frozen=True)
class _Anew:
    """What is to be written when all is done, by row id: (vector, photos in it), vector or None without a face, who must come again."""

    templates: dict[str, tuple[Vector, int]]
    photos: dict[str, Vector | None]
    lost: dict[str, str]


class FaceModels:
    """The recognisers of this site."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.folder = service.data_dir / "models"

    def start(self) -> None:
        """At the service's start: what was chosen last. Raises ModelRefused."""
        with self._service.store.read() as session:
            choice = self.chosen(session)
        self._take(choice)
        self._service.pipeline.use(self.arguments(choice))

    def chosen(self, session: Session) -> Choice:
        """Raises ModelRefused when what was chosen is not there any more."""
        row = session.get(Setting, KEY)
        if row is None:
            return SHIPPED
        found = site_models.choices(self.folder).get(row.value["id"])
        if found is None:
            raise ModelRefused(
                f"The recogniser {row.value['id']} was in use and is missing. Add its file again with `muster models`."
            )
        return found

    def _take(self, choice: Choice) -> None:
        if choice.site is not None:
            site_models.model_file(self.folder, choice.site)
        self._service.faces.set_model(
            choice.id, choice.dimension, site_models.tables(self.folder, choice)
        )

    def arguments(self, choice: Choice) -> tuple[str, ...]:
        """For the face worker."""
        return (str(self.folder), choice.id) if site_models.models(self.folder) else ()

    def change(self, choice_id: str, actor: str) -> TaskBody:
        """Work that makes every template anew and then uses the recogniser. Raises NotFound, Conflict."""
        choice = site_models.choices(self.folder).get(choice_id)
        if choice is None:
            raise NotFound(
                "This recogniser is not there any more. `muster models` adds it by file."
            )
        if not site_models.tables(self.folder, choice):
            raise Conflict(
                f"{choice.id} has no thresholds yet. Run `muster calibrate` with labelled photos and --keep first."
            )
        try:
            if choice.site is not None:
                site_models.model_file(self.folder, choice.site)
        except ModelRefused as refused:
            raise Conflict(str(refused)) from refused

        async def run(task: Task) -> TaskResult:
            anew = _Anew({}, {}, {})
            with PhotoPipeline(self.arguments(choice)) as pipeline:
                while True:
                    await asyncio.to_thread(self._make_anew, task, pipeline, anew)
                    if await asyncio.to_thread(self._write, choice, anew, actor):
                        break
            if not anew.lost:
                return TaskResult(text=f"All {len(anew.templates)} templates were made anew.")
            names = ", ".join(sorted(anew.lost.values()))
            text = f"{len(anew.templates)} templates were made anew. No photo is kept of these people, they must come again: {names}."
            return TaskResult(text=text)

        return run

    def _make_anew(self, task: Task, pipeline: PhotoPipeline, anew: _Anew) -> None:
        """Opens the photos that were not opened yet, one by one; nothing is written before all are done."""
        with self._service.store.read() as session:
            enrolments = [
                row
                for row in session.scalars(self._enrolments())
                if row.id not in anew.templates.keys() | anew.lost.keys()
            ]
            photos = list(session.scalars(self._photos()))
        fresh = [photo for photo in photos if photo.id not in anew.photos]
        total = len(enrolments) + len(fresh)
        for done, photo in enumerate(fresh):
            self._tell(task, done, total)
            anew.photos[photo.id] = self._embed(pipeline, "photo", photo)
        for done, enrolment in enumerate(enrolments, len(fresh)):
            self._tell(task, done, total)
            own = [
                anew.photos[one.id]
                for one in photos
                if one.invitation_id == enrolment.invitation_id and one.outcome != "reject"
            ]
            kept = [vector for vector in own if vector is not None]
            if not kept:
                kept = [
                    vector
                    for vector in [self._embed(pipeline, "enrolment", enrolment)]
                    if vector is not None
                ]
            if kept:
                anew.templates[enrolment.id] = (fuse(kept), len(kept))
            else:
                anew.lost[enrolment.id] = self._name(enrolment.employee_id)

    @staticmethod
    def _enrolments() -> Select[Enrolment]:
        return select(Enrolment).where(Enrolment.live)

    @staticmethod
    def _photos() -> Select[Photo]:
        return select(Photo).where(Photo.vector.is_not(None), Photo.image.is_not(None))

    @staticmethod
    def _tell(task: Task, done: int, total: int) -> None:
        """From a thread: only the loop announces, but a wish to stop is heard."""
        task.done, task.total = done, total
        if task.stop:
            task.progress(done, total)

    def _embed(self, pipeline: PhotoPipeline, table: str, row: Photo | Enrolment) -> Vector | None:
        assert row.image is not None
        with self._service.store.read() as session:
            jpeg = self._service.vault.open(
                session, row.employee_id, table, row.id, "image", row.image
            )
        try:
            return pipeline.screen(jpeg).vector
        except (PhotoRefused, WorkerDied):
            return None

    def _name(self, employee_id: str) -> str:
        with self._service.store.read() as session:
            employee = session.get_one(Employee, employee_id)
            return f"{employee.first_name} {employee.last_name} ({employee.number})".strip()

    def _write(self, choice: Choice, anew: _Anew, actor: str) -> bool:
        """All at once; False, and nothing, when photos or approvals came meanwhile that are not made anew yet."""
        service, seal = self._service, self._service.vault.seal
        with service.store.write() as session:
            known = anew.templates.keys() | anew.lost.keys()
            if {row.id for row in session.scalars(self._enrolments())} - known:
                return False
            if {row.id for row in session.scalars(self._photos())} - anew.photos.keys():
                return False
            for row_id, (vector, photos) in anew.templates.items():
                row = session.get(Enrolment, row_id)
                if row is not None:
                    plain = service.faces.turned(vector).tobytes()
                    row.template = seal(
                        session, row.employee_id, "enrolment", row.id, "template", plain
                    )
                    row.model, row.photos = choice.id, photos
            for photo in session.scalars(select(Photo).where(Photo.vector.is_not(None))):
                fresh = anew.photos.get(photo.id)
                photo.model = choice.id
                photo.vector = None
                if fresh is not None:
                    photo.vector = seal(
                        session,
                        photo.employee_id,
                        "photo",
                        photo.id,
                        "vector",
                        service.faces.turned(fresh).tobytes(),
                    )
            session.merge(Setting(key=KEY, value={"id": choice.id}))
            audit.record(
                session,
                service.clock(),
                actor,
                "model.changed",
                "",
                model=choice.id,
                templates=len(anew.templates),
            )
            changed(session, "faces")
            service.pipeline.use(self.arguments(choice))
            self._take(choice)
        service.faces.load()
        log.info(
            "face_model_changed",
            model=choice.id,
            templates=len(anew.templates),
            lost=len(anew.lost),
        )
        return True
