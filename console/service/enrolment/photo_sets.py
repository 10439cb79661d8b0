"""The photos of one try beside each other: gates that need all of them, and which is best. Done anew whenever one comes or goes."""

from typing import Any

from sqlalchemy.orm import Session

from console.biometrics.faces.quality.judging import Outcome, judge, worst
from console.biometrics.faces.quality.photo_sets import Why, agreement, rank, unlike, why_best
from console.biometrics.faces.quality.profiles import Limits
from console.service.tools import Service
from console.store.schema import Photo

SAME_PERSON = Limits(reject_below=0.20, warn_below=0.37)
"""Cosine to the mean of the others: of two photos of one person 99 % have 0.24 and more; 0.37 is reached by 1 in 100 other people."""
OWN_PICTURE = Limits(warn_below=0.03)
"""Share of the looks' bits that differ from an earlier photo's; a scaled and re-saved copy differs in less, another crop in more."""
SET_GATES = ("same_person", "own_picture")


def judge_set(service: Service, session: Session, photos: list[Photo]) -> None:
    """Brings gates and ranks of the photos of one try up to date. photos: by slot."""
    screened = [
        photo
        for photo in photos
        if photo.state == "screened" and photo.verdict and photo.vector is not None
    ]
    vectors = [service.faces.of_photo(session, photo) for photo in screened]
    perceptual_hash = [_perceptual_hash(service, session, photo) for photo in screened]
    agrees = agreement(vectors)
    ranked = rank([float((photo.verdict or {})["quality"]) for photo in screened], agrees)
    for place, photo in enumerate(screened):
        gates: list[dict[str, Any]] = []
        same = agrees[place]
        if same is not None:
            gates.append(_gate("same_person", same, SAME_PERSON, may_reject=len(screened) > 2))
        earlier = [
            unlike(perceptual_hash[place], other)
            for other in perceptual_hash[:place]
            if other and perceptual_hash[place]
        ]
        if earlier:
            gates.append(_gate("own_picture", min(earlier), OWN_PICTURE, may_reject=False))
        _write(photo, gates, ranked[place].score)
    _mark_best(screened, ranked)


def _perceptual_hash(service: Service, session: Session, photo: Photo) -> bytes:
    return (
        service.vault.open(
            session, photo.employee_id, "photo", photo.id, "looks", photo.perceptual_hash
        )
        if photo.perceptual_hash
        else b""
    )


def _gate(name: str, value: float, limits: Limits, may_reject: bool) -> dict[str, Any]:
    """Of two photos that differ nobody can say which is wrong: then it is only remarked."""
    outcome = judge(value, limits)
    if outcome is Outcome.REJECT and not may_reject:
        outcome = Outcome.WARN
    shown = {
        "reject_below": limits.reject_below,
        "warn_below": limits.warn_below,
        "warn_above": None,
        "reject_above": None,
    }
    return {
        "gate": name,
        "outcome": outcome.value,
        "value": round(value, 4),
        "limits": shown,
        "region": None,
    }


def _write(photo: Photo, gates: list[dict[str, Any]], score: float) -> None:
    verdict = dict(photo.verdict or {})
    verdict["gates"] = [gate for gate in verdict["gates"] if gate["gate"] not in SET_GATES] + gates
    verdict["outcome"] = worst([Outcome(gate["outcome"]) for gate in verdict["gates"]]).value
    photo.verdict, photo.outcome, photo.quality, photo.best_because = (
        verdict,
        verdict["outcome"],
        score,
        "",
    )


def _mark_best(photos: list[Photo], ranked: list[Any]) -> None:
    """The best of those that pass best, with the reason."""
    if not photos:
        return
    order = list(Outcome)
    best = min(
        range(len(photos)),
        key=lambda place: (order.index(Outcome(photos[place].outcome)), -ranked[place].score),
    )
    why: Why = why_best([float((photo.verdict or {})["quality"]) for photo in photos], ranked, best)
    photos[best].best_because = why.value
