"""The client's side of a Windows login: the tokens of NTLM, alone or inside Negotiate.

MS-NLMP, MS-NTHT, RFC 4559. Only NTLMv2 is ever sent, whatever the environment says; Kerberos is not among it, because
it takes a ticket that a password alone does not give here.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import threading
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    import spnego

    from bridgehead.verify.credentials import User

Scheme = Literal["NTLM", "Negotiate"]

_SIGNATURE = b"NTLMSSP\x00"
_ENVIRONMENT = threading.Lock()


class LoginImpossible(Exception):  # noqa: N818 - what it means for the caller
    """No token can be made: the server's is malformed, or asks for what NTLMv2 does not do."""


class WindowsLogin:
    """One login on one connection: `first()`, then `answer()` to what the server said.

    `channel_binding` is the hash of the server's certificate that Windows' own clients send along (RFC 5929
    tls-server-end-point): `channel_binding.end_point_hash`. Raises ModuleNotFoundError where pyspnego is missing.
    """

    def __init__(self, scheme: Scheme, user: User, host: str, channel_binding: bytes | None = None) -> None:
        self.scheme = scheme
        # Loaded when somebody logs in: nothing else of the product makes tokens.
        with _ntlm_version_2():
            self._context = _new_context(scheme, user, host, channel_binding)

    def first(self) -> str:
        """The credential of the first leg, as the Authorization field has it."""
        return self._step(None)

    def answer(self, challenge: str) -> str:
        """The credential of the next leg. `challenge` is the server's token, in base64. Raises LoginImpossible."""
        try:
            return self._step(base64.b64decode(challenge, validate=True))
        except binascii.Error:
            raise LoginImpossible("The server's token is not base64.") from None

    def _step(self, token: bytes | None) -> str:
        try:
            with _ntlm_version_2():
                made = self._context.step(token)
        except Exception as error:  # noqa: BLE001 - a library's parser, fed by whoever answers; it raises what it likes
            raise LoginImpossible(f"The server's token cannot be answered: {type(error).__name__}.") from None
        return f"{self.scheme} {base64.b64encode(made or b'').decode()}"


def token_in(values: list[str], scheme: Scheme) -> str | None:
    """The server's token in the WWW-Authenticate lines of an answer, where there is one of this scheme."""
    for value in values:
        name, _, text = value.partition(" ")
        if name.lower() == scheme.lower() and text.strip():
            return text.strip()
    return None


def describe_token(text: str) -> str:
    """What a token is, without its content: `NTLM type 2 (210 bytes)`, `Negotiate token (74 bytes)`."""
    try:
        raw = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        return f"{len(text)} characters"
    start = raw.find(_SIGNATURE)
    if start < 0 or len(raw) < start + 12:
        return f"token ({len(raw)} bytes)"
    kind = int.from_bytes(raw[start + 8 : start + 12], "little")
    return f"type {kind}{' in SPNEGO' if start else ''} ({len(raw)} bytes)"


def _new_context(scheme: Scheme, user: User, host: str, channel_binding: bytes | None) -> spnego.ContextProxy:
    import spnego as library  # noqa: PLC0415 - see WindowsLogin
    from spnego.channel_bindings import GssChannelBindings  # noqa: PLC0415

    binding = None
    if channel_binding is not None:
        binding = GssChannelBindings(application_data=b"tls-server-end-point:" + channel_binding)
    # pyspnego's own implementation, also where a system library (GSSAPI) is installed: that one has users of its own.
    options = library.NegotiateOptions.use_ntlm if scheme == "NTLM" else library.NegotiateOptions.use_negotiate
    return library.client(
        user.name,
        user.password,
        hostname=host,
        service="HTTP",
        protocol="ntlm" if scheme == "NTLM" else "negotiate",
        options=options,
        channel_bindings=binding,
    )


@contextlib.contextmanager
def _ntlm_version_2() -> Iterator[None]:
    """LM_COMPAT_LEVEL 5: pyspnego knows it from the environment alone, which belongs to the whole process."""
    with _ENVIRONMENT:
        before = os.environ.get("LM_COMPAT_LEVEL")
        os.environ["LM_COMPAT_LEVEL"] = "5"
        try:
            yield
        finally:
            if before is None:
                del os.environ["LM_COMPAT_LEVEL"]
            else:
                os.environ["LM_COMPAT_LEVEL"] = before
