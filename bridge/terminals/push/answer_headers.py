"""The headers of answers, as old push clients look for them: letter by letter."""

import email.utils

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class AnswerHeaders:
    """ASGI middleware: canonical names, and the time once.

    Old clients search the head of an answer for the text `Date:` and set their clock by it. The
    server must not add a date of its own.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, as ASGI has it."""

        async def send_canonical(message: Message) -> None:
            if message["type"] == "http.response.start":
                now = email.utils.formatdate(usegmt=True).encode()
                named = [(name.title(), value) for name, value in message["headers"]]
                message = {**message, "headers": [(b"Date", now), *named]}
            await send(message)

        await self._app(scope, receive, send_canonical)
