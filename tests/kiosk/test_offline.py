"""The kiosk while the service is away, is killed, or comes back. A4, A6, S14, S43.

Nothing is lost, nothing comes twice, the order stays, and nothing on the disk can be read.
"""

import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest

from console.api import employees, kiosk_link, kiosks, logins
from console.api.address import ServiceAddress
from console.api.client import Client
from console.api.kiosk_link import Entry, FaceModel, KioskLogin, Reference
from console.biometrics.faces.recognition.fmr_tables import FMR_BY_COSINE
from console.biometrics.faces.recognition.template_protection import new_seed
from console.biometrics.faces.recognition.vectors import DIMENSION, MODEL_ID, unit
from console.domain.kiosks import KioskSettings
from console.domain.login_policy import MatchPolicy, Method
from console.domain.login_session import LoginScreen
from console.domain.validity import Standing
from console.kiosk.cache.disk import (
    FILE,
    CachedFinger,
    CachedPerson,
    CacheLocked,
    KioskCache,
    open_cache,
)
from console.kiosk.cache.people import FingerChange, People
from console.kiosk.flow.conductor import utc_now
from console.kiosk.flow.service_connection import ServiceConnection
from tests.conftest import PASSWORD, RunningSite, start_site
from tests.kiosk.conftest import Make, screen, type_number
from tests.kiosk.killed_kiosk import LOGINS

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
SETTINGS = KioskSettings(tolerance="High")
NOWHERE = ServiceAddress(url="https://127.0.0.1:9")
"""Nobody listens there."""


def login(number: int, at: datetime = NOW) -> KioskLogin:
    return KioskLogin(
        id=f"l{number}",
        at=at,
        local_time="",
        outcome="accepted",
        method="number",
        reason="",
        stamp="",
        employee_id="",
        number="1001",
        as_of=None,
        path=[],
    )


def model(seed: bytes = b"") -> FaceModel:
    return FaceModel(
        id=MODEL_ID,
        dimension=DIMENSION,
        rotation=seed or new_seed(),
        tables={photos: list(table) for photos, table in FMR_BY_COSINE[MODEL_ID].items()},
    )


def vector(number: int) -> np.ndarray:
    return unit(np.random.default_rng(number).normal(size=DIMENSION).astype(np.float32))


def known(
    cache: KioskCache, count: int = 3, told: list[FingerChange] | None = None
) -> tuple[People, FaceModel]:
    """People with faces, from a list and references as the service gives them."""
    people, one = People(cache, (told if told is not None else []).append), model()
    entries = [
        Entry(
            id=f"e{n}",
            number=str(1000 + n),
            name=f"Person {n}",
            active=True,
            face=f"v{n}",
            fingers={2: f"f{n}"},
        )
        for n in range(count)
    ]
    wanted = people.apply_roster("d1", entries, NOW, one, SETTINGS)
    people.add_references(
        [
            Reference(
                employee_id=who,
                face=vector(int(who[1:])).tobytes(),
                photos=3,
                fingers={2: [b"template"]},
            )
            for who in wanted
        ],
        SETTINGS,
    )
    return people, one


# what lies on the disk


def test_nothing_of_a_person_can_be_read_on_the_disk(tmp_path: Path) -> None:
    cache = open_cache(tmp_path, key_file=True)
    known(cache)
    cache.put_people(
        [
            CachedPerson(
                id="e9",
                face=vector(9).tobytes(),
                face_version="v",
                photos=3,
                fingers={2: CachedFinger(version="f", templates=[b"a very special template"])},
            )
        ]
    )
    cache.add_login(msgspec.structs.replace(login(1), number="4711-secret"))
    cache.close()
    raw = b"".join(path.read_bytes() for path in tmp_path.glob(f"{FILE}*"))
    for secret in (
        b"Person 1",
        b"1001",
        b"a very special template",
        b"4711-secret",
        vector(9).tobytes()[:16],
        vector(1).tobytes()[:16],
    ):
        assert secret not in raw


def test_with_another_key_nothing_opens_and_nothing_is_destroyed(tmp_path: Path) -> None:
    open_cache(tmp_path, key_file=True).close()
    before = (tmp_path / FILE).read_bytes()
    with pytest.raises(CacheLocked, match="another key"):
        KioskCache(tmp_path / FILE, b"x" * 32)
    (tmp_path / "kiosk.key").unlink()
    with pytest.raises(CacheLocked, match="is missing"):
        open_cache(tmp_path, key_file=True)
    assert (tmp_path / FILE).read_bytes() == before


