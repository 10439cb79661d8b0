"""P19: the check list of a new site leads from step to step. On a site with nothing set."""

from collections.abc import Iterator

import pytest

from console.api import first_steps as api
from console.api import site
from console.api.client import Client
from console.api.operation import Nothing
from console.demo.people import OPERATOR, OPERATOR_NAME, SITE
from console.desktop.dialogs.first_steps_dialog import FirstStepsDialog
from console.desktop.dialogs.recovery_key_dialog import RecoveryKeyDialog
from console.desktop.dialogs.terminal_forms import DiscoverDialog
from console.desktop.pages.employees import EmployeesPage
from console.desktop.pages.settings import SettingsPage
from console.desktop.pages.terminals import TerminalsPage
from console.desktop.shell import Shell
from console.domain.first_steps import FirstStep, StepState
from console.domain.operators import Role
from console.qt.client import ConnectionState, ServiceClient
from tests.conftest import PASSWORD, RunningSite
from tests.qt.conftest import open_page
from tests.support.forked_site import ForkedSite
from tests.support.operators import add_operator


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """A site that was just set up."""
    with ForkedSite(tmp_path_factory.mktemp("bare")) as demo, demo.client() as client:
        client.set_up(OPERATOR, OPERATOR_NAME, PASSWORD, SITE)
        yield RunningSite(demo, client)


@pytest.fixture
def window(bare: RunningSite, themed, qtbot) -> Iterator[Shell]:
    """The console's window, where nobody is signed in; afterwards, no step is skipped."""
    client = ServiceClient(bare.demo.locate)
    shell = Shell(client)
    qtbot.addWidget(shell)
    shell.resize(1366, 768)
    shell.show()
    client.connect_service()
    qtbot.waitUntil(lambda: client.state is ConnectionState.SIGNED_OUT)
    yield shell
    shell.close()
    take_up(bare.client)


def take_up(client: Client) -> None:
    client.call(api.skip_steps, api.SkipSteps(steps=list(FirstStep), skip=False))


def sign_in(shell: Shell, username: str, qtbot) -> None:
    shell.sign_in.username.edit.setText(username)
    shell.sign_in.password.edit.setText(PASSWORD)
    shell.sign_in.go.click()
    qtbot.waitUntil(lambda: shell.client.state is ConnectionState.READY)


def check_list(shell: Shell, qtbot) -> FirstStepsDialog:
    qtbot.waitUntil(lambda: shell.findChild(FirstStepsDialog) is not None)
    dialog = shell.findChild(FirstStepsDialog)
    qtbot.waitUntil(dialog.put_away.isEnabled)
    return dialog


def skipped(site_: RunningSite) -> set[FirstStep]:
    states = site_.client.call(api.get_steps, Nothing()).states
    return {step for step, state in states.items() if state is StepState.SKIPPED}


def test_P19_the_check_list_opens_by_itself_and_offers_the_next_step_first(
    window: Shell, qtbot
) -> None:
    sign_in(window, OPERATOR, qtbot)
    dialog = check_list(window, qtbot)
    assert dialog.lines[FirstStep.SITE].start.isHidden(), "done"
    assert window.first_steps.text.whole == "First steps: 1 of 9 done. Next: Recovery key"
    for step, line in dialog.lines.items():
        assert line.start.accessibleName().startswith("Start: "), step
        assert (line.start.objectName() == "primary") is (step is FirstStep.RECOVERY_KEY)
    dialog.lines[FirstStep.RECOVERY_KEY].start.click()
    qtbot.waitUntil(lambda: window.findChild(RecoveryKeyDialog) is not None)


def test_P19_a_step_is_skipped_and_taken_up_again(window: Shell, bare: RunningSite, qtbot) -> None:
    sign_in(window, OPERATOR, qtbot)
    dialog = check_list(window, qtbot)
    line = dialog.lines[FirstStep.RECOVERY_KEY]
    line.skip.click()
    qtbot.waitUntil(lambda: line.state.text() == "Skipped")
    assert skipped(bare) == {FirstStep.RECOVERY_KEY}
    assert dialog.lines[FirstStep.EMAIL].start.objectName() == "primary"
    qtbot.waitUntil(lambda: "Next: Email" in window.first_steps.text.whole)
    assert not line.start.isHidden(), "it can be done without taking it up first"
    line.skip.click()
    qtbot.waitUntil(lambda: line.state.text() == "To do")
    assert skipped(bare) == set()


def test_P19_what_was_put_away_stays_away_until_settings_bring_it_back(
    window: Shell, bare: RunningSite, qtbot
) -> None:
    sign_in(window, OPERATOR, qtbot)
    check_list(window, qtbot).put_away.click()
    qtbot.waitUntil(window.first_steps.isHidden)
    assert skipped(bare) == set(FirstStep) - {FirstStep.SITE}
    window._sign_out()
    sign_in(window, OPERATOR, qtbot)
    qtbot.waitUntil(lambda: bool(window.first_steps._states))
    assert window.first_steps.isHidden()
    assert window.findChild(FirstStepsDialog) is None, "it opens by itself on untouched sites only"
    open_page(window, SettingsPage).show_first_steps()
    qtbot.waitUntil(window.first_steps.isVisible)


def test_P19_a_step_leads_on_to_the_next_unless_the_operator_went_elsewhere(
    window: Shell, bare: RunningSite, qtbot
) -> None:
    sign_in(window, OPERATOR, qtbot)
    check_list(window, qtbot).reject()
    steps = window.first_steps
    steps.begin(FirstStep.EMAIL)
    page = window.page
    assert isinstance(page, SettingsPage)
    request = api.SkipSteps(steps=[FirstStep.RECOVERY_KEY], skip=True)
    bare.client.call(api.skip_steps, request)
    settings = bare.demo.email_settings(SITE)
    try:
        bare.client.call(site.save_settings, settings)
        assert bare.client.call(site.test_email, site.TestEmail(to="mei@example.com")).ok
        qtbot.waitUntil(lambda: "Next: Portal address" in steps.text.whole)
        qtbot.waitUntil(lambda: steps._doing is FirstStep.PORTAL)
        window.open_page(EmployeesPage)
        steps._next.start()
        qtbot.waitUntil(lambda: steps._doing is None)
        assert isinstance(window.page, EmployeesPage), "nobody is torn from another page"
    finally:
        bare.client.call(site.save_settings, clear_email(settings))


def clear_email(settings: site.SiteSettings) -> site.SiteSettings:
    none = site.EmailSettings(
        host="", port=587, security="starttls", username="", password="", sender=""
    )
    return site.SiteSettings(
        site=settings.site,
        portal_url="",
        email=none,
        screening_profile=settings.screening_profile,
        second_check=True,
    )


def test_P19_without_a_terminal_that_waits_one_is_looked_for(window: Shell, qtbot) -> None:
    sign_in(window, OPERATOR, qtbot)
    check_list(window, qtbot).lines[FirstStep.TERMINAL].start.click()
    qtbot.waitUntil(lambda: window.findChild(DiscoverDialog) is not None)
    assert isinstance(window.page, TerminalsPage)


def test_P19_only_administrators_are_led(window: Shell, bare: RunningSite, qtbot) -> None:
    add_operator(bare, "tess", Role.TECHNICIAN)
    sign_in(window, "tess", qtbot)
    qtbot.waitUntil(lambda: isinstance(window.page, TerminalsPage))
    window.first_steps._ask()
    window._ask_overview()
    qtbot.waitUntil(lambda: window.windowTitle() == f"Muster · {SITE}")
    assert window.first_steps.isHidden()
    assert window.findChild(FirstStepsDialog) is None
