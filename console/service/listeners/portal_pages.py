"""The portal's pages as HTML, each in the language of whoever asks for it. GET changes nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from console.catalogue import catalogue_of
from console.domain import texts
from console.domain.consent import BASIS_WORDS, WORDINGS
from console.domain.language import ENGLISH, LANGUAGES, accepted, best_language, msgid, speaking, tr
from console.domain.retention import told
from console.resources import RESOURCES
from console.service.pools import Pool
from console.service.settings import Settings, kept_for, load_settings
from console.service.tools import Tools


@dataclass(frozen=True)
class _Page:
    """title: at the head of the page; heading: what it is about, where that differs."""

    template: str
    title: str
    heading: str = ""


_ENROL = _Page("enrol.html", texts.ENROL_TITLE)
_OWN = _Page("enrol.html", texts.OWN_TITLE)
_PAGES = {
    "/": _ENROL,
    "/e": _ENROL,
    "/e/{token}": _ENROL,
    "/e#{token}": _ENROL,
    "/me": _OWN,
    "/me/{token}": _OWN,
    "/privacy": _Page("privacy.html", texts.OWN_TITLE, msgid("Privacy Policy")),
    "/security": _Page("security.html", texts.OWN_TITLE, msgid("Data Security")),
    "/guidelines": _Page(
        "guidelines.html", texts.OWN_TITLE, msgid("Guidelines for Biometric Data User")
    ),
}


class PortalPages:
    """Draws the pages. Nothing is looked up about the link: that is for the page's own calls."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._templates = Environment(
            loader=FileSystemLoader(RESOURCES / "portal" / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
        )

    def routes(self) -> list[Route]:
        """One for each page."""
        return [Route(path, self._drawn(page)) for path, page in _PAGES.items()]

    def _drawn(self, page: _Page) -> Callable[[Request], Awaitable[Response]]:
        async def draw(request: Request) -> Response:
            settings = await self._tools.pools.run(Pool.READ, self._settings)
            return HTMLResponse(self._html(page, settings, page_language(request, settings)))

        return draw

    def _html(self, page: _Page, settings: Settings, language: str) -> str:
        with speaking(catalogue_of(language)):
            return self._templates.get_template(page.template).render(
                tr=tr,
                language=LANGUAGES[language],
                languages=list(LANGUAGES.values()),
                site=settings.site,
                title=tr(page.title),
                heading=tr(page.heading or page.title),
                purposes=WORDINGS[language].purposes,
                kept=told(kept_for(settings), WORDINGS[language].spans),
                basis=tr(BASIS_WORDS[settings.lawful_basis]),
            )

    def _settings(self) -> Settings:
        with self._tools.store.read() as tx:
            return load_settings(tx)


def call_language(request: Request) -> str:
    """The language of a call: that of the page which makes it."""
    return best_language(accepted(request.headers.get("Accept-Language", ""))) or ENGLISH


def page_language(request: Request, settings: Settings) -> str:
    """The language that was chosen on the page, else the browser's, else that of the site."""
    chosen = request.query_params.get("language", "")
    if chosen in LANGUAGES:
        return chosen
    wanted = accepted(request.headers.get("Accept-Language", ""))
    return best_language([*wanted, settings.language]) or ENGLISH
