"""The photos of one try beside each other: gates that need all of them, and which is best.

They are judged anew whenever a photo of the try comes or goes.
"""

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import undefer

from console.biometrics.faces.photo_ranking import (
    RankedPhoto,
    agreement,
    rank_photos,
    why_best,
)
from console.biometrics.faces.quality.gates import judge, worst_outcome
from console.biometrics.faces.quality.perceptual_hash import hash_distance
from console.biometrics.faces.quality.profiles import GateBounds
from console.domain.screening import GateOutcome
from console.service.enrolment.face_gallery import open_photo_vector
from console.service.enrolment.verdicts import (
    StoredGate,
    StoredLimits,
    StoredVerdict,
    store_verdict,
    verdict_of,
)
from console.store.schema import Invitation, Photo
from console.store.unit_of_work import ReadTx, Tx

SAME_PERSON = GateBounds(reject_below=0.20, warn_below=0.37)
"""Cosine to the mean of the others.

Of two photos of one person 99 % reach 0.24 and more; 0.37 is reached by 1 in 100 other people.
"""
OWN_PICTURE = GateBounds(warn_below=0.03)
"""Share of the bits of the perceptual hash that differ from an earlier photo's.

A scaled and re-saved copy differs in less, another crop in more.
"""
SET_GATES = ("same_person", "own_picture")


def photos_of_try(tx: ReadTx, invitation_id: str, try_no: int) -> list[Photo]:
    """By slot, without vectors."""
    query = select(Photo).where(Photo.invitation_id == invitation_id, Photo.try_no == try_no)
    return list(tx.scalars(query.order_by(Photo.slot)))


def current_photos(tx: ReadTx, invitation: Invitation, vectors: bool = False) -> list[Photo]:
    """The photos of the try that is open or was submitted last, by slot."""
    newest = select(func.max(Photo.try_no)).where(Photo.invitation_id == invitation.id)
    query = select(Photo).where(
        Photo.invitation_id == invitation.id, Photo.try_no == newest.scalar_subquery()
    )
    if vectors:
        query = query.options(undefer(Photo.vector))
    return list(tx.scalars(query.order_by(Photo.slot)))


def judge_set(tx: Tx, invitation_id: str, try_no: int) -> None:
    """Brings gates and ranks of the photos of one try up to date."""
    tx.flush()
    query = (
        select(Photo)
        .where(Photo.invitation_id == invitation_id, Photo.try_no == try_no)
        .where(Photo.state == "screened", Photo.model != "", Photo.verdict.is_not(None))
        .options(undefer(Photo.vector), undefer(Photo.perceptual_hash))
        .order_by(Photo.slot)
    )
    found = [(photo, verdict_of(photo)) for photo in tx.scalars(query)]
    screened = [(photo, verdict) for photo, verdict in found if verdict is not None]
    hashes = [_open_hash(tx, photo) for photo, _ in screened]
    agrees = agreement([open_photo_vector(tx, photo) for photo, _ in screened])
    ranked = rank_photos([verdict.quality for _, verdict in screened], agrees)
    for place, (photo, verdict) in enumerate(screened):
        gates: list[StoredGate] = []
        same = agrees[place]
        if same is not None:
            gates.append(_gate("same_person", same, SAME_PERSON, may_reject=len(screened) > 2))
        if hashes[place]:
            earlier = [hash_distance(hashes[place], other) for other in hashes[:place] if other]
            if earlier:
                gates.append(_gate("own_picture", min(earlier), OWN_PICTURE, may_reject=False))
        _write(photo, verdict, gates)
        photo.quality, photo.best_because = ranked[place].score, ""
    _mark_best(screened, ranked)


def _open_hash(tx: Tx, photo: Photo) -> bytes:
    if not photo.perceptual_hash:
        return b""
    return tx.open(photo.employee_id, "photo", photo.id, "looks", photo.perceptual_hash)


def _gate(name: str, value: float, limits: GateBounds, may_reject: bool) -> StoredGate:
    """Of two photos that differ nobody can say which is wrong: that is only a warning."""
    outcome = judge(value, limits)
    if outcome is GateOutcome.REJECT and not may_reject:
        outcome = GateOutcome.WARN
    shown = StoredLimits(reject_below=limits.reject_below, warn_below=limits.warn_below)
    return StoredGate(gate=name, outcome=outcome, value=round(value, 4), limits=shown)


def _write(photo: Photo, verdict: StoredVerdict, gates: list[StoredGate]) -> None:
    gates = [gate for gate in verdict.gates if gate.gate not in SET_GATES] + gates
    outcome = worst_outcome([gate.outcome for gate in gates])
    store_verdict(photo, msgspec.structs.replace(verdict, gates=gates, outcome=outcome))


def _mark_best(screened: list[tuple[Photo, StoredVerdict]], ranked: list[RankedPhoto]) -> None:
    """The best of those with the best outcome, with the reason."""
    if not screened:
        return
    order = [outcome.value for outcome in GateOutcome]
    best = min(
        range(len(screened)),
        key=lambda place: (order.index(screened[place][0].outcome), -ranked[place].score),
    )
    why = why_best([verdict.quality for _, verdict in screened], ranked, best)
    screened[best][0].best_because = why.value
