"""A domain as the source of accounts, through Samba's winbind on this machine, which is a member of it.

The helper protocol is `ntlm-server-1` of Samba's `ntlm_auth`: it judges one challenge and response, and gives the
session key. So the handshake with the client is our own for every source (target names, message integrity code,
channel binding), and no helper is held by a client that has sent the first leg and not the last.

winbind answers on a socket in its directory `winbindd_privileged`, which its owner's group may enter: the proxy's user
must be in that group (Debian: `winbindd_priv`).
"""

from __future__ import annotations

import asyncio
import base64
import re
from functools import partial
from typing import TYPE_CHECKING

from bridgehead.authentication.accounts import Outcome, Verdict
from bridgehead.authentication.helper_processes import HelperProcesses
from bridgehead.authentication.membership import Membership, UnknownName
from bridgehead.authentication.winbind_errors import outcome_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from bridgehead.authentication.accounts import Claim, Vouched
    from bridgehead.spec import Accounts

LONGEST_NAME = 255
"""Bytes of UTF-8: Samba cuts what is longer (its `fstring`), and then judges somebody else's name."""

LONGEST_RESPONSE = 8192
"""Bytes of an NTLMv2 response, of which real ones have less than a thousand; its hexadecimal form fits into a pipe."""

_GROUPS_OF_SYSTEMS = "builtin"
"""A domain that every Windows has, with no user in it. winbind would say that no server is there to judge a login."""

_HINT = "(Does winbindd run, and may this user enter its directory winbindd_privileged?)"