def test_a_row_that_was_tampered_with_is_dropped(tmp_path: Path) -> None:
    cache = open_cache(tmp_path, key_file=True)
    known(cache)
    with closing(sqlite3.connect(tmp_path / FILE)) as db, db:
        sealed = db.execute("SELECT sealed FROM person WHERE id = 'e1'").fetchone()[0]
        db.execute("UPDATE person SET sealed = ? WHERE id = 'e2'", (sealed,))
    assert {person.id for person in cache.people()} == {"e0", "e1"}, (
        "a row of one person is nothing under another's name"
    )


# caching rules


def test_A6_faces_are_cached_at_the_enrolment_and_fingers_after_their_first_match(
    tmp_path: Path,
) -> None:
    told: list[FingerChange] = []
    people, _ = known(open_cache(tmp_path, key_file=True), told=told)
    assert (len(people), told) == (3, [])
    people.add_match(
        Reference(
            employee_id="e1",
            face=vector(1).tobytes(),
            photos=3,
            fingers={2: [b"one"], 3: [b"other"]},
        ),
        face=False,
        finger=2,
        settings=SETTINGS,
    )
    assert told == [FingerChange("e1:2", [b"one"])], "of that finger only"
    assert people.reference("e1").fingers == {2: [b"one"]}


def test_EN1_a_face_whose_consent_is_withdrawn_is_forgotten_and_never_kept_again(
    tmp_path: Path,
) -> None:
    people, one = known(open_cache(tmp_path, key_file=True))
    fetched = Reference(employee_id="e1", face=vector(1).tobytes(), photos=3, fingers={})
    now = [Entry(id="e1", number="1001", name="Person 1", active=True)]
    assert people.apply_roster("d2", now, NOW, one, SETTINGS) == []
    people.add_match(fetched, face=True, finger=0, settings=SETTINGS)
    people.add_references([fetched], SETTINGS)
    assert len(people) == 0
    assert people.reference("e1").face == b""
    assert people.person(NOW, "1001") is not None


def test_A4_whoever_leaves_or_is_not_active_is_forgotten_and_what_changed_is_fetched_again(
    tmp_path: Path,
) -> None:
    told: list[FingerChange] = []
    people, one = known(open_cache(tmp_path, key_file=True), told=told)
    people.add_match(
        Reference(employee_id="e0", face=b"", photos=0, fingers={2: [b"one"]}),
        face=False,
        finger=2,
        settings=SETTINGS,
    )
    now = [
        Entry(id="e1", number="1001", name="Person 1", active=False, face="v1"),
        Entry(id="e2", number="1002", name="Person 2", active=True, face="newer"),
    ]
    assert people.apply_roster("d2", now, NOW, one, SETTINGS) == ["e2"]
    assert len(people) == 0
    assert told[-1] == FingerChange("e0:2", [])
    assert people.person(utc_now(), "1000") is None


def test_a_kiosk_knows_by_itself_when_somebody_is_valid_no_longer_or_not_yet(
    tmp_path: Path,
) -> None:
    """Also while the service cannot be reached at midnight."""
    people, one = known(open_cache(tmp_path, key_file=True))
    ends, begins = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    entries = [
        Entry(id="e1", number="1001", name="Goes", active=True, face="v1", ends=ends),
        Entry(id="e2", number="1002", name="Comes", active=True, face="v2", begins=begins),
    ]
    assert people.apply_roster("d2", entries, NOW, one, SETTINGS) == []
    found = [
        [people.person(at, number) for number in ("1001", "1002")] for at in (NOW, ends, begins)
    ]
    assert [[one.standing for one in pair if one] for pair in found] == [
        [Standing.IN_FORCE, Standing.NOT_YET],
        [Standing.NO_LONGER, Standing.NOT_YET],
        [Standing.NO_LONGER, Standing.IN_FORCE],
    ]
    assert people.apply_roster("d2", None, begins, one, SETTINGS) == ["e2"], "now it is fetched"
    assert len(people) == 0, "the other is forgotten"


def test_renewed_templates_and_other_models_compare_with_nothing_old(tmp_path: Path) -> None:
    people, _ = known(open_cache(tmp_path, key_file=True))
    assert people.faces.identify(vector(1), SETTINGS)[0] == "e1"
    assert people.apply_roster("d1", None, NOW, model(), SETTINGS) == ["e0", "e1", "e2"]
    assert people.faces.identify(vector(1), SETTINGS)[0] == ""


