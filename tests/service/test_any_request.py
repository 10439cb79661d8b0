"""Nothing that fits a declaration is answered with a defect: done, or a sentence. Issue of AC3."""

from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings

import console.service.app  # noqa: F401  # declares every operation
from console.api import invitations
from console.api.operation import OPERATIONS, SESSION_HEADER, ApiError, Nothing, Principal
from console.api.site import overview
from console.demo.site import PATIENCE_S
from tests.conftest import Databases, RunningSite, start_site
from tests.service.gates import push_terminal, with_face
from tests.service.test_kiosks import paired
from tests.service.test_terminals import approve, dial
from tests.support.any_request import ROUGH_TEXTS, requests_of

EXAMPLES = 25
"""For each operation and database."""
ENDS_THE_SESSION = {
    "operators.sign_out",
    "operators.change_password",
    "operators.end_session",
    "operators.save",
    "operators.reset_password",
    "operators.reset_second_factor",
    "operators.require_second_factor",
}
"""One of these would shut out who asks; tests/service/test_operators.py has them all."""
OUTWARD = {
    "audit.set_checkpoint_folder",
    "backups.add_place",
    "site.save_settings",
    "site.test_email",
    "tasks.discover",
    "tasks.examine_address",
    "tasks.replace",
    "terminals.change",
    "terminals.dial",
}
"""They reach for another computer or folder: they are given none but this one."""
ASKED = set(OPERATIONS) - ENDS_THE_SESSION
LOOPBACK = ("", "127.0.0.1", "\x00", "127.0.0.1\x00")


NUL = "\0"
NUL_CALLS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("GET", "cdata", {"options": "all", "pushver": "2.4\0", "language": NUL, "DeviceType": NUL}),
    ("GET", "cdata", {"options": "all", "pushver": "3\0", "pushcommkey": NUL}),
    ("GET", "getrequest", {"INFO": "Ver\0,1,\0,3,127.0.0.1"}),
    ("POST", "cdata", {"table": "options"}),
    ("POST", "cdata", {"table": "ATTLOG", "Stamp": NUL}),
    ("POST", "cdata", {"table": "OPERLOG"}),
    ("POST", "cdata", {"table": NUL}),
    ("POST", "cdata", {"table": "rtlog"}),
    ("POST", "cdata", {"table": "tabledata", "tablename": "us\0er"}),
    ("POST", "cdata", {"table": "tabledata", "tablename": "user"}),
    ("POST", "registry", {}),
    ("POST", "devicecmd", {}),
    ("POST", "querydata", {"type": "tabledata", "cmdid": NUL, "tablename": "user"}),
    ("POST", "fdata", {"table": "ATTPHOTO", "Stamp": "1"}),
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, databases: Databases) -> Iterator[RunningSite]:
    """A site with somebody who has a face and belongs on a terminal."""
    for running in start_site(tmp_path_factory.mktemp("any"), databases):
        push_terminal(running, with_face(running, number="4711"))
        yield running


@pytest.fixture(scope="module")
def ids(site: RunningSite) -> list[str]:
    """Ids of whatever the lists show."""
    found: set[str] = set()
    for name in OPERATIONS:
        if name.endswith((".list", ".queue", ".overview", ".profiles", ".models")):
            answer = site.client._http.post(f"/api/{name}", content=b"{}")
            assert answer.status_code == httpx.codes.OK, name
            found.update(_ids_in(msgspec.json.decode(answer.content)))
    assert len(found) > 5
    return sorted(found)


def _ids_in(answer: Any) -> Iterator[str]:
    if isinstance(answer, dict):
        for name, value in answer.items():
            if name.endswith("id") and isinstance(value, str):
                yield value
            else:
                yield from _ids_in(value)
    elif isinstance(answer, list):
        for one in answer:
            yield from _ids_in(one)


@pytest.fixture(scope="module")
def token(site: RunningSite) -> str:
    return paired(site)[1]


