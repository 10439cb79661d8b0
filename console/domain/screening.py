"""The words of photo screening: what each gate measures, and what to do about a bad value."""

from dataclasses import dataclass
from enum import StrEnum

from console.domain.language import paragraph, tr


class GateOutcome(StrEnum):
    """What a gate says of a value, from good to bad."""

    PASS = "pass"  # noqa: S105  (a judgement, no password)
    WARN = "warn"
    REJECT = "reject"


@dataclass(frozen=True)
class GateWords:
    """How to speak of one gate.

    label: what it measures; unit, digits: how to print the value; low, high: what to say when the
    value is below or above its limits; flaw: what is wrong then, in two words.
    """

    label: str
    unit: str
    digits: int
    low: str
    high: str = ""
    flaw: str = ""


GATES: dict[str, GateWords] = {
    "one_face": GateWords(
        "One face",
        "",
        0,
        "No face was found. Take off anything that covers your face and look straight at the "
        "camera.",
        "There is more than one person in the photo. Take it again alone.",
        "Not one face",
    ),
    "face_found": GateWords(
        "Face uncovered",
        "",
        0,
        "Your face seems to be covered. Take away hands, mask or scarf.",
        "",
        "Face covered",
    ),
    "eye_distance": GateWords(
        "Eye distance",
        "px",
        0,
        "Your face is too small in the photo. Move closer to the camera.",
        "",
        "Face small",
    ),
    "in_frame": GateWords(
        "Space around the head",
        "",
        2,
        "Your head is too close to the edge. Keep your whole head inside the oval.",
        "",
        "Too close to the edge",
    ),
    "yaw": GateWords(
        "Turn (yaw)",
        "°",
        0,
        "Your head is turned to one side. Look straight at the camera.",
        "Your head is turned to one side. Look straight at the camera.",
        "Head turned",
    ),
    "pitch": GateWords(
        "Tilt (pitch)",
        "°",
        0,
        "Your head is bowed. Hold the camera at eye level.",
        "Your head is raised. Hold the camera at eye level.",
        "Head tilted",
    ),
    "roll": GateWords(
        "Roll",
        "°",
        0,
        "Your head leans to one side. Keep it upright.",
        "Your head leans to one side. Keep it upright.",
        "Head leaning",
    ),
    "sharpness": GateWords(
        "Sharpness",
        "",
        0,
        "The photo is blurred. Hold the phone still and wipe the lens.",
        "",
        "Blurred",
    ),
    "brightness": GateWords(
        "Brightness",
        "of 255",
        0,
        "The photo is too dark. Turn towards a window or a lamp.",
        "The photo is too bright. Turn away from direct light.",
        "Badly lit",
    ),
    "contrast": GateWords(
        "Contrast",
        "levels",
        0,
        "The photo is flat. Find a place with clearer light.",
        "The light is too harsh. Find softer light.",
        "Flat or harsh light",
    ),
    "clipped": GateWords(
        "Over- or underexposed",
        "%",
        0,
        "",
        "Parts of your face are lost in light or shadow. Find softer light.",
        "Harsh light",
    ),
    "even_light": GateWords(
        "Even light",
        "",
        2,
        "",
        "One side of your face is much darker. Turn towards the light.",
        "Light from one side",
    ),
    "eyes_open": GateWords(
        "Eyes open",
        "%",
        1,
        "Your eyes are closed or nearly closed. Open them naturally.",
        "",
        "Eyes closed",
    ),
    "eyes_visible": GateWords(
        "Eyes visible",
        "",
        2,
        "Your eyes are dark. Take off sunglasses or push back hair.",
        "",
        "Eyes hidden",
    ),
    "motion": GateWords(
        "Held still", "", 1, "", "The photo is smeared. Hold the phone still.", "Smeared"
    ),
    "covered": GateWords(
        "Face unobstructed",
        "",
        0,
        "",
        "Something seems to be in front of your face. Take away hands, mask or scarf.",
        "Face covered",
    ),
    "colour": GateWords(
        "Natural skin tone",
        "°",
        0,
        "",
        "The colours are wrong. Take a colour photo by daylight, without a filter.",
        "Wrong colours",
    ),
    "compression": GateWords(
        "JPEG quality",
        "%",
        0,
        "The photo lost too much when it was saved or sent. Send the original.",
        "",
        "Compressed too much",
    ),
    "headwear": GateWords(
        "Forehead free",
        "%",
        0,
        "",
        "Something covers your forehead. Take off a hat, and push back hair, if you can. You may "
        "keep what you wear for your faith.",
        "Forehead covered",
    ),
    "background": GateWords(
        "Plain background",
        "",
        0,
        "",
        "The background is too busy. Stand in front of a plain wall.",
        "Busy background",
    ),
    "same_person": GateWords(
        "Same person",
        "%",
        0,
        "This photo does not seem to show the same person as the others. Use photos of yourself "
        "only.",
        "",
        "Unlike the other photos",
    ),
    "own_picture": GateWords(
        "Distinct photos",
        "%",
        0,
        "This is the same picture as another one here. Take a new one.",
        "",
        "The same picture twice",
    ),
    "mouth": GateWords("Mouth", "%", 0, "", "Close your mouth if you can.", "Mouth open"),
    "noise": GateWords(
        "Grain",
        "",
        1,
        "",
        "The photo is grainy. Take it where there is more light.",
        "Grainy",
    ),
    "clarity": GateWords(
        "Clear to the recogniser",
        "",
        0,
        "Your face does not come out clearly enough. Come closer, look straight at the camera, and "
        "see to even light.",
        "",
        "Not clear enough",
    ),
    "expression": GateWords(
        "Brows and mouth at rest",
        "%",
        0,
        "",
        "Let your brows and the corners of your mouth rest. A smile is fine.",
        "Brows raised, or mouth drawn down",
    ),
}
PERCENT_GATES = frozenset(
    {"clipped", "eyes_open", "mouth", "expression", "headwear", "same_person", "own_picture"}
)
"""Measured as fractions, printed in per cent."""

