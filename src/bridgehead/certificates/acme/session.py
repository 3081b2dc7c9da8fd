"""Talking to one authority: signed requests, nonces that are refused, and every failure as one kind of exception."""

from __future__ import annotations

import os
import weakref
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Protocol

from acme import errors, messages
from acme.client import ClientNetwork
from josepy.errors import Error as JoseError
from josepy.jwa import ES256
from josepy.jwk import JWKEC

from bridgehead import __version__
from bridgehead.certificates.acme.answer_limits import LimitedAnswers
from bridgehead.certificates.acme.explanations import Refused, another_may_help, explain
from bridgehead.certificates.acme.failure import AttemptFailed
from bridgehead.certificates.reading.files import read_file
from bridgehead.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from josepy.interfaces import JSONDeSerializable

    from bridgehead.certificates.acme.authority import Authority, Clock

_NONCE_ATTEMPTS = 20
"""A nonce may be refused at any time (RFC 8555, 6.5). The library tries twice, which a busy authority defeats."""
_SECONDS = 45
"""How long one answer may take."""


class Answer(Protocol):
    """What an authority answered."""

    @property
    def content(self) -> bytes:
        """The content."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The header fields, whatever the case of their names."""
        ...

    def json(self) -> Any:  # noqa: ANN401 - as the HTTP library has it
        """The content, read as JSON."""
        ...


