"""What an administrator may set for the site: checked where it is entered. MA3."""

import re
from urllib.parse import urlsplit

from console.domain.employees import CONTROL, NAME_LENGTH
from console.domain.errors import Invalid
from console.domain.language import tr

_HOST = re.compile(r"[\w.:-]{1,255}")
_ADDRESS = re.compile(r"https?://[\w.\[\]:-]+(?:/[\w./~%-]*)?")
THIS_COMPUTER = ("127.0.0.1", "localhost", "::1")


def checked_site_name(text: str) -> str:
    """The site's name as it stands in emails. Raises Invalid."""
    name = text.strip()
    if not name:
        raise Invalid("site", tr("Give the site a name. Employees see it in their emails."))
    if len(name) > NAME_LENGTH or CONTROL.search(name):
        raise Invalid(
            "site",
            tr("Use at most {most} characters, without line breaks or tabs.", most=NAME_LENGTH),
        )
    return name


def checked_portal_address(text: str) -> str:
    """What links begin with; "" for this computer's own address. Raises Invalid."""
    address = text.strip()
    if address and not _can_begin_links(address):
        raise Invalid(
            "portal_url",
            tr(
                "Links must begin with https:// and a host, for example "
                "https://enrol.example.com. Plain http works on this computer only."
            ),
        )
    return address


def _can_begin_links(address: str) -> bool:
    if not _ADDRESS.fullmatch(address):
        return False
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or host in THIS_COMPUTER)


def checked_host(field: str, text: str) -> str:
    """The name or the IP address of a server, "" for none. Raises Invalid."""
    host = text.strip()
    if host and not _HOST.fullmatch(host):
        raise Invalid(field, tr("Enter only the name or the IP address of the server."))
    return host
