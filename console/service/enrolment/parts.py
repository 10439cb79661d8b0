"""Everything that is built for invitations, submissions, review and faces."""

from dataclasses import dataclass, field

from console.biometrics.workers.photo_pipeline import PhotoPipeline
from console.service.enrolment import id_photos
from console.service.enrolment.duplicate_guard import DuplicateGuard
from console.service.enrolment.face_gallery import FaceGallery
from console.service.enrolment.face_models import FaceModels
from console.service.enrolment.held_decisions import JOB, DecisionJob, HeldDecisions
from console.service.enrolment.invitations import Invitations
from console.service.enrolment.link_acts import LinkActs
from console.service.enrolment.portal_links import PortalLinks
from console.service.enrolment.review import Reviews
from console.service.enrolment.screening import PhotoJob, SettleJob
from console.service.jobs import JobKind
from console.service.tools import Tools


@dataclass
class EnrolmentParts:
    """Invitations, submissions, review and faces."""

    tools: Tools
    pipeline: PhotoPipeline = field(default_factory=PhotoPipeline)

    def __post_init__(self) -> None:
        store = self.tools.store
        self.gallery = FaceGallery(store)
        self.guard = DuplicateGuard(self.gallery)
        self.models = FaceModels(store, self.gallery, self.pipeline, self.tools.data_dir / "models")
        self.reviews = Reviews(store, self.pipeline, self.gallery, self.guard)
        self.held = HeldDecisions(store, self.reviews)
        self.invitations = Invitations(store, self.tools.addresses.portal)
        self.acts = LinkActs(store, self.invitations, self.tools.addresses.portal)
        self.links = PortalLinks(store, self.gallery)

    def jobs(self) -> dict[str, JobKind]:
        """Screening of photos, and what follows from it."""
        store = self.tools.store
        return {
            "photo": PhotoJob(store, self.pipeline, self.gallery),
            id_photos.JOB: id_photos.IdPhotoJob(store, self.pipeline, self.gallery),
            "settle": SettleJob(store, self.gallery, self.guard),
            JOB: DecisionJob(store, self.reviews),
        }
