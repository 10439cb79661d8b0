"""Kiosks: their settings, with bounds."""

from dataclasses import dataclass, field, fields
from datetime import timedelta

from console.domain.errors import Invalid
from console.domain.language import tr
from console.domain.login_policy import (
    TOLERANCES,
    MatchPolicy,
    Method,
    Tolerance,
    cached_by_default,
)

LANGUAGES = ("en", "ms", "zh")
ONLINE_WITHIN = timedelta(seconds=45)
"""A kiosk counts as connected for this long after it was heard from."""
PAIRING_LIFETIME = timedelta(hours=24)
_BOUNDS: dict[str, tuple[float, float]] = {
    "number_attempts": (1, 10),
    "finger_attempts": (1, 10),
    "face_attempts": (1, 10),
    "face_frames": (3, 60),
    "session_timeout_s": (5, 300),
    "max_cached": (1, 100_000),
    "face_fmr": (1e-6, 1e-2),
    "finger_fmr": (1e-6, 1e-2),
}


@dataclass(frozen=True)
class KioskSettings:
    """Everything that an operator sets for a kiosk.

    cached_login_when_down: None follows the policy; face_frames: so many frames without a usable
    picture are one try; tolerance: the name of a set, or empty where face_fmr and finger_fmr are
    the site's own; session_timeout_s: seconds; max_cached: people; preload: fingers are cached
    before the first login; camera: its name, empty for the first one.
    """

    default_method: Method = Method.FACE
    match_policy: MatchPolicy = MatchPolicy.WHEN_AVAILABLE
    require_number: bool = False
    cached_login_when_down: bool | None = None
    number_attempts: int = 3
    finger_attempts: int = 3
    face_attempts: int = 3
    face_frames: int = 10
    tolerance: str = "Medium-High"
    face_fmr: float = 1e-4
    finger_fmr: float = 1e-4
    session_timeout_s: int = 30
    max_cached: int = 5000
    preload: bool = False
    camera: str = ""
    languages: list[str] = field(default_factory=lambda: ["en"])
    challenge: bool = False
    voice: bool = False
    high_contrast: bool = False
    active: bool = True

    @property
    def cached_when_down(self) -> bool:
        """Whether people in the cache may log in while the database is down."""
        chosen = self.cached_login_when_down
        return cached_by_default(self.match_policy) if chosen is None else chosen

    @property
    def limits(self) -> Tolerance:
        """How often a stranger matches one person, all tries of a visit together."""
        return TOLERANCES.get(self.tolerance, Tolerance(self.face_fmr, self.finger_fmr))


def check_settings(settings: KioskSettings) -> None:
    """Raises Invalid with the first field that is out of bounds."""
    for name in (one.name for one in fields(KioskSettings)):
        if name in _BOUNDS and not _BOUNDS[name][0] <= getattr(settings, name) <= _BOUNDS[name][1]:
            low, high = _BOUNDS[name]
            raise Invalid(name, tr("From {low:g} to {high:g}.", low=low, high=high))
    unknown = [one for one in settings.languages if one not in LANGUAGES]
    if unknown or not settings.languages or len(set(settings.languages)) != len(settings.languages):
        raise Invalid(
            "languages",
            tr(
                "Choose among {languages}, each once; the first is the default.",
                languages=", ".join(LANGUAGES),
            ),
        )
