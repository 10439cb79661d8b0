"""The page tells the site of a person who touches it, and of nobody who clicks at once. MA4, T7."""

from typing import Any

from tests.conftest import RunningSite


def test_MA4_only_whoever_touches_the_page_after_a_while_has_opened_the_link(
    running: RunningSite, phone: Any
) -> None:
    link = running.invite(running.add_employee())
    told: list[str] = []
    phone.on("request", lambda one: told.append(one.url) if one.url.endswith("/e/seen") else None)
    phone.clock.install()
    phone.goto(link)
    phone.get_by_role("heading", name="Before you start, Nur").wait_for()
    touch(phone)
    phone.clock.fast_forward(4_000)
    touch(phone)
    phone.clock.fast_forward(2_000)
    made_up = "document.body.dispatchEvent(new PointerEvent('pointerdown', {bubbles: true}))"
    phone.evaluate(made_up)
    assert told == []
    with phone.expect_response(lambda one: one.url.endswith("/e/seen")) as answer:
        touch(phone)
    assert answer.value.status == 200
    touch(phone)
    assert len(told) == 1


def touch(phone: Any) -> None:
    """A finger on a part of the page that does nothing."""
    phone.get_by_role("heading", name="Before you start, Nur").tap()