def test_a_kiosk_starts_with_what_it_knew(tmp_path: Path) -> None:
    cache = open_cache(tmp_path, key_file=True)
    known(cache)
    cache.close()
    again = People(open_cache(tmp_path, key_file=True))
    found, evidence = again.faces.identify(vector(2), SETTINGS)
    person = again.person(utc_now(), person_id=found)
    assert person is not None and person.name == "Person 2"
    assert evidence.fmr is not None and evidence.fmr <= 1e-4
    assert again.roster is not None and again.roster.as_of == NOW


def test_the_cache_holds_no_more_people_than_it_may(tmp_path: Path) -> None:
    people, one = known(open_cache(tmp_path, key_file=True), count=0)
    few = replace(SETTINGS, max_cached=2)
    entries = [
        Entry(id=f"e{n}", number=str(n), name="", active=True, face=f"v{n}", fingers={2: "f"})
        for n in range(5)
    ]
    assert len(people.apply_roster("d", entries, NOW, one, few)) == 2
    for number in range(5):
        people.add_match(
            Reference(employee_id=f"e{number}", face=b"", photos=0, fingers={2: [b"t"]}),
            face=False,
            finger=2,
            settings=few,
        )
    assert sorted(people.cached_ids()) == ["e3", "e4"], "the latest stay"


def test_EN6_among_more_than_a_hundred_faces_a_search_is_stricter_and_says_its_chance(
    tmp_path: Path,
) -> None:
    people, _ = known(open_cache(tmp_path, key_file=True), count=400)
    settings = KioskSettings(tolerance="Medium-High")
    assert people.may_identify(settings)
    found, evidence = people.faces.identify(vector(7), settings)
    assert found == "e7"
    assert evidence.threshold == pytest.approx(0.01), "for all people and all tries together"
    assert evidence.fmr == pytest.approx(400 * 3 * 1e-6, rel=0.01)
    other = unit(vector(401) - (vector(401) @ vector(7)) * vector(7))
    alike = unit(0.645 * vector(7) + (1 - 0.645**2) ** 0.5 * other)
    assert people.faces.identify(alike, settings)[0] == "", "not enough among so many"
    own = Reference(employee_id="e7", face=vector(7).tobytes(), photos=3)
    assert people.faces.verify(alike, own, settings)[0], "with the number it is enough"


# time


def test_a_clock_that_is_set_back_is_told_and_the_order_stays(tmp_path: Path) -> None:
    cache = open_cache(tmp_path, key_file=True)
    kept = [
        cache.add_login(login(0, NOW)),
        cache.add_login(login(1, NOW - timedelta(hours=3))),
        cache.add_login(login(2, NOW + timedelta(seconds=1))),
    ]
    assert [one.clock_back for one in kept] == [False, True, False]
    assert [one.at for one in kept] == sorted(one.at for one in kept)
    assert [one.id for one in cache.waiting_logins(10)] == ["l0", "l1", "l2"]


# the service killed, away, back


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory):
    """A site for these tests alone."""
    yield from start_site(tmp_path_factory.mktemp("site"))


@pytest.fixture
def mortal(tmp_path_factory: pytest.TempPathFactory):
    """A site whose service may be killed; afterwards it has another address."""
    yield from start_site(tmp_path_factory.mktemp("mortal"))


def paired(site: RunningSite, folder: Path) -> str:
    code = site.client.call(kiosks.add_kiosk, kiosks.AddKiosk(name=f"Kiosk {folder.name}"))
    cache = open_cache(folder, key_file=True)
    ServiceConnection(lambda: site.demo.running.address, cache, People(cache)).pair(code.code)
    cache.close()
    return code.id


def test_a_kiosk_that_is_killed_loses_and_doubles_nothing(own: RunningSite, tmp_path: Path) -> None:
    paired(own, tmp_path)
    data = str(own.demo.data_dir)
    for point in ("before_upload", "after_upload", "nowhere"):
        command = [sys.executable, "-m", "tests.kiosk.killed_kiosk", str(tmp_path), data, point]
        ended = subprocess.run(command, timeout=60, check=False)
        assert ended.returncode == (0 if point == "nowhere" else -9)
    found = own.client.call(
        logins.list_logins, logins.ListLogins(search=f"Kiosk {tmp_path.name}")
    ).rows
    assert len(found) == 2 * LOGINS