REFUSALS: dict[str, str] = {
    "not_an_image": "This file is not a photo that we can read. Send a JPEG, PNG, WebP or HEIC "
    "picture.",
    "too_many_pixels": "This picture is larger than 64 megapixels (50, if it is no JPEG). Send a "
    "smaller one.",
    "too_small": "This picture is too small. Send one of at least 620 pixels width.",
    "odd_shape": "This picture is more than four times as long as it is wide. Send a photo as the "
    "camera takes it.",
    "damaged": "This photo is damaged and cannot be opened. Take it again, or send another one.",
    "animated": "This is an animation. Send a single photo.",
    "too_hard": "This photo took too much time to open. Take it again with the camera, or send it "
    "as JPEG.",
    "sealed_wrong": "The photo could not be opened here. Reload the page and take it again.",
}


WHY_BEST: dict[str, str] = {
    "only": "The only photo with a face.",
    "clearest": "The clearest of your photos.",
    "typical": "Most like your other photos, and clear enough.",
    "both": "The clearest, and most like your other photos.",
}
"""Why one photo is suggested as the best."""


@dataclass(frozen=True)
class GateFinding:
    """One gate in words."""

    gate: str
    outcome: GateOutcome
    label: str
    measured: str
    limit: str
    hint: str


def describe_gate(
    gate: str,
    outcome: str,
    value: float | None,
    *,
    reject_below: float | None,
    warn_below: float | None,
    warn_above: float | None,
    reject_above: float | None,
) -> GateFinding:
    """The figures and the advice of one gate, as a person reads them.

    The limit that is shown is the one that was exceeded, or kept where none was. value: None where
    only the outcome is kept; then there are no figures.
    """
    words = GATES[gate]
    judged = GateOutcome(outcome)
    rejected = judged is GateOutcome.REJECT
    low = reject_below if rejected or warn_below is None else warn_below
    high = reject_above if rejected or warn_above is None else warn_above
    too_high = high is not None and (value is None or value > high)
    hint = "" if judged is GateOutcome.PASS else tr(words.high if too_high else words.low)
    measured = "" if value is None else _with_unit(gate, value)
    limit = "" if value is None else _limit(gate, low, high)
    return GateFinding(gate, judged, tr(words.label), measured, limit, hint)


def _limit(gate: str, low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        if low == high:
            return _number(gate, low)
        return (
            f"≤ ±{_with_unit(gate, high)}"
            if low == -high
            else tr("{low} to {high}", low=_number(gate, low), high=_number(gate, high))
        )
    if low is not None:
        return f"≥ {_bare_unit(gate, low)}"
    return "" if high is None else f"≤ {_bare_unit(gate, high)}"


def _number(gate: str, value: float) -> str:
    words = GATES[gate]
    text = f"{value * 100 if gate in PERCENT_GATES else value:.{words.digits}f}"
    return text[1:] if text.lstrip("-0.") == "" and text.startswith("-") else text


def _bare_unit(gate: str, value: float) -> str:
    """The value with its unit only where the unit is a single sign."""
    return _with_unit(gate, value) if GATES[gate].unit in ("°", "%") else _number(gate, value)


def _with_unit(gate: str, value: float) -> str:
    unit = GATES[gate].unit
    number = _number(gate, value)
    return f"{number}{unit}" if unit in ("°", "%") else paragraph(number, tr(unit))


def summary(findings: list[GateFinding]) -> str:
    """One line for an email or a card: the worst finding, or praise."""
    bad = [f for f in findings if f.outcome is GateOutcome.REJECT] or [
        f for f in findings if f.outcome is GateOutcome.WARN
    ]
    if not bad:
        return tr("Sharp, straight, well lit.")
    first = bad[0]
    said = {"flaw": tr(GATES[first.gate].flaw) or first.label, "advice": first.hint}
    if not first.measured:
        return tr("{flaw}. {advice}", **said)
    figures = {"measured": first.measured, "limit": first.limit}
    return tr("{flaw}: {measured}, needs {limit}. {advice}", **said, **figures)
