"""Before anybody logs in: what strangers get, how the challenge comes, and what clients are offered."""

from __future__ import annotations

import re
import socket
import ssl
from typing import TYPE_CHECKING

from bridgehead.verify.isolation.connection import Ended

if TYPE_CHECKING:
    from bridgehead.verify.isolation.stage import Seen, Stage

_STRANGERS = 3
_OTHER_NAMES = 8
_QUOTED = re.compile(r'"[^"]*"')
_SECOND_SCHEME = re.compile(r",\s*(?:NTLM|Negotiate|Nego2|Kerberos|Basic|Digest|Bearer)\b(?!\s*=)", re.IGNORECASE)
_WINDOWS = {"ntlm", "negotiate", "nego2", "kerberos"}


class NothingToTest(Exception):  # noqa: N818 - the test ends with it
    """There is no site, or it does not ask for a Windows login."""


def strangers_alone(stage: Stage) -> None:
    """Nobody is logged in, as far as we know. Raises NothingToTest."""
    seen = [stage.ask(stage.open()) for _ in range(_STRANGERS)]
    answered = [one for one in seen if one.answer is not None]
    if not answered:
        raise NothingToTest("No request is answered.")
    _note_the_usual_answer(stage, answered)
    challenge = next((one for one in answered if one.status == 401), None)
    if stage.means.page and (challenge is None or not _is_windows(challenge)):
        connection = stage.open()
        challenge = stage.see(connection, connection.ask)
    if challenge is None or not _is_windows(challenge):
        status = (challenge or answered[0]).status
        raise NothingToTest(
            f"A stranger is answered with {status} and no challenge by NTLM or Negotiate: give the URL of a page that "
            "asks Windows' clients to log in, for example /abs/ of a Lync server."
        )
    assert challenge.answer is not None
    stage.offered = challenge.answer.schemes
    _judge_lines(stage, challenge)


def offers_to_clients(stage: Stage) -> None:
    """HTTP/2 and HTTP/3, by ALPN and Alt-Svc, here and under the certificate's other names."""
    connection = stage.open()
    seen = stage.ask(connection)
    advertised = [
        value for value in (seen.answer.all("Alt-Svc") if seen.answer else []) if re.search(r"\bh[23]", value)
    ]
    if advertised:
        stage.broken(
            [(17, "offer")], f"Alt-Svc leads clients to another protocol: {advertised[0][:80]}", connection.label
        )
    if stage.target.context is None:
        return
    if _takes_http_2(stage, stage.target.host):
        stage.broken(
            [(17, "offer")],
            "by ALPN, HTTP/2 is offered for a site that asks for a Windows login: each request of a client may go over "
            "another connection to the server",
        )
        stage.unseen(18, "other names", "HTTP/2 is offered for the site's own name already")
        return
    if not advertised:
        stage.held(17, "offer", "ALPN gives HTTP/1.1, and no Alt-Svc leads elsewhere")
    _judge_other_names(stage)


def _note_the_usual_answer(stage: Stage, answered: list[Seen]) -> None:
    statuses = {one.status for one in answered}
    stage.stranger_status = 401 if 401 in statuses else answered[0].status
    for one in answered:
        if stage.is_foreign(one, None):
            stage.broken(
                [(2, "in use")],
                f"{one.connection}, who never logged in, was {one.crossing}: somebody else's login is lent right now",
                one.connection,
            )


def _is_windows(seen: Seen) -> bool:
    return seen.answer is not None and any(scheme.lower() in _WINDOWS for scheme in seen.answer.schemes)


def _judge_lines(stage: Stage, challenge: Seen) -> None:
    assert challenge.answer is not None
    values = challenge.answer.all("WWW-Authenticate")
    joined = [value for value in values if _SECOND_SCHEME.search(_QUOTED.sub("", value))]
    if joined:
        stage.broken(
            [(8, "lines")], f"several schemes on one WWW-Authenticate line: {joined[0][:80]}", challenge.connection
        )
    elif len(values) > 1:
        stage.held(8, "lines", f"{', '.join(challenge.answer.schemes)}: a line for each")


def _judge_other_names(stage: Stage) -> None:
    names = _other_names(stage)
    for name in names[:_OTHER_NAMES]:
        if _takes_http_2(stage, name):
            stage.unseen(
                18,
                "other names",
                f"{name} is in the same certificate and is offered HTTP/2, so a client may reach this site over it; "
                "whether the proxy then answers 421 takes a client that speaks HTTP/2",
            )
            return
    told = f"{len(names[:_OTHER_NAMES])} other names" if names else "no other name"
    stage.held(18, "other names", f"{told} of the certificate asked: none is offered HTTP/2")


def _other_names(stage: Stage) -> list[str]:
    connection = stage.open()
    connection.close()
    names = [value for kind, value in connection.subject_names if kind == "DNS"]
    return sorted({name.lower() for name in names if "*" not in name} - {stage.target.host.lower()})


def _takes_http_2(stage: Stage, name: str) -> bool:
    """Whether a handshake for this name, at the proxy's address, settles on HTTP/2."""
    context = ssl.create_default_context()
    # Nothing is sent on this connection; the other names' certificates are not what is looked at.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    try:
        with (
            socket.create_connection(stage.target.address, stage.limits.patience) as connected,
            context.wrap_socket(connected, server_hostname=name) as secured,
        ):
            return secured.selected_alpn_protocol() == "h2"
    except OSError:
        # A name that this address does not serve cannot be reached over it either.
        return False


def reachable(stage: Stage) -> None:
    """Raises NothingToTest, with the reason, where no connection can be made."""
    try:
        stage.open().close()
    except Ended as ended:
        raise NothingToTest(str(ended)) from None