def test_a_login_that_the_service_refuses_to_take_does_not_stop_the_others(
    own: RunningSite, tmp_path: Path
) -> None:
    """A kiosk whose pairing was taken away keeps its logins until it is paired again."""
    paired(own, tmp_path)
    cache = open_cache(tmp_path, key_file=True)
    connection = ServiceConnection(lambda: own.demo.running.address, cache, People(cache))
    cache.add_login(login(1, datetime.now(UTC)))
    connection.forget_pairing("removed")
    assert cache.count_waiting() == 1
    code = own.client.call(kiosks.add_kiosk, kiosks.AddKiosk(name="Again"))
    connection.pair(code.code)
    with Client.at(own.demo.running.address) as client:
        client.use_token(connection.token)
        assert connection.hand_in(client) == 1
        assert client.call(kiosk_link.check, kiosk_link.Check(number="no such")).entry is None


def test_S14_S43_where_a_match_is_always_required_nobody_logs_in_without_the_service(
    own: RunningSite, make_on: Make, until
) -> None:
    person = own.add_employee()
    kiosk = make_on(
        own, KioskSettings(default_method=Method.NUMBER, match_policy=MatchPolicy.ALWAYS)
    )
    kiosk.connection.locate = lambda: NOWHERE
    until(lambda: not kiosk.connection.up)
    type_number(kiosk, person.number)
    until(lambda: kiosk.window.centre.shown is kiosk.window.stop)
    words = (
        "The employee database cannot be reached. Login is not possible on this device right now."
    )
    assert kiosk.window.stop.words.text() == words
    kiosk.window.stop.back.click()
    until(lambda: screen(kiosk) is LoginScreen.KEYPAD)


def test_S14_S43_an_hour_without_the_service_and_a_kill_in_the_middle_of_a_login(
    mortal: RunningSite, make_on: Make, until
) -> None:
    people = [mortal.add_employee() for _ in range(4)]
    inactive = mortal.add_employee()
    mortal.client.call(
        employees.save_employee,
        employees.SaveEmployee(
            id=inactive.id,
            number=inactive.number,
            first_name=inactive.first_name,
            last_name=inactive.last_name,
            email=inactive.email,
            department="Test",
            active=False,
        ),
    )
    kiosk = make_on(
        mortal, KioskSettings(default_method=Method.NUMBER, match_policy=MatchPolicy.WHEN_AVAILABLE)
    )
    now = [datetime.now(UTC)]
    kiosk.conductor.clock = lambda: now[0]
    type_number(kiosk, people[0].number)
    mortal.demo.kill_service()
    until(lambda: screen(kiosk) is LoginScreen.HOME)
    for minute in range(60):
        kiosk.window.home.done.click()
        now[0] += timedelta(minutes=1) if minute != 30 else timedelta(hours=-2)
        type_number(kiosk, people[minute % 4].number)
        until(lambda: screen(kiosk) is LoginScreen.HOME)
        assert "employee database cannot be reached" in kiosk.window.home.stamp.text()
    kiosk.window.home.done.click()
    type_number(kiosk, inactive.number)
    until(lambda: kiosk.window.keypad.error.text() == "Employee is not active")
    type_number(kiosk, "987654")
    until(lambda: screen(kiosk) is LoginScreen.HOME)
    mortal.demo.start_service()
    with mortal.demo.client() as client:
        client.sign_in("h.farid", PASSWORD)

        def rows() -> list[logins.LoginRow]:
            found = client.call(
                logins.list_logins, logins.ListLogins(search=kiosk.connection.name, limit=200)
            ).rows
            return [one for one in found if one.terminal == kiosk.connection.name]

        until(lambda: kiosk.cache.count_waiting() == 0)
        found = rows()[::-1]
    assert len(found) == 62
    assert [one.at for one in found] == sorted(one.at for one in found)
    assert [one.number for one in found[1:61]] == [
        people[minute % 4].number for minute in range(60)
    ]
    assert {one.stamp for one in found[1:61]} == {"number_only"}
    assert any(one.remark == "By number alone; the number is right." for one in found)
    assert (found[-1].stamp, found[-1].remark) == (
        "unverified",
        "Not verified: nobody has this number.",
    )
