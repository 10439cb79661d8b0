"""Who looks like whom, screening profiles, recognisers, and the renewal of templates."""

from dataclasses import dataclass

import numpy as np
from sqlalchemy import select

from console.api import faces as api
from console.api.operation import ById, Nothing, Started
from console.biometrics.faces.quality.gates import judge_all, worst_outcome
from console.biometrics.faces.quality.profiles import (
    NEVER_REJECT,
    PROFILES,
    GateBounds,
    ScreeningProfile,
)
from console.biometrics.faces.recognition import site_models
from console.domain.errors import Invalid
from console.domain.language import msgid, tr
from console.domain.screening import GATES, PERCENT_GATES, GateOutcome
from console.service.enrolment.duplicate_guard import mark_known_lookalike
from console.service.enrolment.face_gallery import FaceGallery
from console.service.enrolment.face_models import FaceModels
from console.service.enrolment.profiles import all_profiles, delete_profile, save_profile
from console.service.enrolment.verdicts import verdict_of
from console.service.operations.dispatch import Call, handles
from console.service.pools import Pool
from console.service.settings import load_settings
from console.service.tasks import Tasks
from console.store.queries.people import full_name
from console.store.schema import Employee, Enrolment, KnownLookalike, Photo
from console.store.unit_of_work import ReadTx

SHOWN_PAIRS = 50
SEEN_RATES = (1e-2, 1e-3, 1e-4)
TRIED_PHOTOS, SHOWN_PHOTOS = 300, 60
FIXED = frozenset({"one_face"})


class FaceOperations:
    """What administrators do with faces, profiles and recognisers."""

    def __init__(self, gallery: FaceGallery, face_models: FaceModels, tasks: Tasks) -> None:
        self._gallery, self._face_models, self._tasks = gallery, face_models, tasks

    @handles(api.most_similar, Pool.READ)
    def most_similar(self, call: Call, request: Nothing) -> api.SimilarPairs:
        """The most similar pairs of people."""
        with call.read() as tx:
            return self._pairs(tx)

    @handles(api.set_known_lookalike, Pool.WRITE)
    def set_known_lookalike(self, call: Call, request: api.SetKnownLookalike) -> api.SimilarPairs:
        """Notes that two people look alike and are two. Raises Invalid, NotFound."""
        if request.known_lookalike and not request.reason.strip():
            raise Invalid(
                "reason",
                tr(
                    "Say how you know that they are two different people, for "
                    "example: passports seen, both at the desk, brothers."
                ),
            )
        with call.write() as tx:
            mark_known_lookalike(
                tx,
                request.first_id,
                request.second_id,
                known_lookalike=request.known_lookalike,
                reason=request.reason,
            )
        with call.read() as reading:
            return self._pairs(reading)

    def _pairs(self, tx: ReadTx) -> api.SimilarPairs:
        pairs, cosines = self._gallery.most_similar_pairs(SHOWN_PAIRS)
        people = _people(tx, {one for first, second, _ in pairs for one in (first, second)})
        known = {
            (row.first_id, row.second_id): row.reason for row in tx.scalars(select(KnownLookalike))
        }
        rows = []
        for first, second, fmr in pairs:
            key = (min(first, second), max(first, second))
            if first in people and second in people:
                rows.append(
                    api.SimilarPair(
                        first=people[first],
                        second=people[second],
                        fmr=fmr,
                        known_lookalike=key in known,
                        reason=known.get(key, ""),
                    )
                )
        seen = [
            api.RateSeen(rate=rate, beyond=int(np.sum(cosines >= level)), comparisons=len(cosines))
            for rate, level in self._gallery.thresholds(SEEN_RATES)
        ]
        return api.SimilarPairs(people=len(self._gallery), pairs=rows, seen=seen)

    @handles(api.renew, Pool.TASK)
    def renew(self, call: Call, request: Nothing) -> api.Renewed:
        """Protects every template by a new rotation, so that stolen copies compare with nothing."""
        return api.Renewed(vectors=self._gallery.renew(call.operator.id))

    # recognisers

    @handles(api.models, Pool.READ)
    def models(self, call: Call, request: Nothing) -> api.Models:
        """The recognisers there are, and who must come again since the last change."""
        query = select(Employee).join(Enrolment, Enrolment.employee_id == Employee.id)
        query = query.where(Enrolment.live, Enrolment.model != self._gallery.model)
        with call.read() as tx:
            again = list(tx.scalars(query.order_by(Employee.sort_name)))
        return api.Models(
            models=self._models(),
            come_again=[f"{full_name(one)} ({one.number})" for one in again],
        )

    def _models(self) -> list[api.Model]:
        folder = self._face_models.folder
        shown = []
        for choice in site_models.choices(folder).values():
            site = choice.site
            shown.append(
                api.Model(
                    id=choice.id,
                    licence=site.licence if site else "",
                    source=site.source if site else "",
                    sha256=site.sha256 if site else "",
                    ready=bool(site_models.tables(folder, choice)),
                    in_use=choice.id == self._gallery.model,
                )
            )
        return shown

    @handles(api.use_model, Pool.DEVICE)
    def use_model(self, call: Call, request: ById) -> Started:
        """Starts the task that makes all templates anew. Raises NotFound, Conflict."""
        body = self._face_models.change(request.id, call.operator.id)
        title = msgid("Renewing all face templates with {model}").format(model=request.id)
        return Started(task_id=self._tasks.start_blocking(title, body, by=call.operator.id))

    # profiles

    @handles(api.profiles, Pool.READ)
    def profiles(self, call: Call, request: Nothing) -> api.Profiles:
        """All screening profiles."""
        with call.read() as tx:
            return _profiles(tx)

    @handles(api.save_profile, Pool.WRITE)
    def save_profile(self, call: Call, request: api.SaveProfile) -> api.Profiles:
        """Keeps one of the site's own. Raises Invalid."""
        with call.write() as tx:
            save_profile(tx, request.name, _limits(request.gates))
            return _profiles(tx)

    @handles(api.delete_profile, Pool.WRITE)
    def delete_profile(self, call: Call, request: api.ByName) -> api.Profiles:
        """Deletes one of the site's own. Raises NotFound, Conflict."""
        with call.write() as tx:
            delete_profile(tx, request.name)
            return _profiles(tx)

    @handles(api.try_profile, Pool.READ)
    def try_profile(self, call: Call, request: api.TryProfile) -> api.Tried:
        """Judges the newest photos by other limits, from their measured values alone."""
        profile = ScreeningProfile("", 0, _limits(request.gates))
        query = select(Photo, Employee).join(Employee, Employee.id == Photo.employee_id)
        query = query.where(Photo.verdict.is_not(None)).order_by(Photo.created_at.desc())
        with call.read() as tx:
            rows = tx.execute(query.limit(TRIED_PHOTOS)).all()
        judged = [_Judged(photo, employee, _judge(photo, profile)) for photo, employee in rows]
        return _tried(judged, profile)


