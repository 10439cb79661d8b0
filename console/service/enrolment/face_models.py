"""Which recogniser is in use, and making all templates anew with another one.

Templates are made from the photos that are kept.
"""

from dataclasses import dataclass, field
from pathlib import Path

import structlog
from sqlalchemy import Select, select, update

from console.api.tasks import TaskResult
from console.biometrics.faces.recognition import site_models
from console.biometrics.faces.recognition.site_models import SHIPPED, RecogniserChoice
from console.biometrics.faces.recognition.vectors import fuse
from console.biometrics.refusals import ModelRefused, PhotoRefused
from console.biometrics.workers.host import WorkerDied
from console.biometrics.workers.photo_pipeline import PhotoPipeline
from console.domain.errors import Conflict, NotFound
from console.domain.language import paragraph, tr, tr_count
from console.service.enrolment.face_gallery import (
    MODEL_KEY,
    FaceGallery,
    Generation,
    RecogniserTables,
    Vector,
    generation_of,
    seal_photo_vector,
    seal_template,
)
from console.service.tasks import BlockingBody, RunningTask
from console.store.database import Store
from console.store.queries.id_photos import read_id_photos_again
from console.store.queries.people import full_name
from console.store.schema import (
    Employee,
    Enrolment,
    EnrolmentPicture,
    Photo,
    PhotoPicture,
    Setting,
)
from console.store.unit_of_work import ReadTx, Tx
from console.store.vault import version_of

log = structlog.get_logger()


@dataclass(frozen=True)
class _StoredPhoto:
    """A photo that a vector can be made from again."""

    id: str
    employee_id: str
    invitation_id: str
    rejected: bool


@dataclass(frozen=True)
class _LiveEnrolment:
    id: str
    employee_id: str
    invitation_id: str


@dataclass
class _Anew:
    """What is to be written when all is done, by row id; vectors as the net made them."""

    templates: dict[str, tuple[Vector, int]] = field(default_factory=dict)
    """(template, photos in it)."""
    photos: dict[str, Vector | None] = field(default_factory=dict)
    """None: no face was found."""
    lost: dict[str, str] = field(default_factory=dict)
    """Who must come again, in words."""

    @property
    def enrolments(self) -> set[str]:
        """Those that were looked at."""
        return self.templates.keys() | self.lost.keys()


@dataclass
class _Sealed:
    """The rows to write, as they are given to executemany."""

    generation: Generation
    enrolments: list[dict[str, object]] = field(default_factory=list)
    photos: list[dict[str, object]] = field(default_factory=list)


