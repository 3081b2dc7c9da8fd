"""Windows authentication as IIS does it: NTLM and Negotiate log in the TCP connection, not the request.

The tokens are real, judged by pyspnego: NTLMv2 alone (LM_COMPAT_LEVEL 5), with its message integrity code.
Kerberos is not among them, because the laboratory has no domain controller; Negotiate carries NTLM.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import threading
from typing import TYPE_CHECKING

import spnego
from spnego.exceptions import SpnegoError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bridgehead.lab.messages import Request

SCHEMES = ("Negotiate", "NTLM")
CHALLENGES = [("WWW-Authenticate", scheme) for scheme in SCHEMES]
"""Two lines, Negotiate first, as IIS sends them; clients misread one line with both."""

_NTLM_MARK = b"NTLMSSP\x00"
_ENVIRONMENT = threading.Lock()


@contextlib.contextmanager
def _credential_store(path: Path) -> Iterator[None]:
    """Let pyspnego read this store: it knows only environment variables, which belong to the whole process."""
    wanted = {"NTLM_USER_FILE": str(path), "LM_COMPAT_LEVEL": "5"}
    with _ENVIRONMENT:
        before = {name: os.environ.get(name) for name in wanted}
        os.environ.update(wanted)
        try:
            yield
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)


class ConnectionAuthentication:
    """Who is logged in on one connection. A new handshake forgets the old user, as IIS does."""

    def __init__(self, store: Path) -> None:
        self.user: str | None = None
        self._store = store
        self._acceptor: spnego.ContextProxy | None = None

    @property
    def under_way(self) -> bool:
        """Whether a handshake has begun and not ended."""
        return self._acceptor is not None

    def judge(self, request: Request) -> tuple[bool, list[tuple[str, str]]]:
        """Whether the request may enter, and the WWW-Authenticate lines of its answer.

        A request without a credential enters when the connection is logged in.
        """
        scheme, _, text = request.fields.get("Authorization").partition(" ")
        known = next((known for known in SCHEMES if known.lower() == scheme.lower()), None)
        if known is None:
            return (True, []) if self.user is not None else (False, CHALLENGES)
        try:
            token = base64.b64decode(text.strip(), validate=True)
        except binascii.Error:
            token = b""
        return self._step(known, token)

    def _step(self, scheme: str, token: bytes) -> tuple[bool, list[tuple[str, str]]]:
        if _begins_handshake(token):
            self.user = None
            self._acceptor = None
        elif self._acceptor is None:
            # A last leg that belongs to another connection: exactly what a careless proxy produces.
            self.user = None
            return False, CHALLENGES
        try:
            answer = self._accept(scheme, token)
        except (SpnegoError, ValueError, KeyError, IndexError):
            self._acceptor = None
            return False, CHALLENGES
        line = [("WWW-Authenticate", f"{scheme} {base64.b64encode(answer).decode()}")] if answer else []
        return self.user is not None, line

    def _accept(self, scheme: str, token: bytes) -> bytes | None:
        with _credential_store(self._store):
            if self._acceptor is None:
                self._acceptor = _new_acceptor(scheme)
            answer = self._acceptor.step(token)
        if self._acceptor.complete:
            self.user = self._acceptor.client_principal
            self._acceptor = None
        return answer


def _new_acceptor(scheme: str) -> spnego.ContextProxy:
    # pyspnego's own implementation, also where a system library (GSSAPI) is installed: that one knows other users.
    if scheme == "NTLM":
        return spnego.server(protocol="ntlm", options=spnego.NegotiateOptions.use_ntlm)
    return spnego.server(protocol="negotiate", options=spnego.NegotiateOptions.use_negotiate)


def _begins_handshake(token: bytes) -> bool:
    """NTLM type 1 (MS-NLMP 2.2.1.1), or a SPNEGO NegTokenInit in its GSS-API frame (RFC 4178, RFC 2743 3.1)."""
    if token.startswith(_NTLM_MARK):
        return token[8:12] == b"\x01\x00\x00\x00"
    return token.startswith(b"\x60")
