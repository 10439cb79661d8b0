"""What every part of the service may be given: the things that are built from nothing else."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from console.service.events import EventHub
from console.service.metrics import Metrics
from console.service.pools import Pools
from console.site_certificates import CertificateFacts
from console.store.database import Store
from console.store.vault import Vault


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """The addresses at which the listeners are reached.

    kiosks: empty if only kiosks on this computer are served. push, push_tls: what terminals dial,
    each empty if it is not served.
    """

    api: str
    portal: str
    push: str
    push_tls: str = ""
    kiosks: str = ""


@dataclass(frozen=True, kw_only=True)
class Tools:
    """Store, vault, clock, events, threads and addresses. Frozen: nothing is hung on it later."""

    data_dir: Path
    store: Store
    vault: Vault
    clock: Callable[[], datetime]
    events: EventHub
    pools: Pools
    addresses: Addresses
    key_in_file: bool
    push_certificate: CertificateFacts | None = None
    portal_certificate: CertificateFacts | None = None
    metrics: Metrics | None = None
