"""A maker of Muster: keys, a signed release in a folder, and the folder behind an address."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.signer import CryptoSigner

from installer import release_keys, sign_release

PASSPHRASE = b"a passphrase of the maker"


def ask(_name: str) -> bytes:
    return PASSPHRASE


class Maker:
    """Keys in a folder: two of three holders sign the root."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.keys, self.root, self.folder = folder, folder / "root.json", folder / "release"
        for name in ("root-a", "root-b", "root-c", "targets", "online"):
            release_keys.new_key(folder / f"{name}.pem", ask)
        self.write_root()
        self.targets, self.online = self.signer("targets"), self.signer("online")

    def signer(self, name: str) -> CryptoSigner:
        return release_keys.signer_of(self.keys / f"{name}.pem", ask)

    def write_root(self, days: int = 365, signers: tuple[str, ...] = ("root-a", "root-b")) -> None:
        three = [self.keys / f"root-{name}.pub" for name in "abc"]
        two_more = self.keys / "targets.pub", self.keys / "online.pub"
        release_keys.write_root(self.root, three, 2, *two_more, days)
        for name in signers:
            release_keys.sign_root(self.root, self.keys / f"{name}.pem", ask)

    def release(self, version: str, revision: str = "9000", content: bytes = b"MZ set-up") -> Path:
        """Signs a release; returns the set-up in it."""
        set_up = self.keys / f"muster-setup-{version}.exe"
        set_up.write_bytes(content)
        return self.publish(set_up, version, revision)

    def publish(self, set_up: Path, version: str, revision: str = "9000") -> Path:
        """Signs this set-up as a release."""
        changes = f"What is new in {version}."
        signers = self.targets, self.online
        release = partial(sign_release.release, version=version, revision=revision)
        release(self.folder, set_up, changes, *signers, root=self.root)
        return set_up

    def file(self, name: str = "update.mstrup") -> Path:
        """The newest release as a file."""
        made = self.keys / name
        sign_release.bundle(self.folder, made)
        return made


def strange_key() -> CryptoSigner:
    return CryptoSigner(Ed25519PrivateKey.generate())


@contextmanager
def served(handler: type[SimpleHTTPRequestHandler], folder: Path) -> Iterator[str]:
    """The address of this folder, answered by such a handler."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class Folder(SimpleHTTPRequestHandler):
    """A plain web server."""

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""
