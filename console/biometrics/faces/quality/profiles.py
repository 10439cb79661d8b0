"""Screening profiles: which values turn a photo away and which only warn. Versioned data; the version is kept with every verdict."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds of one gate. A value outside `reject` turns the photo away, one outside `warn` is remarked. None: no bound."""

    reject_below: float | None = None
    warn_below: float | None = None
    warn_above: float | None = None
    reject_above: float | None = None


@dataclass(frozen=True)
class Profile:
    name: str
    version: int
    gates: dict[str, Limits]


_FIRST = {
    "one_face": Limits(reject_below=1, reject_above=1),
    "face_found": Limits(warn_below=12),
}
_COMMON = {
    "in_frame": Limits(reject_below=0.2, warn_below=0.5),
    "roll": Limits(warn_below=-10, warn_above=10, reject_below=-30, reject_above=30),
    "sharpness": Limits(reject_below=25, warn_below=35),
    "brightness": Limits(reject_below=60, warn_below=85, warn_above=190, reject_above=215),
    "contrast": Limits(reject_below=60, warn_below=95),
    "clipped": Limits(warn_above=0.06, reject_above=0.25),
    "even_light": Limits(warn_above=1.25),
    "eyes_open": Limits(reject_below=0.036, warn_below=0.0425),
    "eyes_visible": Limits(reject_below=-0.6, warn_below=-0.45),
    "mouth": Limits(warn_above=0.15),
    "expression": Limits(warn_above=0.25),
    "motion": Limits(warn_above=2.6),
    "covered": Limits(warn_above=6.0),
    "colour": Limits(warn_above=8.0),
    "compression": Limits(reject_below=18, warn_below=45),
    "headwear": Limits(warn_above=0.30),
}
"""Derived from 250 official portraits (docs/screening.md): at most 1 in 20 good photos may be turned away."""

FINGERTEC = Profile(
    "FingerTec",
    4,
    _FIRST
    | {
        "eye_distance": Limits(reject_below=115, warn_below=130),
        # The vendor asks for 10 degrees. The angles have no ground truth, so 10 warns and only clearly more rejects.
        "yaw": Limits(reject_below=-18, warn_below=-10, warn_above=10, reject_above=18),
        "pitch": Limits(reject_below=-18, warn_below=-10, warn_above=10, reject_above=18),
    }
    | _COMMON,
)
STANDARD = Profile(
    "Standard",
    4,
    _FIRST
    | {
        "eye_distance": Limits(reject_below=40, warn_below=90),
        "yaw": Limits(reject_below=-22, warn_below=-16, warn_above=16, reject_above=22),
        "pitch": Limits(reject_below=-20, warn_below=-14, warn_above=14, reject_above=20),
    }
    | _COMMON,
)
BIOSTAR = Profile(
    "BioStar-like",
    2,
    # Suprema asks for 250 x 250 px, no bowed head, no closed eyes, no hat; a face that fills such a picture has 60 px between the eyes.
    STANDARD.gates
    | {
        "eye_distance": Limits(reject_below=60, warn_below=90),
        "pitch": Limits(reject_below=-15, warn_below=-10, warn_above=14, reject_above=20),
    },
)
STRICT = Profile(
    "Strict",
    2,
    # Modelled on what passports ask for: 90 px between the eyes, straight, mouth closed, plain background.
    FINGERTEC.gates
    | {
        "eye_distance": Limits(reject_below=90, warn_below=120),
        "yaw": Limits(reject_below=-12, warn_below=-7, warn_above=7, reject_above=12),
        "pitch": Limits(reject_below=-14, warn_below=-9, warn_above=9, reject_above=14),
        "roll": Limits(warn_below=-8, warn_above=8, reject_below=-15, reject_above=15),
        "sharpness": Limits(reject_below=30, warn_below=40),
        "mouth": Limits(warn_above=0.05),
        "background": Limits(warn_above=36.0),
    },
)
PROFILES = {profile.name: profile for profile in (FINGERTEC, STANDARD, BIOSTAR, STRICT)}
"""Those that ship; a site adds its own."""
DEFAULT_PROFILE = FINGERTEC.name
NEVER_REJECT = frozenset(
    {
        "face_found",
        "covered",
        "headwear",
        "background",
        "even_light",
        "mouth",
        "expression",
        "colour",
        "motion",
    }
)
"""Weak gates and matters of presentation go to review at most; a head covering may be worn for religion."""


class BadProfile(ValueError):
    """A profile that cannot be used; the text says why, `gate` where."""

    def __init__(self, gate: str, message: str) -> None:
        super().__init__(message)
        self.gate = gate


def check_profile(profile: Profile) -> None:
    """Raises BadProfile."""
    known = _FIRST.keys() | STRICT.gates.keys()
    for gate, limits in profile.gates.items():
        if gate not in known:
            raise BadProfile(gate, f"There is no gate named {gate}.")
        if gate in NEVER_REJECT and (
            limits.reject_below is not None or limits.reject_above is not None
        ):
            raise BadProfile(
                gate, "This gate may only remark: it says too little to turn somebody away."
            )
        ordered = [
            one
            for one in (
                limits.reject_below,
                limits.warn_below,
                limits.warn_above,
                limits.reject_above,
            )
            if one is not None
        ]
        if not all(math.isfinite(one) for one in ordered) or ordered != sorted(ordered):
            raise BadProfile(
                gate,
                "The limits must rise: reject below, remark below, remark above, reject above.",
            )
    missing = _FIRST.keys() - profile.gates.keys()
    if missing or profile.gates["one_face"] != _FIRST["one_face"]:
        raise BadProfile(
            "one_face", "Exactly one face is asked of every photo; this limit stays as it is."
        )
