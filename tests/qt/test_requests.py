"""Requests of a view: late answers, overtaken answers, and acts that always tell how they ended."""

import pytest
from PyQt6.QtCore import QObject

from console.api import site
from console.api.operation import ApiError, Nothing
from console.qt.requests import ViewRequests
from tests.support.delayed_client import DelayedClient

ERROR = ApiError(code="invalid", message="No.")


@pytest.fixture
def client(themed) -> DelayedClient:
    return DelayedClient()


@pytest.fixture
def errors() -> list[ApiError]:
    return []


@pytest.fixture
def requests(client: DelayedClient, errors: list[ApiError]) -> ViewRequests:
    made = ViewRequests(client, QObject(client), errors.append)
    made.show("A")
    return made


def test_a_read_is_dropped_once_something_else_is_shown(
    requests: ViewRequests, client: DelayedClient, errors: list[ApiError]
) -> None:
    shown: list[object] = []
    requests.read(site.overview, Nothing(), shown.append)
    requests.read(site.overview, Nothing(), shown.append, kind="other")
    requests.show("B")
    client.pending[0].answer("A's")
    client.pending[1].refuse(ERROR)
    assert not shown and not errors


def test_showing_the_same_thing_again_drops_nothing(
    requests: ViewRequests, client: DelayedClient
) -> None:
    shown: list[object] = []
    requests.read(site.overview, Nothing(), shown.append)
    assert not requests.show("A")
    client.pending[0].answer("A's")
    assert shown == ["A's"]


def test_an_answer_that_was_overtaken_by_a_later_one_is_dropped(
    requests: ViewRequests, client: DelayedClient
) -> None:
    shown: list[object] = []
    for _ in range(3):
        requests.read(site.overview, Nothing(), shown.append)
    first, second, third = client.pending
    first.answer(1)
    third.answer(3)
    second.answer(2)
    assert shown == [1, 3], "old answers are shown until a later one has come, never after it"


def test_questions_of_different_kinds_do_not_replace_each_other(
    requests: ViewRequests, client: DelayedClient
) -> None:
    shown: list[object] = []
    for kind in ("left", "right"):
        requests.read(site.overview, Nothing(), shown.append, kind=kind)
    for pending in reversed(client.pending):
        pending.answer(pending)
    assert len(shown) == 2


def test_an_act_tells_how_it_ended_but_shows_it_only_beside_its_thing(
    requests: ViewRequests, client: DelayedClient, errors: list[ApiError]
) -> None:
    shown: list[object] = []
    late: list[object] = []
    at_field: list[ApiError] = []
    for _ in range(2):
        requests.change(site.overview, Nothing(), shown.append, at_field.append, late=late.append)
    first, second = client.pending
    requests.show("B")
    first.answer("saved")
    second.refuse(ERROR)
    assert (shown, late, at_field, errors) == ([], ["saved"], [], [ERROR])
