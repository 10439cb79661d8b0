"""A worker for tests: knows a list of words, and answers with it. `python -I -m` runs it."""

import sys

import msgspec

from console.biometrics.workers.framing import FrameError, read_frame, write_frame


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """say: what to do; word: to learn. The body comes back."""

    say: str = ""
    word: str = ""


def main() -> None:
    known: list[str] = []
    while True:
        try:
            header, body = read_frame(sys.stdin.buffer)
        except FrameError:
            return
        request = msgspec.json.decode(header, type=Words)
        if request.say == "die":
            return
        if request.say == "hang":
            sys.stdin.buffer.read()
            return
        if request.word:
            known.append(request.word)
        write_frame(sys.stdout.buffer, known, body)


if __name__ == "__main__":
    main()
