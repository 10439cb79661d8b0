"""Kiosks and the service: pairing, settings, the list, one person by number, uploaded logins.

N9, A4, A6, S13.
"""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from console.api import employees, kiosk_link, kiosks, logins
from console.api.kiosk_link import KioskLogin, KioskState, PathStep
from console.api.operation import ById, Nothing, Operation, Req, Res, ServiceError
from console.demo.site import wait_until
from console.domain.kiosks import KioskSettings
from console.domain.login_policy import MatchPolicy
from console.domain.logins import CountBy
from console.domain.operators import Role
from tests.conftest import RunningSite
from tests.service import desk
from tests.service.test_faces import enrol as enrol_face
from tests.support.operators import add_operator, signed_in


def paired(site: RunningSite, name: str = "Warehouse kiosk", **more: str) -> tuple[str, str]:
    """(id, token) of a new kiosk."""
    code = site.client.call(kiosks.add_kiosk, kiosks.AddKiosk(name=name, **more))
    return code.id, site.client.call(kiosk_link.pair, kiosk_link.Pair(code=code.code.lower())).token


def as_kiosk(site: RunningSite, token: str, operation: Operation[Req, Res], request: Req) -> Res:
    """A call of the kiosk that has this token."""
    with site.demo.client() as client:
        client.use_token(token)
        return client.call(operation, request)


def sync(
    site: RunningSite, token: str, roster: str = "", state: KioskState | None = None
) -> kiosk_link.Synced:
    request = kiosk_link.Sync(roster=roster, state=state or KioskState())
    return as_kiosk(site, token, kiosk_link.sync, request)


def row(site: RunningSite, kiosk_id: str) -> kiosks.KioskRow:
    return next(
        one for one in site.client.call(kiosks.list_kiosks, Nothing()).kiosks if one.id == kiosk_id
    )


def attempt(number: str, login_id: str, **changes: object) -> KioskLogin:
    fields: dict[str, object] = {
        "id": login_id,
        "at": datetime.now(UTC),
        "local_time": "2026-11-22 08:41:05",
        "outcome": "refused",
        "method": "number+finger",
        "reason": "finger_not_matched",
        "stamp": "",
        "employee_id": "",
        "number": number,
        "as_of": None,
        "path": [
            PathStep(what="finger", ok=False, facts={"among": "cache", "chance": 0.2}),
            PathStep(what="number", ok=True, facts={"number": number}),
            PathStep(
                what="finger",
                ok=False,
                facts={
                    "among": "own",
                    "chance": 1 / 60,
                    "threshold": 1e-4,
                    "finger": 2,
                    "quality": 61,
                },
            ),
            PathStep(what="reset", ok=False, facts={"reason": "finger_not_matched"}),
        ],
    }
    return KioskLogin(**(fields | changes))  # type: ignore[arg-type]


def test_a_kiosk_is_added_paired_by_a_code_and_seen(running_both: RunningSite) -> None:
    code = running_both.client.call(
        kiosks.add_kiosk, kiosks.AddKiosk(name="Main gate", location="Hall A", group="Gates")
    )
    assert (row(running_both, code.id).paired, row(running_both, code.id).code_until) == (
        False,
        code.until,
    )
    with pytest.raises(ServiceError, match="code is not valid"):
        running_both.client.call(kiosk_link.pair, kiosk_link.Pair(code="AAAAA-AAAAA"))
    token = running_both.client.call(kiosk_link.pair, kiosk_link.Pair(code=code.code)).token
    with pytest.raises(ServiceError, match="code is not valid"):
        running_both.client.call(kiosk_link.pair, kiosk_link.Pair(code=code.code))
    state = KioskState(cached=3, camera=True, problem="The clock is 90 s off.")
    sync(running_both, token, state=state)  # answers first, notes the state afterwards
    seen = wait_until(lambda: one if (one := row(running_both, code.id)).cached else None)
    assert (seen.paired, seen.online, seen.cached, seen.camera, seen.group) == (
        True,
        True,
        3,
        True,
        "Gates",
    )
    assert seen.problem == "The clock is 90 s off."


def test_without_its_token_a_kiosk_learns_nothing(running_both: RunningSite) -> None:
    kiosk_id, token = paired(running_both)
    references = kiosk_link.References(employee_ids=["x"])
    for send in (
        lambda: sync(running_both, "made-up"),
        lambda: as_kiosk(running_both, "", kiosk_link.check, kiosk_link.Check(number="1001")),
        lambda: as_kiosk(running_both, "", kiosk_link.references, references),
        lambda: as_kiosk(running_both, "", kiosk_link.upload, kiosk_link.Upload(logins=[])),
    ):
        with pytest.raises(ServiceError, match="not paired"):
            send()
    running_both.client.call(kiosks.remove_kiosk, ById(id=kiosk_id))
    with pytest.raises(ServiceError, match="not paired"):
        sync(running_both, token)