_SESSION_KEY = re.compile(rb"^User-Session-Key: ([0-9A-Fa-f]{32})$", re.MULTILINE)
_ERROR = re.compile(rb"^(?:Authentication-Error|Error): (.*)$", re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class ClaimQuestion:
    """A claim, as `ntlm-server-1` takes it. Names are in Base64, so that no line break in one can say anything."""

    _number = 0
    is_open = False

    def __init__(self, claim: Claim, domain: str) -> None:
        ClaimQuestion._number += 1
        # Samba ends an error with one full stop too many, which would be taken for the end of the next answer; and who
        # is one answer behind lets somebody in as somebody else. It repeats a name that it does not know: until we have
        # read this one's, the answer is not at its end.
        mark = f"End-of-question-{ClaimQuestion._number}"
        self._end = f"Error: Unknown request {mark}\n.\n".encode()
        lines = (
            f"LANMAN-Challenge: {claim.server_challenge.hex()}",
            f"NT-Response: {claim.nt_response.hex()}",
            f"Username:: {_base64(claim.user)}",
            f"NT-Domain:: {_base64(domain)}",
            "Request-User-Session-Key: Yes",
            ".",
            f"{mark}: -",
        )
        self.words = "".join(f"{line}\n" for line in lines).encode()

    def answer_in(self, output: bytes) -> bytes | None:
        """See helper_processes.Question."""
        return output[: -len(self._end)] if output.endswith(self._end) else None


class Winbind:
    """An AccountSource that asks winbind. `tell` gets words for the log when winbind does not answer as it should."""

    def __init__(
        self,
        accounts: Accounts,
        *,
        wanted_groups: frozenset[str],
        loop: asyncio.AbstractEventLoop,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        command = (accounts.ntlm_auth, "--helper-protocol=ntlm-server-1")
        self._domain = accounts.domain
        self._own_names = {name.casefold() for name in (accounts.domain, accounts.dns_domain) if name}
        self._seconds = accounts.helper_seconds
        self._loop = loop
        self._tell = tell
        self._helpers = HelperProcesses(loop, command, limit=accounts.helpers, seconds=accounts.helper_seconds)
        self._membership = Membership(loop, accounts, wanted_groups)
        self._under_way: set[asyncio.Task[Verdict]] = set()

    def verify(self, claim: Claim, done: Callable[[Verdict], None]) -> None:
        """See AccountSource."""
        if not _can_be_somebodys(claim):
            done(Verdict(Outcome.UNKNOWN_USER))
        elif len(claim.nt_response) > LONGEST_RESPONSE:
            done(Verdict(Outcome.MALFORMED))
        else:
            questions = (ClaimQuestion(claim, claim.domain), ClaimQuestion(claim, self._domain))

            def answered(verdict: Verdict) -> None:
                done(verdict._replace(may_be_counted=any(question.is_open for question in questions)))

            self._answer(partial(self._judge, claim, questions), answered)

    def look_up(self, name: str, done: Callable[[Verdict], None], vouched: Vouched | None = None) -> None:
        """See AccountSource. The realm is the domain's DNS name, by which winbind knows it too."""
        user, _, realm = name.rpartition("@")
        # One part alone: the principals of services (`HTTP/host`) are nobody's who browses.
        if not user or re.search(r"[/\\@]", user) or not _can_be_a_name(name):
            done(Verdict(Outcome.UNKNOWN_USER))
        else:
            self._answer(partial(self._identify, realm, user, vouched), done)

    def close(self) -> None:
        """See AccountSource."""
        self._helpers.close()
        self._membership.close()
        for task in self._under_way:
            task.cancel()

    def _answer(self, judging: Callable[[], Coroutine[Any, Any, Verdict]], done: Callable[[Verdict], None]) -> None:
        task = self._loop.create_task(self._in_time(judging))
        self._under_way.add(task)

        def answered(task: asyncio.Task[Verdict]) -> None:
            self._under_way.discard(task)
            done(self._verdict_of(task))

        task.add_done_callback(answered)

    async def _in_time(self, judging: Callable[[], Coroutine[Any, Any, Verdict]]) -> Verdict:
        async with asyncio.timeout(self._seconds):
            return await judging()

    def _verdict_of(self, task: asyncio.Task[Verdict]) -> Verdict:
        if task.cancelled():
            return Verdict(Outcome.UNAVAILABLE)
        problem = task.exception()
        if problem is None:
            return task.result()
        # Whatever it was, it is not the client's fault, and nobody is let in.
        self._tell(f"winbind could not be asked for an account: {problem!r}")
        return Verdict(Outcome.UNAVAILABLE)

    async def _judge(self, claim: Claim, questions: tuple[ClaimQuestion, ClaimQuestion]) -> Verdict:
        outcome, key = await self._ask(questions[0])
        if outcome is Outcome.UNKNOWN_USER and not claim.domain and "@" in claim.user:
            # A suffix that the forest was not told of. The domain has counted nothing, because it knew nobody.
            outcome, key = await self._ask(questions[1])
        if outcome is not Outcome.ACCEPTED:
            return Verdict(outcome)
        try:
            return Verdict(outcome, await self._membership.account(*self._whose(claim)), key)
        except UnknownName:
            self._tell(f"a login as {claim.user!r} of {claim.domain!r} was good, and winbind knows nobody by this name")
            return Verdict(Outcome.UNKNOWN_USER)

    def _whose(self, claim: Claim) -> tuple[str, str]:
        r"""Domain and user of a claim. Some programs leave what was typed, `CONTOSO\alice`, in the user's field alone.

        The domain is asked with the names as they were sent, because the response was made with them (MS-NLMP 3.3.2):
        with others it would say that the password is wrong, and count that. Most know nobody by such a name.
        """
        before, backslash, user = claim.user.partition("\\")
        # Our own domain has judged a name without one: it has not spoken for anybody else's.
        if backslash and not claim.domain and before.casefold() in self._own_names:
            return before, user
        return claim.domain, claim.user

    async def _identify(self, realm: str, user: str, vouched: Vouched | None) -> Verdict:
        try:
            if vouched is not None:
                return Verdict(Outcome.ACCEPTED, await self._membership.vouched_account(vouched))
            return Verdict(Outcome.ACCEPTED, await self._membership.account(realm, user))
        except UnknownName:
            return Verdict(Outcome.UNKNOWN_USER)

    async def _ask(self, question: ClaimQuestion) -> tuple[Outcome, bytes]:
        answer = await self._helpers.answer_to(question)
        if answer is None:
            self._tell(f"ntlm_auth did not answer in time, or could not be run {_HINT}")
            return Outcome.UNAVAILABLE, b""
        key = _SESSION_KEY.search(answer)
        if answer.startswith(b"Authenticated: Yes\n") and key is not None:
            return Outcome.ACCEPTED, bytes.fromhex(key[1].decode())
        error = _ERROR.search(answer)
        words = error[1].decode("utf-8", "replace") if error is not None else "no session key"
        outcome = outcome_of(words)
        if outcome is Outcome.UNAVAILABLE:
            self._tell(f"winbind could not judge a login: {words} {_HINT}")
        return outcome, b""


def _can_be_somebodys(claim: Claim) -> bool:
    _, at, suffix = claim.user.rpartition("@")
    domain = claim.domain or (suffix if at else "")
    is_sound = _can_be_a_name(claim.user) and _can_be_a_name(claim.domain)
    return bool(claim.user) and is_sound and domain.casefold() != _GROUPS_OF_SYSTEMS


def _can_be_a_name(name: str) -> bool:
    return _CONTROL.search(name) is None and len(name.encode("utf-8", "replace")) <= LONGEST_NAME


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