def problem(answer: httpx.Response) -> str:
    """What is wrong with an answer, or "" if it is one or a refusal with a sentence."""
    if answer.status_code == httpx.codes.OK:
        return ""
    error = msgspec.json.decode(answer.content, type=ApiError)
    if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR and error.code and error.message:
        return ""
    return f"{answer.status_code} {error.message}"


@pytest.mark.parametrize("name", sorted(ASKED))
def test_a_request_that_fits_its_declaration_is_done_or_refused_with_a_sentence(
    site: RunningSite, ids: list[str], token: str, name: str
) -> None:
    texts = LOOPBACK if name in OUTWARD else ROUGH_TEXTS
    by_kiosk = OPERATIONS[name].principal is Principal.KIOSK
    headers = {SESSION_HEADER: token} if by_kiosk else {}

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(requests_of(OPERATIONS[name].request, ids, texts))
    def ask(body: bytes) -> None:
        answer = site.client._http.post(
            f"/api/{name}", content=body, headers=headers, timeout=PATIENCE_S
        )
        assert not problem(answer), body[:300]

    ask()


@pytest.mark.parametrize("serial", ["WAITS", "SERVED"])
def test_TE23_a_terminal_whose_words_hold_NUL_is_answered(site: RunningSite, serial: str) -> None:
    dial(site, "GET", "/iclock/cdata", SN=serial, options="all")
    if serial == "SERVED":
        approve(site, serial)
    rows = "~Dev\0iceName=\0,ID=1\0\tPIN=\0\t2026-01-01 08:00:00\t0\t15\0\t0\t0\n"
    for method, path, said in NUL_CALLS:
        body = rows if method == "POST" else ""
        answer = dial(site, method, f"/iclock/{path}", body, SN=serial, **said)
        assert answer.status_code != httpx.codes.INTERNAL_SERVER_ERROR, (path, said)


def test_and_the_session_lives_through_it_all(site: RunningSite) -> None:
    assert site.client.call(overview, Nothing()).site


def test_no_operation_was_left_out() -> None:
    left_out = set(OPERATIONS) - ASKED
    assert left_out == ENDS_THE_SESSION


ROUGH_CALLS: tuple[tuple[str, str, object], ...] = (
    ("POST", "session", {"token": "\0"}),
    ("POST", "session", {"token": "x" * 5000}),
    ("POST", "session", ["token"]),
    ("POST", "language", {"language": "\0"}),
    ("POST", "consent", {"agree": True, "digest": "\0"}),
    ("POST", "consent", {"agree": True, "digest": "x" * 5000}),
    ("POST", "check", {"answer": "\0"}),
    ("POST", "check", {"answer": "𝔘" * 700}),
    ("POST", "submit", {"best": 2**31}),
    ("POST", "submit", {"best": 2**64}),
    ("POST", "submit", {"best": -1}),
    ("GET", f"photos/{2**31}", None),
    ("GET", f"photos/{2**64}", None),
    ("DELETE", f"photos/{2**64}", None),
    ("PUT", f"photos/{2**31}", None),
    ("PUT", f"photos/{2**64}", None),
    ("PUT", "photos/1", None),
    ("GET", "photos/%00", None),
    ("GET", "%00", None),
)


def test_AC3_a_page_that_says_anything_at_all_is_answered(site: RunningSite) -> None:
    rules = site.client.call(invitations.get_rules, Nothing())
    allowed = msgspec.structs.replace(rules, by_link=True)  # another test may have said no
    site.client.call(invitations.save_rules, allowed)
    visit = site.visit(site.add_employee())
    visit.open()
    for method, path, said in ROUGH_CALLS:
        headers = {"X-Muster-Key": "255"}
        answer = visit.http.request(method, f"/e/{path}", json=said, headers=headers)
        assert answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR, (path, answer.text)
    for cookie in ("\\000", "x" * 5000, "%00"):
        visit.http.cookies.clear()
        headers = {"Cookie": f"muster={cookie}; __Host-muster={cookie}"}
        answer = visit.http.get("/e/state", headers=headers)
        assert answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR, cookie
