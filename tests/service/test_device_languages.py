"""What is said of terminals and kiosks is said in the language of whoever asks. T21, N13."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from console.api import kiosks, tasks, terminals
from console.api.operation import ById, Nothing, ServiceError
from console.domain.language import CHINESE, MALAY
from tests.conftest import RunningSite
from tests.service.test_dialled import Dialled, finish
from tests.store.made import add_terminal

HAN = re.compile(r"[㐀-鿿]")
PROBLEM = (
    "The terminal refused to keep a person (code 4993). "
    "Wait until the other work on this terminal has ended."
)


@contextmanager
def in_language(site: RunningSite, tag: str) -> Iterator[None]:
    """Inside, the client asks in this language."""
    headers = site.client._http.headers  # scripts ask in English
    headers["Accept-Language"] = tag
    try:
        yield
    finally:
        del headers["Accept-Language"]


def refusal(ask: Callable[[], object]) -> str:
    with pytest.raises(ServiceError) as refused:
        ask()
    return refused.value.error.message


def test_T21_a_refusal_is_said_in_the_language_of_the_caller(running: RunningSite) -> None:
    def without_a_name() -> object:
        request = terminals.DialTerminal(name="", host="127.0.0.1")
        return running.client.call(terminals.dial_terminal, request)

    def nobody_there() -> object:
        request = terminals.DialTerminal(name="A", host="127.0.0.1", port=9)
        return running.client.call(terminals.dial_terminal, request)

    assert refusal(without_a_name) == "Give the terminal a name, for example “Main gate”."
    with in_language(running, MALAY):
        assert refusal(without_a_name) == "Beri nama kepada terminal, contohnya “Pintu utama”."
    with in_language(running, CHINESE):
        words = refusal(nobody_there)
    assert words.startswith("未能与 127.0.0.1:9 建立 TCP 连接"), words
    assert "请检查终端是否开机" in words, "the remedy is said, too"
    with in_language(running, CHINESE):
        unknown = refusal(lambda: running.client.call(kiosks.remove_kiosk, ById(id="k")))
    assert unknown == "该自助终端已不存在。"


def test_T21_what_is_kept_stays_english_and_is_said_when_it_is_answered(
    running: RunningSite,
) -> None:
    with closing(running.store()) as store, store.write() as tx:
        terminal = add_terminal(tx, "Gate")
        terminal.contact_problem = PROBLEM
        terminal_id = terminal.id

    def problem() -> str:
        found = running.client.call(terminals.get_terminal, ById(id=terminal_id))
        return found.terminal.problem

    assert problem() == PROBLEM
    with in_language(running, MALAY):
        assert problem().startswith("Terminal enggan menyimpan seseorang (kod 4993). Tunggu")
    with in_language(running, CHINESE):
        assert problem().startswith("终端拒绝保存人员（代码 4993）。")


def test_T21_a_task_is_told_in_the_language_of_whoever_looks_at_it(running: RunningSite) -> None:
    door = Dialled(running, people=2)
    done = door.run_action("doctor")
    started = running.client.call(
        tasks.on_unit, tasks.OnUnit(terminal_id=door.id, action="refresh")
    )
    assert finish(running.client, started).title == "Reading what it holds"
    with in_language(running, CHINESE):
        listed = running.client.call(tasks.list_tasks, Nothing())
        told = running.client.call(tasks.get_task, ById(id=done.id))
    assert {one.title for one in listed.rows} >= {"正在诊断连接", "正在读取其内容"}
    assert HAN.search(told.result.text), told.result.text