def test_the_list_comes_once_and_again_when_somebody_changes(running_both: RunningSite) -> None:
    _, token = paired(running_both)
    person = running_both.add_employee()
    first = sync(running_both, token)
    assert first.entries is not None
    assert (
        kiosk_link.Entry(id=person.id, number=person.number, name=person.full_name, active=True)
        in first.entries
    )
    assert sync(running_both, token, first.roster).entries is None
    desk.enrol(running_both.client, person, finger=11)
    changed = sync(running_both, token, first.roster)
    assert changed.entries is not None
    assert next(entry for entry in changed.entries if entry.id == person.id).fingers.keys() == {2}


def test_S13_S29_a_number_brings_status_and_references(running_both: RunningSite) -> None:
    _, token = paired(running_both)
    person = running_both.add_employee()
    desk.enrol(running_both.client, person, finger=12)
    found = as_kiosk(running_both, token, kiosk_link.check, kiosk_link.Check(number=person.number))
    assert found.entry is not None and found.reference is not None
    assert (found.entry.id, len(found.reference.fingers[2])) == (person.id, 3)
    assert as_kiosk(
        running_both, token, kiosk_link.check, kiosk_link.Check(number="no such number")
    ) == kiosk_link.Checked(entry=None, reference=None)
    inactive = employees.SaveEmployee(
        id=person.id,
        number=person.number,
        first_name=person.first_name,
        last_name=person.last_name,
        email=person.email,
        department="Test",
        active=False,
    )
    running_both.client.call(employees.save_employee, inactive)
    gone = as_kiosk(running_both, token, kiosk_link.check, kiosk_link.Check(employee_id=person.id))
    assert gone.entry is not None and not gone.entry.active
    assert gone.reference is None, "A4: nothing of somebody inactive leaves the store"


def test_T4_a_face_goes_to_kiosks_after_the_approval_only(running: RunningSite) -> None:
    _, token = paired(running)
    person = running.add_employee()
    before = as_kiosk(running, token, kiosk_link.check, kiosk_link.Check(number=person.number))
    assert before.reference is not None
    assert before.reference.face == b""
    enrol_face(running, person)
    (reference,) = as_kiosk(
        running, token, kiosk_link.references, kiosk_link.References(employee_ids=[person.id])
    ).references
    assert reference.photos == 3
    model = sync(running, token).face_model
    vector = np.frombuffer(reference.face, np.float32)
    assert (vector.shape, len(model.rotation)) == ((model.dimension,), 32)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-4)


def test_settings_are_its_own_or_its_groups_and_who_changed_them_is_known(
    running_both: RunningSite,
) -> None:
    kiosk_id, token = paired(running_both, group="Docks")
    strict = KioskSettings(match_policy=MatchPolicy.ALWAYS, number_attempts=2)
    running_both.client.call(kiosks.change_group, kiosks.ChangeGroup(name="Docks", settings=strict))
    assert sync(running_both, token).settings == strict
    own = KioskSettings(require_number=True, tolerance="High")
    shown = running_both.client.call(
        kiosks.change_kiosk,
        kiosks.ChangeKiosk(id=kiosk_id, name="Dock 4", location="", group="Docks", settings=own),
    )
    assert (shown.own, sync(running_both, token).settings) == (True, own)
    assert shown.changed.startswith("h.farid, ")
    running_both.client.call(
        kiosks.change_kiosk,
        kiosks.ChangeKiosk(id=kiosk_id, name="Dock 4", location="", group="Docks", settings=None),
    )
    assert sync(running_both, token).settings == strict


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        (KioskSettings(number_attempts=0), "number_attempts"),
        (KioskSettings(languages=["de"]), "languages"),
        (KioskSettings(tolerance="", face_fmr=0.5), "face_fmr"),
        (KioskSettings(session_timeout_s=1), "session_timeout_s"),
    ],
)
def test_settings_out_of_bounds_are_refused_with_the_field(
    running: RunningSite, settings: KioskSettings, field: str
) -> None:
    kiosk_id, _ = paired(running)
    with pytest.raises(ServiceError) as refused:
        running.client.call(
            kiosks.change_kiosk,
            kiosks.ChangeKiosk(id=kiosk_id, name="Gate", location="", group="", settings=settings),
        )
    assert refused.value.error.field == field


def test_a_kiosk_takes_over_from_another_with_its_settings(running: RunningSite) -> None:
    old_id, old_token = paired(running, "Old gate")
    own = KioskSettings(face_attempts=5)
    running.client.call(
        kiosks.change_kiosk,
        kiosks.ChangeKiosk(id=old_id, name="Old gate", location="Hall B", group="", settings=own),
    )
    code = running.client.call(kiosks.add_kiosk, kiosks.AddKiosk(name="", replaces=old_id))
    assert (
        row(running, code.id).name,
        row(running, code.id).location,
        row(running, code.id).settings,
    ) == ("Old gate", "Hall B", own)
    with pytest.raises(ServiceError, match="not paired"):
        sync(running, old_token)


