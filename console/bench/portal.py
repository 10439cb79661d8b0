"""The portal at work: 200 people hand in a photo, 20 at a time; and a campaign for 3,000.

The real service runs in a process of its own; the calls are those of the page, over loopback.
"""

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from console.api import board, campaigns, employee_lists, site
from console.api.board import PrintedLink
from console.api.client import Client
from console.api.invitations import Those
from console.api.operation import Nothing
from console.bench.site_samples import percentile
from console.bench.site_tasks import perform
from console.demo.employee import PortalVisit
from console.demo.photos import good_photos
from console.demo.site import DemoSite
from console.domain.campaigns import Delivery
from console.domain.funnel import Stage
from console.domain.link_terms import LinkTerms

VISITORS, AT_ONCE, INVITED = 200, 20, 3_000
PAPER, EMAIL = "Paper", "Email"
"""The departments of those who visit the portal, and of those whom the campaign invites."""
LIMIT_S = 300.0
PAGE = ("/e", "/static/portal.css", "/static/portal.js", "/static/inter.woff2")
"""What a browser loads to show the first page of a link."""


def measure(_data: Path | None) -> dict[str, Any]:
    """verdict_p95_s: from the upload on; lost: people whose photo did not arrive; page_kb: as sent.

    campaign_3000_answer_s: until the call is answered.
    """
    with tempfile.TemporaryDirectory() as folder, DemoSite(Path(folder) / "site") as demo:
        client = demo.client()
        client.set_up("bench", "Bench", "a password for the bench", "Bench")
        client.call(site.save_settings, demo.email_settings("Bench", second_check=False))
        _import(client)
        sheet, campaign_id = _links(client)
        good_photos()  # made now, so that nobody waits for it
        with ThreadPoolExecutor(AT_ONCE) as pool:
            waits = list(pool.map(_visit, sheet))
        p95 = percentile([one for one in waits if one is not None], 0.95)
        return {
            "verdict_p95_s": None if p95 is None else round(p95, 2),
            "lost": VISITORS - _arrived(client, campaign_id),
            "page_kb": round(_page_bytes(demo.running.portal) / 1024, 1),
            "campaign_3000_answer_s": round(_invite(client), 2),
        }


def _import(client: Client) -> None:
    rows = [(PAPER, number, "") for number in range(VISITORS)]
    rows += [(EMAIL, VISITORS + n, f"n{n}@example.com") for n in range(INVITED)]
    lines = [f"{10_000 + n},New,Person {n},{email},{hall}" for hall, n, email in rows]
    data = "\n".join(["Number,First name,Last name,E-mail,Department", *lines]).encode()
    request = employee_lists.ImportEmployees(data=data, apply=True)
    perform(client, employee_lists.import_employees, request, LIMIT_S)


def _campaign(department: str, delivery: Delivery) -> campaigns.StartCampaign:
    choice = campaigns.Choice(whom=campaigns.Whom(department=department), delivery=delivery)
    return campaigns.StartCampaign(name=department, choice=choice, terms=LinkTerms(photos=1))


def _links(client: Client) -> tuple[list[PrintedLink], str]:
    """The links of the visitors, and the campaign that they are of."""
    perform(client, campaigns.start_campaign, _campaign(PAPER, Delivery.PAPER), LIMIT_S)
    (row,) = client.call(campaigns.list_campaigns, Nothing()).rows
    return client.call(board.print_links, Those(campaign_id=row.id)).links, row.id


def _visit(link: PrintedLink) -> float | None:
    """How long somebody waits for the verdict, in s; None if something went wrong."""
    visit = PortalVisit(link.link)
    try:
        visit.open().raise_for_status()
        visit.agree().raise_for_status()
        began = time.monotonic()
        visit.upload(1, good_photos()[0]).raise_for_status()
        visit.verdict(1)
        waited = time.monotonic() - began
        visit.submit().raise_for_status()
    except httpx.HTTPError:
        return None
    return waited


def _arrived(client: Client, campaign_id: str) -> int:
    """How many people the service knows to have handed in."""
    stages = client.call(board.board, board.AskBoard(campaign_id=campaign_id)).stages
    return next(one.reached for one in stages if one.stage is Stage.SUBMITTED)


def _page_bytes(portal: str) -> int:
    """What is sent for the first page, compressed as far as the service compresses."""
    sent = 0
    with httpx.Client(base_url=portal) as browser:
        for path in PAGE:
            with browser.stream("GET", path) as answer:
                sent += sum(map(len, answer.iter_raw()))
    return sent


def _invite(client: Client) -> float:
    """How long the call waits that invites 3,000 people, in s."""
    request = _campaign(EMAIL, Delivery.EMAIL)
    return perform(client, campaigns.start_campaign, request, LIMIT_S).answer_s