class FaceModels:
    """The recognisers of this site."""

    def __init__(
        self, store: Store, gallery: FaceGallery, pipeline: PhotoPipeline, folder: Path
    ) -> None:
        """folder: where the site's own models lie."""
        self._store, self._gallery, self._pipeline = store, gallery, pipeline
        self.folder = folder

    def start(self) -> None:
        """At the service's start: takes up what was chosen last, and loads the gallery.

        Raises ModelRefused.
        """
        with self._store.read() as tx:
            choice = self._chosen(tx)
        recogniser = self._recogniser(choice)
        self._pipeline.use(self._arguments(choice))
        self._gallery.load(recogniser)

    def _chosen(self, tx: ReadTx) -> RecogniserChoice:
        """Raises ModelRefused when what was chosen is not there any more."""
        row = tx.get(Setting, MODEL_KEY)
        if row is None:
            return SHIPPED
        found = site_models.choices(self.folder).get(row.value["id"])
        if found is None:
            text = tr(
                "The recogniser {model} was in use and is missing. Add its file again with "
                "`muster models`.",
                model=row.value["id"],
            )
            raise ModelRefused(text)
        return found

    def _recogniser(self, choice: RecogniserChoice) -> RecogniserTables:
        """Raises ModelRefused when its file is not the one that was added."""
        if choice.site is not None:
            site_models.model_file(self.folder, choice.site)
        tables = site_models.tables(self.folder, choice)
        return RecogniserTables(choice.id, choice.dimension, tables)

    def _arguments(self, choice: RecogniserChoice) -> tuple[str, ...]:
        """For the face worker."""
        return (str(self.folder), choice.id) if site_models.models(self.folder) else ()

    def change(self, choice_id: str, actor: str) -> BlockingBody:
        """The task that makes every template anew and then uses the recogniser.

        Raises NotFound, Conflict.
        """
        choice = site_models.choices(self.folder).get(choice_id)
        if choice is None:
            raise NotFound(
                tr("This recogniser is no longer available. Add its file with `muster models`.")
            )
        try:
            recogniser = self._recogniser(choice)
        except ModelRefused as refused:
            raise Conflict(str(refused)) from refused
        if not recogniser.tables:
            raise Conflict(
                tr(
                    "{id} has no thresholds yet. Run `muster calibrate` with "
                    "labelled photos and --keep first.",
                    id=choice.id,
                )
            )

        def run(task: RunningTask) -> TaskResult:
            anew = _Anew()
            with PhotoPipeline(self._arguments(choice)) as pipeline:
                while True:
                    self._make_anew(task, pipeline, anew)
                    sealed = self._seal(anew)
                    if sealed is not None and self._write(choice, sealed, anew, actor):
                        break
            self._pipeline.use(self._arguments(choice))
            self._gallery.load(recogniser)
            made, lost = len(anew.templates), len(anew.lost)
            log.info("face_model_changed", model=choice.id, templates=made, lost=lost)
            return TaskResult(text=_summary(anew))

        return run

    def _make_anew(self, task: RunningTask, pipeline: PhotoPipeline, anew: _Anew) -> None:
        """Opens what was not opened yet, one by one; nothing is written before all is done."""
        with self._store.read() as tx:
            enrolments = [one for one in _enrolments(tx) if one.id not in anew.enrolments]
            photos = _photos(tx)
        task.progress(task.done, task.total)
        fresh = [photo for photo in photos if photo.id not in anew.photos]
        total = len(enrolments) + len(fresh)
        for done, photo in enumerate(fresh):
            task.progress(done, total)
            anew.photos[photo.id] = self._embed(pipeline, "photo", photo.employee_id, photo.id)
        good: dict[str, list[Vector]] = {}
        for photo in photos:
            vector = anew.photos[photo.id]
            if vector is not None and not photo.rejected:
                good.setdefault(photo.invitation_id, []).append(vector)
        for done, enrolment in enumerate(enrolments, len(fresh)):
            task.progress(done, total)
            vectors = good.get(enrolment.invitation_id, [])
            if not vectors:
                vector = self._embed(pipeline, "enrolment", enrolment.employee_id, enrolment.id)
                vectors = [] if vector is None else [vector]
            if vectors:
                anew.templates[enrolment.id] = fuse(vectors), len(vectors)
            else:
                anew.lost[enrolment.id] = self._name(enrolment.employee_id)

    def _embed(
        self, pipeline: PhotoPipeline, table: str, employee_id: str, row_id: str
    ) -> Vector | None:
        """The vector of one kept picture; None when it is gone or shows no face."""
        with self._store.read() as tx:
            sealed = tx.scalar(_picture(table, row_id))
            if sealed is None:
                return None
            jpeg = tx.open(employee_id, table, row_id, "image", sealed)
        try:
            return pipeline.screen(jpeg).vector
        except (PhotoRefused, WorkerDied):
            return None

    def _name(self, employee_id: str) -> str:
        with self._store.read() as tx:
            employee = tx.get_one(Employee, employee_id)
            return f"{full_name(employee)} ({employee.number})"

    def _seal(self, anew: _Anew) -> _Sealed | None:
        """Protects and seals all that is to be written; rows that are gone are left out.

        None when the rotation is being changed.
        """
        with self._store.read() as tx:
            sealed = _Sealed(generation_of(tx))
            if not self._gallery.is_current(tx):
                return None
            tx.load_keys()
            owners = select(Enrolment.id, Enrolment.employee_id).where(Enrolment.model != "")
            for row_id, employee_id in tx.execute(owners):
                if row_id in anew.templates:
                    vector, photos = anew.templates[row_id]
                    protected = self._gallery.protect(vector)
                    template = seal_template(tx, employee_id, row_id, protected)
                    sealed.enrolments.append(
                        {
                            "id": row_id,
                            "template": template,
                            "version": version_of(template),
                            "photos": photos,
                        }
                    )
            faces = select(Photo.id, Photo.employee_id).where(Photo.model != "")
            for row_id, employee_id in tx.execute(faces):
                made = anew.photos.get(row_id)
                if made is not None:
                    protected = self._gallery.protect(made)
                    vector_sealed = seal_photo_vector(tx, employee_id, row_id, protected)
                    sealed.photos.append({"id": row_id, "vector": vector_sealed})
            return sealed if self._gallery.is_current(tx) else None

    def _write(self, choice: RecogniserChoice, sealed: _Sealed, anew: _Anew, actor: str) -> bool:
        """All at once; False, and nothing, when something came that is not made anew yet."""
        with self._store.write(actor) as tx:
            if generation_of(tx) != sealed.generation or not self._gallery.is_current(tx):
                return False
            if {one.id for one in _enrolments(tx)} - anew.enrolments:
                return False
            if {one.id for one in _photos(tx)} - anew.photos.keys():
                return False
            _update(tx, choice.id, sealed)
            read_id_photos_again(tx)
            tx.session.merge(Setting(key=MODEL_KEY, value={"id": choice.id}))
            tx.audit("model.changed", model=choice.id, templates=len(anew.templates))
            tx.changed("faces")
            tx.changed("enrolments")
        return True