def _people(tx: ReadTx, ids: set[str]) -> dict[str, api.PairedPerson]:
    """By id, with the photo on file."""
    live = select(Enrolment.employee_id, Enrolment.id)
    live = live.where(Enrolment.employee_id.in_(ids), Enrolment.live)
    enrolments = dict(tx.execute(live).all())
    return {
        employee.id: api.PairedPerson(
            id=employee.id,
            name=full_name(employee),
            number=employee.number,
            enrolment_id=enrolments.get(employee.id, ""),
        )
        for employee in tx.scalars(select(Employee).where(Employee.id.in_(ids)))
    }


def _profiles(tx: ReadTx) -> api.Profiles:
    return api.Profiles(profiles=[profile_struct(tx, one) for one in all_profiles(tx).values()])


def profile_struct(tx: ReadTx, profile: ScreeningProfile) -> api.Profile:
    """With every gate that some profile has, in the order in which verdicts name them."""
    gates = dict.fromkeys(gate for one in all_profiles(tx).values() for gate in one.gates)
    return api.Profile(
        name=profile.name,
        version=profile.version,
        own=profile.name not in PROFILES,
        in_use=load_settings(tx).screening_profile == profile.name,
        gates=[_gate(gate, profile) for gate in gates],
    )


def _gate(gate: str, profile: ScreeningProfile) -> api.GateLimits:
    words, limits = GATES[gate], profile.gates.get(gate, GateBounds())
    return api.GateLimits(
        gate=gate,
        label=tr(words.label),
        unit="%" if gate in PERCENT_GATES else words.unit,
        digits=words.digits,
        percent=gate in PERCENT_GATES,
        warns_only=gate in NEVER_REJECT,
        fixed=gate in FIXED,
        lower=bool(words.low),
        upper=bool(words.high),
        reject_below=limits.reject_below,
        warn_below=limits.warn_below,
        warn_above=limits.warn_above,
        reject_above=limits.reject_above,
    )


def _limits(rows: list[api.NewLimits]) -> dict[str, GateBounds]:
    """Gates without any limit are left out: they are not judged."""
    made = {
        row.gate: GateBounds(row.reject_below, row.warn_below, row.warn_above, row.reject_above)
        for row in rows
    }
    return {gate: limits for gate, limits in made.items() if limits != GateBounds()}


@dataclass(frozen=True)
class _Judged:
    """A photo under the limits that are tried. gates: those that do not pass."""

    photo: Photo
    employee: Employee
    gates: dict[str, GateOutcome]

    @property
    def outcome(self) -> GateOutcome:
        return worst_outcome(list(self.gates.values()))


def _judge(photo: Photo, profile: ScreeningProfile) -> dict[str, GateOutcome]:
    """Where only the outcome is kept, it stays as it was."""
    verdict = verdict_of(photo)
    outcomes = judge_all(verdict.values if verdict else {}, profile)
    outcomes |= {
        gate.gate: gate.outcome
        for gate in (verdict.gates if verdict else [])
        if gate.value is None and gate.gate in profile.gates
    }
    return {gate: outcome for gate, outcome in outcomes.items() if outcome is not GateOutcome.PASS}


def _tried(judged: list[_Judged], profile: ScreeningProfile) -> api.Tried:
    outcomes = [one.outcome for one in judged]
    gates = [
        api.TriedGate(
            gate=gate,
            warned=sum(one.gates.get(gate) is GateOutcome.WARN for one in judged),
            rejected=sum(one.gates.get(gate) is GateOutcome.REJECT for one in judged),
        )
        for gate in profile.gates
    ]
    shown = sorted(judged, key=lambda one: one.outcome.value == one.photo.outcome)[:SHOWN_PHOTOS]
    return api.Tried(
        count=len(judged),
        passed=outcomes.count(GateOutcome.PASS),
        warned=outcomes.count(GateOutcome.WARN),
        rejected=outcomes.count(GateOutcome.REJECT),
        gates=gates,
        photos=[_tried_photo(one) for one in shown],
    )


def _tried_photo(one: _Judged) -> api.TriedPhoto:
    return api.TriedPhoto(
        id=one.photo.id,
        employee=full_name(one.employee),
        slot=one.photo.slot,
        at=one.photo.created_at,
        was=one.photo.outcome,
        now=one.outcome.value,
        gates=[tr(GATES[gate].label) for gate in one.gates],
    )
