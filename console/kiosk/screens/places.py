"""Which of the quoted texts stands where on the screen, for each state of the login. S32 to S40."""

from dataclasses import dataclass

from console.domain import texts
from console.domain.login_session import LoginScreen, LoginSession, Notice


@dataclass(frozen=True, kw_only=True)
class PlacedTexts:
    """Left of the picture, under it, right of it, and the hint that says what to do."""

    left: str = ""
    under: str = ""
    right: str = ""
    hint: str = ""


_UNDER = {
    LoginScreen.FACE: texts.STAND_IN_FRONT,
    LoginScreen.LOOK: texts.STAND_IN_FRONT,
    LoginScreen.FINGER: texts.PUT_FINGER,
    LoginScreen.WAIT: texts.FINGER_WAIT,
    LoginScreen.FINGERS: texts.FINGERS_AVAILABLE,
}
_KEYPAD_HINTS = {
    Notice.FIRST_TIME: texts.FIRST_TIME,
    Notice.NUMBER_FIRST: texts.NUMBER_FIRST,
    Notice.CAMERA_GONE: texts.CAMERA_GONE,
    Notice.READER_GONE: texts.READER_GONE,
}


def place_texts(session: LoginSession) -> PlacedTexts:
    """The texts of a session, not translated yet. The error has a place of its own."""
    if session.screen is LoginScreen.KEYPAD:
        failed = session.notice is Notice.FACE_FAILED
        return PlacedTexts(
            left=texts.FACE_FAILED if failed else "",
            hint=_KEYPAD_HINTS.get(session.notice, ""),
        )
    under = _UNDER.get(session.screen, "")
    if session.screen not in (LoginScreen.FACE, LoginScreen.LOOK):
        return PlacedTexts(under=under)
    hint = texts.FLAWS.get(session.flaw, "")
    if session.notice is Notice.NOT_YET_MATCHED:
        return PlacedTexts(
            left=texts.FACE_NOT_YET_MATCHED,
            under=texts.ADJUST_POSITION,
            right=texts.PROBLEMS_AUTHENTICATING,
            hint=hint,
        )
    adjust = session.notice is Notice.ADJUST_POSITION
    return PlacedTexts(under=texts.ADJUST_POSITION if adjust else under, hint=hint)
