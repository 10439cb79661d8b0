"""An employee without a browser: the portal's calls in order, sealed as the page seals them."""

import base64
from collections.abc import Sequence
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric import ec

from console.api.client import usual_authorities
from console.service.listeners.portal import PORTAL_HEADER
from console.store.vault import HPKE_SUITE, upload_info


class PortalVisit:
    """One person with one link: that of an invitation, or the one at the foot of every email."""

    def __init__(self, link: str) -> None:
        self._path = "/me" if "/me/" in link else "/e"
        base, _, self._token = link.partition(f"{self._path}/")
        self.http = httpx.Client(
            base_url=base,
            headers={PORTAL_HEADER: "1"},
            timeout=30.0,
            verify=usual_authorities(),
        )
        self.state: dict[str, Any] = {}

    def open(self) -> httpx.Response:
        """Opens the link and keeps the page's keys."""
        return self._keep(self.http.post(f"{self._path}/session", json={"token": self._token}))

    def look(self) -> httpx.Response:
        """Says that somebody touched the page, as its script does."""
        return self._keep(self.http.post("/e/seen"))

    def text(self, language: str = "en") -> dict[str, Any]:
        """The consent text that is shown in this language."""
        shown: list[dict[str, Any]] = self.state["texts"]
        return next(text for text in shown if text["language"] == language)

    def agree(self, language: str = "en") -> httpx.Response:
        """Agrees to the consent text."""
        return self._answer(agree=True, digest=self.text(language)["digest"])

    def decline(self) -> httpx.Response:
        """Declines the consent text."""
        digest = self.text()["digest"] if self.state.get("texts") else ""
        return self._answer(agree=False, digest=digest)

    def _answer(self, agree: bool, digest: str) -> httpx.Response:
        said = {"agree": agree, "digest": digest}
        return self._keep(self.http.post(f"{self._path}/consent", json=said))

    def ask_no_more(self, no_more: bool = True) -> httpx.Response:
        """Opts out of invitations and reminders, or in again."""
        return self._keep(self.http.post("/me/ask", json={"no_more": no_more}))

    def withdraw(self) -> httpx.Response:
        """Withdraws the consent."""
        return self._keep(self.http.post(f"{self._path}/withdraw"))

    def withdraw_fingers(self) -> httpx.Response:
        """Withdraws the consent to fingers, by the person's own link."""
        return self._keep(self.http.post("/me/withdraw-fingers"))

    def answer(self, text: str) -> httpx.Response:
        """Answers the second check with this text."""
        return self._keep(self.http.post(f"{self._path}/check", json={"answer": text}))

    def refresh(self) -> dict[str, Any]:
        """The portal's view of this visit."""
        self._keep(self.http.get(f"{self._path}/state"))
        return self.state

    def seal(self, slot: int, photo: bytes) -> bytes:
        """The photo, sealed as the page seals it."""
        point = base64.b64decode(self.state["key"]["public"])
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        return HPKE_SUITE.encrypt(photo, public, info=upload_info(self.state["key"]["bind"], slot))

    def upload(self, slot: int, photo: bytes) -> httpx.Response:
        """Seals a photo and sends it."""
        return self.send(slot, self.seal(slot, photo))

    def send(self, slot: int, sealed: bytes) -> httpx.Response:
        """Sends a sealed photo."""
        headers = {"X-Muster-Key": str(self.state["key"]["version"])}
        return self.http.put(f"/e/photos/{slot}", content=sealed, headers=headers)

    def verdict(self, slot: int) -> dict[str, Any]:
        """Waits until the photo is screened."""
        while True:
            photo: dict[str, Any] = self.http.get(f"/e/photos/{slot}").json()
            if photo.get("state") != "received":
                return photo

    def submit(self, best: int = 1) -> httpx.Response:
        """Hands the photos in; best: the slot of the best one."""
        return self._keep(self.http.post("/e/submit", json={"best": best}))

    def enrol(self, number: str, photos: Sequence[bytes]) -> list[dict[str, Any]]:
        """The whole way up to the submission; the verdicts."""
        self.open()
        self.agree()
        if self.state["needs_check"]:
            self.answer(number[-4:])
        for slot, photo in enumerate(photos, start=1):
            self.upload(slot, photo)
        verdicts = [self.verdict(slot) for slot in range(1, len(photos) + 1)]
        best = max(range(len(verdicts)), key=lambda place: verdicts[place]["quality"])
        self.submit(best + 1)
        return verdicts

    def _keep(self, answer: httpx.Response) -> httpx.Response:
        if answer.status_code == 200:
            self.state = answer.json()
        return answer