def _picture(table: str, row_id: str) -> Select[bytes | None] | Select[bytes]:
    if table == "photo":
        return select(PhotoPicture.image).where(PhotoPicture.photo_id == row_id)
    return select(EnrolmentPicture.image).where(EnrolmentPicture.enrolment_id == row_id)


def _update(tx: Tx, model: str, sealed: _Sealed) -> None:
    there = set(tx.scalars(select(Enrolment.id).where(Enrolment.model != "")))
    templates = [{**row, "model": model} for row in sealed.enrolments if row["id"] in there]
    if templates:
        tx.execute(update(Enrolment), templates)
    faces = set(tx.scalars(select(Photo.id).where(Photo.model != "")))
    vectors = [{**row, "model": model} for row in sealed.photos if row["id"] in faces]
    gone = faces - {row["id"] for row in vectors}
    vectors += [{"id": row_id, "vector": None, "model": ""} for row_id in gone]
    if vectors:
        tx.execute(update(Photo), vectors)


def _enrolments(tx: ReadTx) -> list[_LiveEnrolment]:
    query = select(Enrolment.id, Enrolment.employee_id, Enrolment.invitation_id)
    return [_LiveEnrolment(*row) for row in tx.execute(query.where(Enrolment.live))]


def _photos(tx: ReadTx) -> list[_StoredPhoto]:
    query = select(Photo.id, Photo.employee_id, Photo.invitation_id, Photo.outcome)
    query = query.where(Photo.model != "", Photo.has_image).order_by(Photo.id)
    return [
        _StoredPhoto(row_id, employee_id, invitation_id, outcome == "reject")
        for row_id, employee_id, invitation_id, outcome in tx.execute(query)
    ]


def _summary(anew: _Anew) -> str:
    text = tr_count(
        "{count:,} template was renewed.", "{count:,} templates were renewed.", len(anew.templates)
    )
    if not anew.lost:
        return text
    names = ", ".join(sorted(anew.lost.values()))
    again = tr("No photo is kept of these people, so they must re-enrol: {names}.", names=names)
    return paragraph(text, again)
