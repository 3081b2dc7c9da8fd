"""The site behind the proxy in the proofs of load: a program, which says its port and serves until its input ends.

/small                1 KB
/bytes/N, /chunks/N   N bytes, by their length or by chunks
/upload, /upload/N    the length and CRC-32 of the body, which is not read for a moment after each N bytes
/poll/S               held for S seconds, or until somebody asks for /release
/private              for those who are logged in on their connection, in two legs as NTLM has it
/echo                 an upgrade to a protocol that says everything once more
/broken, /reset       half an answer and then the end; half a head and then a reset
/figures              what is open and what waits
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import binascii
import json
import ssl
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from bridgehead.lab.messages import Request, Response
from bridgehead.lab.web_server import WebServer
from bridgehead.lab.windows_authentication import ConnectionAuthentication
from tests.load.programs import say

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SMALL = b"s" * 1024
PIECE = bytes(range(256)) * 256
PAUSE_SECONDS = 0.25
_PATIENCE_SECONDS = 7200.0


class TwoLegs(ConnectionAuthentication):
    """Who is logged in on a connection, and how much was asked on it."""

    def __init__(self) -> None:
        super().__init__(Path())
        self.waiting_for: str | None = None
        self.requests = 0

    @property
    def under_way(self) -> bool:
        """Between the legs."""
        return self.waiting_for is not None


class LoadSite:
    """An `Application` for the laboratory's web server."""

    def __init__(self) -> None:
        self.polls = 0
        self.first_legs = 0
        self.last_legs = 0
        self.stray_legs = 0
        """Last legs on a connection that has not seen the first."""
        self._release = asyncio.Event()
        self.server: WebServer

    def new_authentication(self) -> ConnectionAuthentication:
        """Nobody is logged in."""
        return TwoLegs()

    async def answer(self, request: Request) -> Response:
        """By the first part of the path."""
        kind, _, argument = request.path[1:].partition("/")
        match kind:
            case "bytes":
                return Response(200, pieces(int(argument)), length=int(argument))
            case "chunks":
                return Response(200, pieces(int(argument)))
            case "upload":
                return await self._upload(request, int(argument or 0))
            case "poll":
                return await self._poll(float(argument))
            case "release":
                self._release.set()
                self._release = asyncio.Event()
                return Response(204)
            case "private":
                return self._private(request)
            case "echo":
                return await self._echo(request)
            case "broken":
                await request.connection.stream.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
                raise ConnectionAbortedError
            case "reset":
                await request.connection.stream.write(b"HTTP/1.1 200 OK\r\nContent-")
                request.connection.stream.abort()
                raise ConnectionAbortedError
            case "figures":
                return _json(self._figures())
            case _:
                return Response(200, SMALL)

    async def _upload(self, request: Request, step: int) -> Response:
        length, crc, stop = 0, 0, step
        async for piece in request.body.pieces():
            length += len(piece)
            crc = zlib.crc32(piece, crc)
            if step and length >= stop:
                stop += step
                await asyncio.sleep(PAUSE_SECONDS)
        return _json({"length": length, "crc": crc})

    async def _poll(self, seconds: float) -> Response:
        self.polls += 1
        try:
            await asyncio.wait_for(self._release.wait(), seconds)
        except TimeoutError:
            pass
        finally:
            self.polls -= 1
        return Response(200, b"event")

    def _private(self, request: Request) -> Response:
        state = request.connection.authentication
        assert isinstance(state, TwoLegs)
        state.requests += 1
        scheme, _, token = request.fields.get("Authorization").partition(" ")
        if scheme == "NTLM":
            leg, _, user = _decoded(token).partition(" ")
            if leg == "first":
                self.first_legs += 1
                state.user, state.waiting_for = None, user
                return _challenge("NTLM Y2hhbGxlbmdl")
            self.last_legs += 1
            if state.waiting_for != user:
                self.stray_legs += 1
                return Response(400)
            state.user, state.waiting_for = user, None
        if state.user is None:
            return _challenge("NTLM")
        return _json({"user": state.user, "connection": request.connection.number, "requests": state.requests})

    async def _echo(self, request: Request) -> Response:
        stream = request.connection.stream
        protocol = request.fields.get("Upgrade")
        await stream.write(f"HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: {protocol}\r\n\r\n".encode())
        while data := await stream.read():
            await stream.write(data)
        await stream.finish()
        raise ConnectionAbortedError

    def _figures(self) -> dict[str, object]:
        return {
            "port": self.server.port,
            "connections": len(self.server.connections),
            "polls": self.polls,
            "first_legs": self.first_legs,
            "last_legs": self.last_legs,
            "stray_legs": self.stray_legs,
        }


async def pieces(length: int) -> AsyncIterator[bytes]:
    """So many bytes of a pattern."""
    while length:
        piece = PIECE[:length]
        length -= len(piece)
        yield piece


def _decoded(token: str) -> str:
    try:
        return base64.b64decode(token).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _challenge(value: str) -> Response:
    return Response(401, b"Unauthorized", "text/plain", [("WWW-Authenticate", value)])


def _json(content: object) -> Response:
    return Response(200, json.dumps(content).encode(), "application/json")


async def serve(context: ssl.SSLContext | None, host: str, port: int) -> None:
    """Serve until standard input ends."""
    application = LoadSite()
    server = application.server = WebServer("site", application, context, idle_seconds=_PATIENCE_SECONDS)
    await server.start(host, port)
    say(port=server.port)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await server.close()


def begin() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--chain")
    parser.add_argument("--key")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    context = None
    if arguments.chain:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(arguments.chain, arguments.key)
    asyncio.run(serve(context, arguments.host, arguments.port))


if __name__ == "__main__":
    begin()
