"""The finger worker: `python -I -m console.biometrics.workers.fingers`. Grey pictures and templates in, judgements out."""

import os
import sys

import msgspec
import numpy as np
from numpy.typing import NDArray

from console.biometrics.fingers.examiner import Examiner, Match
from console.biometrics.fingers.extractor import BadImage, Leader
from console.biometrics.fingers.templates import TemplateError
from console.biometrics.workers.frames import FrameError, read_frame, write_frame
from console.biometrics.workers.messages import FingerAct, FingerAnswer, FingerMatch, FingerRequest

THREADS = min(4, os.cpu_count() or 1)


def _picture(request: FingerRequest, body: bytes) -> NDArray[np.uint8]:
    """Raises BadImage when the bytes are not as many as were announced."""
    if min(request.width, request.height) < 1 or len(body) != request.width * request.height:
        raise BadImage(f"{len(body)} bytes are no picture of {request.width} × {request.height}.")
    return np.frombuffer(body, np.uint8).reshape(request.height, request.width)


def _matches(found: list[Match]) -> list[FingerMatch]:
    return [
        FingerMatch(key=one.key, score=one.score, fmr=one.fmr, search_fmr=one.search_fmr)
        for one in found
    ]


def answer(examiner: Examiner, request: FingerRequest, body: bytes) -> tuple[FingerAnswer, bytes]:
    """Does one request. Raises BadImage, TemplateError."""
    if request.act is FingerAct.PUT:
        for key, templates in msgspec.msgpack.decode(body, type=dict[str, list[bytes]]).items():
            examiner.put(key, templates)
        return FingerAnswer(fingers=len(examiner)), b""
    if request.act is FingerAct.DROP:
        examiner.drop(request.key)
        return FingerAnswer(fingers=len(examiner)), b""
    if request.act is FingerAct.DUPLICATES:
        found = examiner.duplicates(msgspec.msgpack.decode(body, type=list[bytes]), request.key)
        return FingerAnswer(matches=_matches(found), fingers=len(examiner)), b""
    picture = _picture(request, body)
    if request.act is FingerAct.LOOK:
        seen = examiner.look(picture, request.dpi)
        return FingerAnswer(quality=seen.value, reason=seen.reason, hint=seen.hint), b""
    if request.act is FingerAct.IDENTIFY:
        whose = examiner.identify(picture, request.dpi)
        quality, matches = whose.quality, _matches(whose.matches)
        return FingerAnswer(
            quality=quality.value,
            reason=quality.reason,
            hint=quality.hint,
            matches=matches,
            fingers=whose.fingers,
            seconds=whose.seconds,
        ), b""
    scan = examiner.scan(picture, request.dpi, request.earlier, request.tries)
    is_now = scan.assessment
    return FingerAnswer(
        quality=scan.quality.value,
        reason=scan.quality.reason,
        hint=scan.quality.hint or is_now.hint,
        minutiae=scan.minutiae,
        outcome=is_now.outcome,
        taken=is_now.taken,
        advice=is_now.hint,
        agrees=list(is_now.agrees),
        chosen=list(is_now.chosen),
    ), scan.template


def main() -> None:
    examiner = Examiner(Leader(THREADS))
    examiner.warm_up()
    while True:
        try:
            header, body = read_frame(sys.stdin.buffer)
        except (FrameError, ValueError):
            return
        try:
            told, template = answer(examiner, msgspec.json.decode(header, type=FingerRequest), body)
        except (BadImage, TemplateError) as problem:
            told, template = FingerAnswer(refused=str(problem)), b""
        write_frame(sys.stdout.buffer, told, template)


if __name__ == "__main__":
    main()
