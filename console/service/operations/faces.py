"""Who looks like whom, screening profiles, and the renewal of templates."""

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.api import faces as api
from console.api.operation import ById, Nothing
from console.api.tasks import Started
from console.biometrics.faces.quality.judging import Outcome, judge_all, worst
from console.biometrics.faces.quality.profiles import NEVER_REJECT, PROFILES, Limits, Profile
from console.biometrics.faces.recognition import site_models
from console.domain.errors import Invalid, NotFound
from console.domain.screening import GATES, PERCENT_GATES
from console.service.enrolment.face_gallery import Faces
from console.service.enrolment.profiles import all_profiles, delete_profile, save_profile
from console.service.operations.dispatch import Call, handles
from console.service.settings import load_settings
from console.store import audit
from console.store.columns import new_id
from console.store.database import changed
from console.store.schema import Employee, Enrolment, KnownLookalike, Photo

SHOWN_PAIRS = 50
SEEN_RATES = (1e-2, 1e-3, 1e-4)
TRIED_PHOTOS, SHOWN_PHOTOS = 300, 60
FIXED = frozenset({"one_face"})


@handles(api.alike)
def alike(call: Call, request: Nothing) -> api.AlikePairs:
    with call.service.store.read() as session:
        return _alike(session, call.service.faces)


def _alike(session: Session, faces: Faces) -> api.AlikePairs:
    pairs, cosines = faces.pairs(SHOWN_PAIRS)
    known = {
        (row.first_id, row.second_id): row.reason for row in session.scalars(select(KnownLookalike))
    }
    rows = []
    for first, second, chance in pairs:
        key = (min(first, second), max(first, second))
        rows.append(
            api.AlikePair(
                first=_person(session, first),
                second=_person(session, second),
                chance=chance,
                known_lookalike=key in known,
                reason=known.get(key, ""),
            )
        )
    seen = [
        api.RateSeen(rate=rate, beyond=int(np.sum(cosines >= level)), comparisons=len(cosines))
        for rate, level in faces.levels(SEEN_RATES)
    ]
    return api.AlikePairs(people=len(faces), pairs=rows, seen=seen)


def _person(session: Session, employee_id: str) -> api.AlikePerson:
    employee = session.get_one(Employee, employee_id)
    enrolment = session.scalars(
        select(Enrolment.id).where(Enrolment.employee_id == employee_id, Enrolment.live)
    ).first()
    return api.AlikePerson(
        id=employee.id,
        name=f"{employee.first_name} {employee.last_name}".strip(),
        number=employee.number,
        enrolment_id=enrolment or "",
    )


@handles(api.set_known_lookalike)
def set_known_lookalike(call: Call, request: api.SetKnownLookalike) -> api.AlikePairs:
    if request.known_lookalike and not request.reason.strip():
        raise Invalid(
            "reason",
            "Say how you know that they are two: passports seen, both at the desk, brothers.",
        )
    with call.service.store.write() as session:
        mark_known_lookalike(
            call,
            session,
            request.first_id,
            request.second_id,
            request.known_lookalike,
            request.reason,
        )
        session.flush()
        return _alike(session, call.service.faces)


def mark_known_lookalike(
    call: Call, session: Session, one: str, other: str, known_lookalike: bool, reason: str
) -> None:
    """Writes down that two employees look alike and are two, or that this was wrong. Raises NotFound."""
    first, second = min(one, other), max(one, other)
    if (
        first == second
        or session.get(Employee, first) is None
        or session.get(Employee, second) is None
    ):
        raise NotFound("One of the two does not exist any more.")
    row = session.scalars(
        select(KnownLookalike).where(
            KnownLookalike.first_id == first, KnownLookalike.second_id == second
        )
    ).first()
    if row is not None and not known_lookalike:
        session.delete(row)
    elif row is None and known_lookalike:
        session.add(
            KnownLookalike(
                id=new_id(),
                first_id=first,
                second_id=second,
                reason=reason.strip()[:200],
                noted_by=call.operator.id,
                noted_at=call.now,
            )
        )
    audit.record(
        session,
        call.now,
        call.operator.id,
        "twins.noted" if known_lookalike else "twins.struck",
        first,
        other=second,
    )
    changed(session, "faces")
    changed(session, "review")


@handles(api.renew)
def renew(call: Call, request: Nothing) -> api.Renewed:
    """Every template is turned to a new rotation: copies that somebody took compare with nothing any more."""
    try:
        with call.service.store.write() as session:
            count = call.service.faces.renew(session)
            audit.record(
                session, call.now, call.operator.id, "templates.renewed", "", vectors=count
            )
            changed(session, "faces")
    finally:
        call.service.faces.load()
    return api.Renewed(vectors=count)


@handles(api.models)
def models(call: Call, request: Nothing) -> api.Models:
    folder = call.service.face_models.folder
    shown = []
    for choice in site_models.choices(folder).values():
        site = choice.site
        licence, source, sha256 = (site.licence, site.source, site.sha256) if site else ("", "", "")
        ready, used = (
            bool(site_models.tables(folder, choice)),
            choice.id == call.service.faces.model,
        )
        shown.append(
            api.Model(
                id=choice.id,
                licence=licence,
                source=source,
                sha256=sha256,
                ready=ready,
                in_use=used,
            )
        )
    with call.service.store.read() as session:
        query = select(Employee).join(Enrolment, Enrolment.employee_id == Employee.id)
        again = session.scalars(
            query.where(Enrolment.live, Enrolment.model != call.service.faces.model).order_by(
                Employee.sort_name
            )
        )
        return api.Models(
            models=shown,
            come_again=[
                f"{one.first_name} {one.last_name} ({one.number})".strip() for one in again
            ],
        )


