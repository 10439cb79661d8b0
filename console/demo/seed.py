"""Brings a fresh site to life through the same operations that a person would use."""

import secrets

from bridge.simulator.unit import Unit
from bridge.terminals.zk.session import PORT
from console.api import employee_lists, employees, first_steps, invitations, site, terminals
from console.api.client import Client
from console.api.operation import Nothing
from console.api.operators import SignedIn
from console.demo.employee import PortalVisit
from console.demo.mailbox import link_in
from console.demo.people import OPERATOR, OPERATOR_NAME, SITE, old_terminal, people_csv
from console.demo.photos import good_photos
from console.demo.site import DemoSite, wait_until
from console.domain.first_steps import FirstStep

UNITS = (("QFM20260001", "Main gate"), ("QFM20260002", "Warehouse door"))
OLD_SERIAL, OLD_HOST, OLD_SUBNET = "AC1000077", "127.0.0.20", "127.0.0.16/28"
INVITED = 5


def set_up_site(demo: DemoSite, client: Client) -> tuple[SignedIn, str]:
    """Sets up the first operator, people, email and two terminals; returns session and password."""
    password = secrets.token_urlsafe(12)
    session = client.set_up(OPERATOR, OPERATOR_NAME, password, SITE)
    client.call(site.save_settings, demo.email_settings(SITE))
    request = employee_lists.ImportEmployees(data=people_csv().encode(), apply=True)
    client.finish(client.call(employee_lists.import_employees, request))
    approve_units(demo, client)
    all_steps = first_steps.SkipSteps(steps=list(FirstStep), skip=True)
    client.call(first_steps.skip_steps, all_steps)
    return session, password


def approve_units(demo: DemoSite, client: Client) -> None:
    """Lets the two simulated terminals dial in, and approves them."""
    for serial, _ in UNITS:
        demo.add_unit(serial)
    rows = wait_until(
        lambda: client.call(terminals.list_terminals, Nothing()).rows if _all_known(client) else []
    )
    names = dict(UNITS)
    for row in rows:
        client.call(
            terminals.approve_terminal, terminals.ApproveTerminal(id=row.id, name=names[row.serial])
        )


def add_old_terminal(demo: DemoSite) -> Unit | None:
    """Starts an older terminal that nobody has added yet; None where its port is taken."""
    unit = Unit(OLD_SERIAL, name="AC-100 (simulated)")
    old_terminal(unit)
    try:
        demo.add_dialled(unit, host=OLD_HOST, port=PORT)
    except OSError:
        return None
    return unit


def _all_known(client: Client) -> bool:
    return len(client.call(terminals.list_terminals, Nothing()).rows) >= len(UNITS)


def bring_to_life(demo: DemoSite, client: Client) -> None:
    """Sends a few invitations and hands in one submission that waits for review."""
    page = client.call(
        employees.list_employees, employees.ListEmployees(sort="number", limit=INVITED)
    )
    request = invitations.Invite(employee_ids=[row.id for row in page.rows])
    client.finish(client.call(invitations.invite, request))
    first = page.rows[0]
    links = wait_until(
        lambda: [link_in(email) for email in demo.mailbox.emails if email["To"] == first.email]
    )
    PortalVisit(links[0]).enrol(first.number, good_photos())
