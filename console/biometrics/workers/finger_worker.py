"""The finger worker: `python -I -m console.biometrics.workers.finger_worker`.

Takes grey pictures and templates, answers with qualities, templates and matches.
"""

import os
import sys

import msgspec
import numpy as np
from numpy.typing import NDArray

from console.biometrics.fingers.examiner import Examiner, MatchedFinger, Sought
from console.biometrics.fingers.extractor import FingerImageError, Leader
from console.biometrics.fingers.templates import TemplateError
from console.biometrics.workers.framing import FrameError, read_frame, write_frame
from console.biometrics.workers.library_memory import give_back
from console.biometrics.workers.messages import (
    FingerAnswer,
    FingerMatch,
    FingerRequest,
    FingerRequestKind,
)
from console.domain.language import tr

THREADS = min(4, os.cpu_count() or 1)
COMPILED = "--compiled"
"""On the command line of a process that follows the one that compiled."""
COMPILER = "libllvmlite"
"""How the name of the compiler's library begins."""


def _picture(request: FingerRequest, body: bytes) -> NDArray[np.uint8]:
    """Raises FingerImageError when the body does not have the announced size."""
    if min(request.width, request.height) < 1 or len(body) != request.width * request.height:
        raise FingerImageError(
            tr(
                "{body} bytes are no picture of {width} × {height}.",
                body=len(body),
                width=request.width,
                height=request.height,
            )
        )
    return np.frombuffer(body, np.uint8).reshape(request.height, request.width)


def _matches(found: list[MatchedFinger]) -> list[FingerMatch]:
    return [
        FingerMatch(
            key=one.key,
            score=one.score,
            log10_fmr=one.log10_fmr,
            search_log10_fmr=one.search_log10_fmr,
        )
        for one in found
    ]


def answer(examiner: Examiner, request: FingerRequest, body: bytes) -> tuple[FingerAnswer, bytes]:
    """Handle one request. Raises FingerImageError, TemplateError."""
    match request.kind:
        case FingerRequestKind.ADD_FINGERS:
            return _add_fingers(examiner, body), b""
        case FingerRequestKind.REMOVE_FINGER:
            examiner.remove_finger(request.key)
            return FingerAnswer(fingers=len(examiner)), b""
        case FingerRequestKind.DUPLICATES:
            templates = msgspec.msgpack.decode(body, type=list[bytes])
            found = examiner.duplicates(templates, request.key)
            return FingerAnswer(matches=_matches(found), fingers=len(examiner)), b""
        case FingerRequestKind.ASSESS_PICTURE:
            quality = examiner.assess_picture(_picture(request, body), request.dpi)
            return FingerAnswer(
                quality=quality.value, reason=quality.reason, hint=quality.hint
            ), b""
        case FingerRequestKind.IDENTIFY:
            return _identify(examiner, request, body), b""
        case FingerRequestKind.ASSESS_SCAN:
            return _assess_scan(examiner, request, body)


def _add_fingers(examiner: Examiner, body: bytes) -> FingerAnswer:
    """Add every finger that can be read: one that cannot must not hide the others of its batch."""
    problems = []
    for key, templates in msgspec.msgpack.decode(body, type=dict[str, list[bytes]]).items():
        try:
            examiner.add_finger(key, templates)
        except TemplateError as problem:
            problems.append(str(problem))
    return FingerAnswer(fingers=len(examiner), refused=" ".join(problems[:1]))


def _identify(examiner: Examiner, request: FingerRequest, body: bytes) -> FingerAnswer:
    sought = None if request.enough is None else Sought(request.enough, request.key)
    identified = examiner.identify(_picture(request, body), request.dpi, sought)
    return FingerAnswer(
        quality=identified.quality.value,
        reason=identified.quality.reason,
        hint=identified.quality.hint,
        matches=_matches(identified.matches),
        fingers=identified.fingers,
        seconds=identified.seconds,
    )


def _assess_scan(
    examiner: Examiner, request: FingerRequest, body: bytes
) -> tuple[FingerAnswer, bytes]:
    scan = examiner.assess_scan(
        _picture(request, body), request.dpi, request.earlier, request.tries
    )
    enrolment = scan.assessment
    return FingerAnswer(
        quality=scan.quality.value,
        reason=scan.quality.reason,
        hint=scan.quality.hint or enrolment.hint,
        minutiae=scan.minutiae,
        outcome=enrolment.outcome,
        taken=enrolment.taken,
        advice=enrolment.hint,
        agrees=list(enrolment.agrees),
        chosen=list(enrolment.chosen),
    ), scan.template


def main() -> None:
    """Answer requests until the parent closes the pipe."""
    examiner = Examiner(Leader(THREADS))
    if examiner.warm_up() and COMPILED not in sys.argv and os.name == "posix":
        # compiling took 150 MB, which a process never gives back; the cache has the code now
        os.execv(sys.executable, [*sys.orig_argv, COMPILED])  # noqa: S606 - our own command line
    give_back(COMPILER)
    while True:
        try:
            header, body = read_frame(sys.stdin.buffer)
        except (FrameError, ValueError):
            return
        try:
            request = msgspec.json.decode(header, type=FingerRequest)
            answered, template = answer(examiner, request, body)
        except (FingerImageError, TemplateError) as problem:
            answered, template = FingerAnswer(refused=str(problem)), b""
        write_frame(sys.stdout.buffer, answered, template)


if __name__ == "__main__":
    main()