@handles(api.use_model)
def use_model(call: Call, request: ById) -> Started:
    act = call.service.face_models.change(request.id, call.operator.id)
    return Started(
        task_id=call.service.tasks.start(
            "", f"Making all face templates anew with {request.id}", act
        )
    )


# profiles


@handles(api.profiles)
def profiles(call: Call, request: Nothing) -> api.Profiles:
    with call.service.store.read() as session:
        return _profiles(session)


def _profiles(session: Session) -> api.Profiles:
    return api.Profiles(
        profiles=[shown_profile(session, one) for one in all_profiles(session).values()]
    )


def shown_profile(session: Session, profile: Profile) -> api.Profile:
    """With every gate that some profile has, in the order in which verdicts name them."""
    gates = dict.fromkeys(gate for one in all_profiles(session).values() for gate in one.gates)
    used = load_settings(session).screening_profile == profile.name
    return api.Profile(
        name=profile.name,
        version=profile.version,
        own=profile.name not in PROFILES,
        in_use=used,
        gates=[_gate(gate, profile) for gate in gates],
    )


def _gate(gate: str, profile: Profile) -> api.GateLimits:
    words, limits = GATES[gate], profile.gates.get(gate, Limits())
    return api.GateLimits(
        gate=gate,
        label=words.label,
        unit="%" if gate in PERCENT_GATES else words.unit,
        digits=words.digits,
        percent=gate in PERCENT_GATES,
        remarks_only=gate in NEVER_REJECT,
        fixed=gate in FIXED,
        lower=bool(words.low),
        upper=bool(words.high),
        reject_below=limits.reject_below,
        warn_below=limits.warn_below,
        warn_above=limits.warn_above,
        reject_above=limits.reject_above,
    )


def _limits(rows: list[api.NewLimits]) -> dict[str, Limits]:
    """Gates without any limit are left out: they are not judged."""
    made = {
        row.gate: Limits(row.reject_below, row.warn_below, row.warn_above, row.reject_above)
        for row in rows
    }
    return {gate: limits for gate, limits in made.items() if limits != Limits()}


@handles(api.save_profile)
def save(call: Call, request: api.SaveProfile) -> api.Profiles:
    with call.service.store.write() as session:
        profile = save_profile(session, request.name, _limits(request.gates))
        audit.record(
            session,
            call.now,
            call.operator.id,
            "profile.saved",
            profile.name,
            version=profile.version,
        )
        return _profiles(session)


@handles(api.delete_profile)
def delete(call: Call, request: api.ByName) -> api.Profiles:
    with call.service.store.write() as session:
        delete_profile(session, request.name)
        audit.record(session, call.now, call.operator.id, "profile.deleted", request.name)
        return _profiles(session)


@handles(api.try_profile)
def try_profile(call: Call, request: api.TryProfile) -> api.Tried:
    """Judges what was measured on the site's newest photos by other limits; no picture is opened."""
    profile = Profile("", 0, _limits(request.gates))
    with call.service.store.read() as session:
        query = (
            select(Photo, Employee)
            .join(Employee, Employee.id == Photo.employee_id)
            .where(Photo.verdict.is_not(None))
        )
        rows = list(
            session.execute(query.order_by(Photo.created_at.desc()).limit(TRIED_PHOTOS)).tuples()
        )
    judged = [(photo, employee, _judge(photo, profile)) for photo, employee in rows]
    count = {
        outcome: sum(worst(list(gates.values())) is outcome for *_, gates in judged)
        for outcome in Outcome
    }
    by_gate = [
        api.TriedGate(
            gate=gate,
            remarked=sum(g.get(gate) is Outcome.WARN for *_, g in judged),
            rejected=sum(g.get(gate) is Outcome.REJECT for *_, g in judged),
        )
        for gate in profile.gates
    ]
    shown = sorted(judged, key=lambda one: worst(list(one[2].values())).value == one[0].outcome)[
        :SHOWN_PHOTOS
    ]
    return api.Tried(
        count=len(judged),
        passed=count[Outcome.PASS],
        remarked=count[Outcome.WARN],
        rejected=count[Outcome.REJECT],
        gates=by_gate,
        photos=[_tried(*one) for one in shown],
    )


def _judge(photo: Photo, profile: Profile) -> dict[str, Outcome]:
    values = (photo.verdict or {}).get("values") or {}
    outcomes = judge_all(values, profile)
    return {gate: outcome for gate, outcome in outcomes.items() if outcome is not Outcome.PASS}


def _tried(photo: Photo, employee: Employee, gates: dict[str, Outcome]) -> api.TriedPhoto:
    name = f"{employee.first_name} {employee.last_name}".strip()
    now = worst(list(gates.values())).value
    return api.TriedPhoto(
        id=photo.id,
        employee=name,
        slot=photo.slot,
        at=photo.created_at,
        was=photo.outcome,
        now=now,
        gates=[GATES[gate].label for gate in gates],
    )