class Session:
    """Requests to one authority, signed by one account's key; without a key it only reads what is public."""

    def __init__(self, authority: Authority, key: EllipticCurvePrivateKey | None, clock: Clock) -> None:
        """Ask for the directory. Raises AttemptFailed where the authority does not answer."""
        self.authority = authority
        self.clock = clock
        self._key = JWKEC(key=key) if key is not None else None
        self._network = _Network(key=self._key, alg=ES256, user_agent=f"bridgehead/{__version__}", timeout=_SECONDS)
        _limit(self._network)
        self._network.encrypted = authority.directory.startswith("https:")
        _trust(self._network, authority)
        with self.failures():
            self.directory = messages.Directory.from_json(self._network.get(authority.directory).json())
            self._new_nonce: str = self.directory["newNonce"]

    @property
    def key(self) -> JWKEC:
        """The account's key."""
        assert self._key is not None
        return self._key

    def use_account(self, url: str) -> None:
        """Sign as this account from now on."""
        self._network.account = messages.RegistrationResource(uri=url, body=messages.Registration())

    def has(self, resource: str) -> bool:
        """Whether the authority's directory names such a resource."""
        return resource in self.directory.to_partial_json()

    def url_of(self, resource: str) -> str:
        """The URL of a resource of the directory."""
        with self.failures():
            return str(self.directory[resource])

    def post(self, url: str, message: JSONDeSerializable | None) -> Answer:
        """A signed request; without a message it only reads (RFC 8555, 6.3). Raises what `failures` translates."""
        answer: Answer = self._network.post(url, message, new_nonce_url=self._new_nonce)
        return answer

    def get(self, url: str) -> Answer:
        """A request that nobody signs. Raises what `failures` translates."""
        return self._network.get(url)

    @property
    def retry_after(self) -> float | None:
        """What the last answer asked to wait, in seconds; None where it did not say."""
        return seconds_of(self._network.retry_after, self.clock.now())

    @contextmanager
    def failures(self, name: str = "", challenge: str = "") -> Iterator[None]:
        """Everything that goes wrong inside becomes AttemptFailed. `name` and `challenge`: what it is about."""
        label = self.authority.label
        try:
            yield
        except messages.Error as error:
            refused = as_refused(error)
            problems = explain(refused, where=label, authority=label, name=name, challenge=challenge)
            raise AttemptFailed(
                problems, retry_after=self.retry_after, another_may_help=another_may_help([refused])
            ) from None
        # What the library cannot read is of many kinds; none is a fault of this program.
        except (errors.Error, JoseError, AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
            if isinstance(error, OSError):
                raise AttemptFailed([unreachable(self.authority, error)]) from None
            message = f"The answer of {label} is not one of ACME: {_what(error)}."
            hint = f"Is {self.authority.directory} its directory, and nothing in between that answers instead?"
            raise AttemptFailed(
                [Problem("acme.not-understood", label, message, hint)], retry_after=self.retry_after
            ) from None
        except OSError as error:
            raise AttemptFailed([unreachable(self.authority, error)]) from None


def as_refused(error: messages.Error) -> Refused:
    """The library's error as ours."""
    identifier = error.identifier
    return Refused(
        type=str(error.typ),
        detail=str(error.detail or error.title or ""),
        name=str(identifier.value) if identifier is not None else "",
        parts=tuple(as_refused(part) for part in error.subproblems or ()),
    )


def unreachable(authority: Authority, error: OSError) -> Problem:
    """An authority that does not answer, or whose web server is not the right one."""
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text or "SSLError" in type(error).__name__:
        message = (
            f"The web server of {authority.label} ({authority.directory}) could not prove that it is the right one."
        )
        hint = 'An authority of your own: root = "its-root.pem" in the file. Otherwise somebody stands in between.'
    else:
        message = f"{authority.label} does not answer at {authority.directory}: {_cause(error)}."
        hint = (
            "This machine must reach it (port 443, outwards). Does it need a way through a forward proxy (HTTPS_PROXY)?"
        )
    return Problem("acme.unreachable", authority.label, message, hint)


def seconds_of(field: str | None, now: datetime) -> float | None:
    """`Retry-After` as seconds (RFC 9110, 10.2.3): a number of them, or a date. None for anything else."""
    text = (field or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (ValueError, TypeError):
        return None


class _Network(ClientNetwork):
    """The library's, with more patience for nonces, and with an eye on Retry-After."""

    retry_after: str | None = None
    encrypted = False
    """Whether the directory is, and so all that it leads to."""

    def post(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as the library has it
        for _ in range(_NONCE_ATTEMPTS - 1):
            try:
                return self._post_once(*args, **kwargs)
            except messages.Error as error:
                if error.code != "badNonce":
                    raise
                self._nonces.clear()  # the others are as old
        return self._post_once(*args, **kwargs)

    def _send_request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the same
        self._check_encrypted(url)
        response = super()._send_request(method, url, *args, **kwargs)
        for each in (*response.history, response):
            self._check_encrypted(each.url)
        headers: Mapping[str, str] = response.headers
        self.retry_after = headers.get("Retry-After")
        return response

    def _check_encrypted(self, url: str) -> None:
        if self.encrypted and not url.lower().startswith("https:"):
            raise ValueError(f"it leads to {url}, which is not encrypted")


def _limit(network: ClientNetwork) -> None:
    """Let no answer be without end."""
    session: Any = network.session
    for scheme in ("http://", "https://"):
        session.mount(scheme, LimitedAnswers(session.get_adapter(scheme), _SECONDS))


def _trust(network: ClientNetwork, authority: Authority) -> None:
    """Let the network trust the authority's own roots, where it has some. Raises ProblemsFound for one that is gone."""
    contents = [read_file(root) for root in authority.roots]
    if not contents:
        return
    path = str(authority.roots[0])
    if len(contents) > 1:
        # The HTTP library takes one file. This one is in memory: nothing of it is left, however this process ends.
        together = os.fdopen(os.memfd_create("roots"), "wb")
        together.write(b"\n".join(contents))
        together.flush()
        path = f"/proc/self/fd/{together.fileno()}"
        weakref.finalize(network, together.close)
    network.verify_ssl = path  # type: ignore[assignment] # and not only whether


def _what(error: Exception) -> str:
    status = getattr(error.args[0], "status_code", None) if error.args else None
    return f"status {status}" if status is not None else " ".join((str(error) or type(error).__name__).split())[:200]


def _cause(error: OSError) -> str:
    """The innermost reason: what the HTTP library wraps around it helps nobody."""
    text = str(error)
    for words in (
        "Name or service not known",
        "Temporary failure in name resolution",
        "Connection refused",
        "timed out",
    ):
        if words in text:
            return words.lower()
    return " ".join(text.split())[:200]