def test_only_administrators_change_kiosks(running: RunningSite) -> None:
    add_operator(running, "tina", Role.TECHNICIAN, can_enrol=True)
    with signed_in(running.demo, "tina") as client:
        with pytest.raises(ServiceError, match="does not permit"):
            client.call(kiosks.add_kiosk, kiosks.AddKiosk(name="Mine"))


def test_logins_are_kept_once_and_say_why(running_both: RunningSite) -> None:
    _, token = paired(running_both, "Dock kiosk")
    person = running_both.add_employee()
    batch = [
        attempt(person.number, f"a{n}", at=datetime.now(UTC) - timedelta(minutes=5 - n))
        for n in range(3)
    ]
    for _ in range(2):
        assert as_kiosk(
            running_both, token, kiosk_link.upload, kiosk_link.Upload(logins=batch)
        ).ids == ["a0", "a1", "a2"]
    page = running_both.client.call(logins.list_logins, logins.ListLogins(search=person.number))
    assert [(one.terminal, one.method, one.outcome, one.reason) for one in page.rows] == [
        ("Dock kiosk", "Number + finger", "refused", "Finger did not match")
    ] * 3
    why = running_both.client.call(logins.why, logins.AskWhy(id=page.rows[0].id))
    assert why.title == "Why was Nur refused?"
    assert "matched none of the fingers" in why.summary
    assert [(step.ok, step.title) for step in why.steps] == [
        (False, "Before the number, try 1 · finger"),
        (True, f"Number {person.number} entered"),
        (False, "Try 1 · right index finger"),
        (False, "Session reset"),
    ]
    assert "best 1 in 60 by chance · needs 1 in 10,000 by chance" in why.steps[2].detail
    assert why.helps.startswith("The finger failed 3 of 3 times in 30 days.")


def test_EN7_a_login_under_an_unknown_number_is_no_refusal(running: RunningSite) -> None:
    _, token = paired(running)
    person = running.add_employee()
    since = datetime.now(UTC) - timedelta(hours=1)

    def counted() -> list[int]:
        within = logins.LoginFilter(since=since, until=since + timedelta(hours=2))
        request = logins.CountLogins(by=CountBy.PLACE, start=since, filter=within, repeat_s=0)
        names = ("accepted", "unknown", "refused")
        counts = running.client.call(logins.count_logins, request).counts
        return [sum(getattr(one, name) for one in counts) for name in names]

    before = counted()
    let_in = {"outcome": "accepted", "reason": "", "stamp": "unverified", "method": "number"}
    batch = [
        attempt(person.number, "e1", **let_in),
        attempt("888888", "e2", **let_in),
        attempt("888888", "e3"),
        attempt(person.number, "e4", outcome="abandoned", reason="left"),
    ]
    as_kiosk(running, token, kiosk_link.upload, kiosk_link.Upload(logins=batch))
    assert [now - then for now, then in zip(counted(), before, strict=True)] == [1, 1, 2]


def test_who_came_in_unverified_is_looked_up_again(running: RunningSite) -> None:
    _, token = paired(running)
    person = running.add_employee()
    unverified = {"outcome": "accepted", "reason": "", "stamp": "unverified", "method": "number"}
    batch = [attempt(person.number, "u1", **unverified), attempt("777777", "u2", **unverified)]
    as_kiosk(running, token, kiosk_link.upload, kiosk_link.Upload(logins=batch))
    rows = {
        number: running.client.call(logins.list_logins, logins.ListLogins(search=number)).rows[0]
        for number in (person.number, "777777")
    }
    assert rows[person.number].remark == "By number alone; the number is right."
    assert rows["777777"].remark == "Not verified: nobody has this number."
    assert rows["777777"].employee == ""


def test_a_kiosk_that_was_tampered_with_fills_nothing(running: RunningSite) -> None:
    _, token = paired(running)
    path = [
        PathStep(what="x" * 500, ok=False, facts={f"fact{n}": "y" * 2000 for n in range(30)})
    ] * 100
    wild = attempt(
        "314159",
        "w1",
        path=path,
        method="m" * 500,
        at=datetime(1971, 1, 1, tzinfo=UTC),
        employee_id="nobody",
    )
    as_kiosk(running, token, kiosk_link.upload, kiosk_link.Upload(logins=[wild]))
    (found,) = running.client.call(logins.list_logins, logins.ListLogins(search="314159")).rows
    assert found.method.startswith("M")
    assert len(found.method) <= 24
    why = running.client.call(logins.why, logins.AskWhy(id=found.id))
    assert len(why.steps) <= 64
    with pytest.raises(ServiceError, match="At most 200"):
        as_kiosk(
            running,
            token,
            kiosk_link.upload,
            kiosk_link.Upload(logins=[attempt("1", f"b{n}") for n in range(201)]),
        )
