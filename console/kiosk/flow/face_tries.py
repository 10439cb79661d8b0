"""What the camera sees, turned into events of the login conversation."""

import secrets
import time
from collections.abc import Callable

from console.api.kiosk_link import Reference
from console.biometrics.faces.live.challenge import Challenge, ChallengeStep
from console.biometrics.workers.face_watcher import WatchedFrame
from console.domain.login_events import (
    ChallengeDone,
    FaceLost,
    FaceUnusable,
    FaceUsable,
    LoginEvent,
    MatchEvidence,
)
from console.domain.login_session import LoginScreen, LoginSession
from console.kiosk.cache.face_index import Vector
from console.kiosk.cache.people import People
from console.kiosk.flow.face_looks import FaceLooks

TRY_PAUSE_S = 1.2
"""Between two tries: the person needs time to do better."""
SAME_FACE_FMR = 1e-2
"""The face that does the challenge must match the face that was recognised, at this rate."""
TOO_FAR = "eye_distance"
"""The gate that fails for people who only walk past; they do not count as trying."""


class FaceTries:
    """Lives in the window's thread. Several pictures are one look, and each look is one try.

    Nothing is compared besides: whoever compares every picture gives strangers as many chances.
    """

    def __init__(self, people: People, feed: Callable[[LoginEvent], None]) -> None:
        self._people, self._feed = people, feed
        self._vector: Vector | None = None
        self._looks = FaceLooks()
        self._compared: Vector | None = None
        self._next_try = 0.0
        self._face_there = False
        self.challenge: Challenge | None = None

    def enter_screen(self, screen: LoginScreen) -> None:
        """Another screen is shown: looks begin anew, a challenge begins or ends."""
        self._looks.clear()
        self._next_try = 0.0
        self.challenge = Challenge(_random_tasks()) if screen is LoginScreen.CHALLENGE else None

    def assess(self, seen: WatchedFrame, session: LoginSession) -> bool:
        """Feeds what follows from one frame; whether the challenge asks for something else now."""
        self._vector = None if seen.vector is None else self._people.faces.protected(seen.vector)
        if session.screen is LoginScreen.CHALLENGE:
            return self._assess_challenge(seen)
        if session.screen in (LoginScreen.FACE, LoginScreen.LOOK) and not session.asking:
            self._assess_face(seen)
        return False

    def compare(
        self, session: LoginSession, person_id: str, reference: Reference | None
    ) -> tuple[str, MatchEvidence]:
        """Compares the look with one person, or (empty id) with all cached faces.

        Returns the id of the person who matched, or an empty one, and what was seen.
        """
        probe = self._compared = self._looks.probe
        self._looks.clear()
        if probe is None:
            return "", MatchEvidence(poor="no usable picture")
        if not person_id:
            return self._people.faces.identify(probe, session.settings)
        match, evidence = self._people.faces.verify(
            probe, reference or Reference(employee_id=person_id), session.settings
        )
        return (person_id if match else ""), evidence

    def _assess_face(self, seen: WatchedFrame) -> None:
        if seen.sight.box is None:
            self._looks.clear()
            if self._face_there:
                self._face_there = False
                self._feed(FaceLost())
            return
        self._face_there = True
        if self._vector is None:
            if seen.sight.flaw != TOO_FAR:
                self._feed(FaceUnusable(seen.sight.flaw))
            return
        self._looks.add(self._vector)
        now = time.monotonic()
        if self._looks.probe is not None and now >= self._next_try:
            self._next_try = now + TRY_PAUSE_S
            self._feed(FaceUsable())

    def _assess_challenge(self, seen: WatchedFrame) -> bool:
        if self.challenge is None or seen.sight.box is None:
            return False
        if (
            self._vector is not None
            and self._compared is not None
            and not self._people.faces.same_person(self._vector, self._compared, SAME_FACE_FMR)
        ):
            self._feed(ChallengeDone(False))
            return False
        before = self.challenge.current_step
        self.challenge = self.challenge.after_frame(seen.sight.yaw, seen.sight.blink)
        if self.challenge.done:
            self._feed(ChallengeDone(True))
            return False
        return self.challenge.current_step is not before


def _random_tasks() -> tuple[ChallengeStep, ...]:
    """A turn and a blink, in an order that nobody can know beforehand."""
    turn = secrets.choice((ChallengeStep.LEFT, ChallengeStep.RIGHT))
    return secrets.choice(((turn, ChallengeStep.BLINK), (ChallengeStep.BLINK, turn)))
