"""The codes with which units that dial in answer, and what they mean."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ReturnCode:
    """What a return code means. permanent: trying again does not help."""

    sentence: str
    permanent: bool


RETURN_CODES: dict[int, ReturnCode] = {
    -1: ReturnCode("The terminal refused a value.", True),
    -2: ReturnCode("The terminal received the photo incompletely.", False),
    -3: ReturnCode("The terminal could not write to its memory.", False),
    -9: ReturnCode("The terminal received the template incompletely.", False),
    -10: ReturnCode("The terminal does not know this employee number.", False),
    -11: ReturnCode("The terminal could not use the template.", True),
    -12: ReturnCode("The terminal could not use the template.", True),
    -22: ReturnCode("The terminal does not know this command.", True),
    -1001: ReturnCode("The terminal is full. Remove people from it.", True),
    -1002: ReturnCode("The terminal's firmware does not take face photos.", True),
    -1003: ReturnCode("The terminal ran out of time.", False),
    -1004: ReturnCode("The data does not fit the terminal's settings.", True),
    -1005: ReturnCode("The terminal was busy.", False),
    -1006: ReturnCode("The photo is too long for the terminal.", True),
    -1007: ReturnCode("The terminal ran out of memory.", False),
    -1008: ReturnCode("The terminal could not fetch the photo.", False),
}
FACE_ERRORS: dict[str, str] = {
    "D01E0001": "The terminal found no face in the photo.",
    "D01E0002": "The terminal says that the face is covered.",
    "D01E0003": "The terminal says that the photo is not sharp.",
    "D01E0004": "The terminal says that the head is turned too far.",
    "D01E0005": "The terminal's liveness check refused the photo.",
    "D01E0006": "The terminal could not make a template of the photo.",
}


def explain_return(code: int) -> ReturnCode:
    """What a terminal's return code means; unknown ones may be tried again."""
    return RETURN_CODES.get(code, ReturnCode(f"The terminal answered with error {code}.", False))


def explain_face_error(code: str) -> str:
    """What an ERRORLOG line on a photo means."""
    return FACE_ERRORS.get(code, f"The terminal reports error {code}.")
