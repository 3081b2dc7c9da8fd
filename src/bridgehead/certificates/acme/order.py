"""One order, from the names to the certificate (RFC 8555, 7.4).

What has been done is not remembered here but there: the authority says of its order whether names are still to be
proved (`pending`), the request is expected (`ready`), it works (`processing`), or it is done (`valid`). So an order
that was broken off anywhere goes on by asking.
"""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from acme import errors, messages
from josepy.json_util import field

from bridgehead.certificates.acme.explanations import another_may_help, explain
from bridgehead.certificates.acme.failure import AttemptFailed
from bridgehead.certificates.acme.session import as_refused
from bridgehead.certificates.acme.state import OrderState, Proof
from bridgehead.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from cryptography import x509

    from bridgehead.certificates.acme.session import Session

PATIENCE = timedelta(minutes=10)
"""How long a verdict of the authority is waited for in one attempt; the next one goes on waiting."""
_SHORTEST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0


class Prover(Protocol):
    """Shows proofs to the authority, and takes them away."""

    def place(self, proofs: Sequence[Proof]) -> None:
        """Make the authority able to see these proofs. Placing one twice is no error. Raises AttemptFailed."""
        ...

    def remove(self, proofs: Sequence[Proof]) -> None:
        """Take them away, as far as they are there. What fails is told by nobody: the order is over."""
        ...


class _NewOrder(messages.NewOrder):
    """With the certificate that it replaces (RFC 9773, 5)."""

    replaces: str | None = field("replaces", omitempty=True)


def place_order(session: Session, names: Sequence[str], replaces: str | None) -> str:
    """Order a certificate for these names. The order's URL. Raises AttemptFailed.

    `replaces` identifies the certificate that it is to follow; the authority may not know it, or know of a successor
    already, and then it is ordered without.
    """
    identifiers = [messages.Identifier(typ=messages.IDENTIFIER_FQDN, value=name) for name in names]
    order = _NewOrder(identifiers=identifiers, profile=session.authority.profile, replaces=replaces)
    with session.failures():
        try:
            response = session.post(session.url_of("newOrder"), order)
        except (messages.Error, errors.ConflictError) as error:
            if replaces is None or getattr(error, "code", None) == "rateLimited":
                raise
            response = session.post(session.url_of("newOrder"), order.update(replaces=None))
        return str(response.headers["Location"])


def complete(
    session: Session,
    state: OrderState,
    csr: x509.CertificateSigningRequest,
    prover: Prover,
    keep: Callable[[OrderState], None],
) -> bytes:
    """Bring an order to its end, from wherever it is: the chain, as PEM.

    `keep` is called with the state before each step that leaves something behind. Raises AttemptFailed.
    """
    order = _look(session, state)
    if order.status == messages.STATUS_PENDING:
        state, order = _prove(session, state, order, prover, keep)
    if state.proofs:
        prover.remove(state.proofs)
        state = state.model_copy(update={"proofs": ()})
        keep(state)
    until = session.clock.now() + PATIENCE
    if order.status == messages.STATUS_READY:
        with session.failures():
            try:
                session.post(order.finalize, messages.CertificateRequest(csr=csr))
            except messages.Error as error:
                if error.code != "orderNotReady":
                    raise
        order = _when(session, state, {messages.STATUS_READY, messages.STATUS_PROCESSING}, until)
    if order.status != messages.STATUS_VALID:
        order = _when(session, state, {messages.STATUS_PROCESSING}, until)
    return _download(session, order)


# Names


def _prove(
    session: Session,
    state: OrderState,
    order: messages.Order,
    prover: Prover,
    keep: Callable[[OrderState], None],
) -> tuple[OrderState, messages.Order]:
    """Prove every name that is not proved yet. The state with the proofs in place, and the order afterwards."""
    open_ones: list[tuple[str, messages.ChallengeBody, Proof]] = []
    for url in order.authorizations:
        authorization = _authorization(session, url)
        if authorization.status == messages.STATUS_PENDING:
            open_ones.append((url, *_challenge(session, authorization)))
        elif authorization.status != messages.STATUS_VALID:
            raise _not_proved(session, [authorization])
    proofs = tuple(dict.fromkeys(proof for _, _, proof in open_ones))
    stale = tuple(proof for proof in state.proofs if proof not in proofs)
    # Written down first: what is in place when somebody pulls the plug is taken away by the next attempt.
    state = state.model_copy(update={"proofs": (*stale, *proofs)})
    keep(state)
    if stale:
        prover.remove(stale)
    try:
        if proofs:
            prover.place(proofs)
        for _, challenge, proof in open_ones:
            # One that was answered before is not answered again: it may be looked at just now.
            if challenge.status == messages.STATUS_PENDING:
                with session.failures(proof.name, proof.challenge):
                    session.post(challenge.uri, challenge.chall.response(session.key))
        # One patience for all names: the proxy forgets what it is to answer some minutes later.
        until = session.clock.now() + PATIENCE
        _await_verdicts(session, [url for url, _, _ in open_ones], until)
        order = _when(session, state, {messages.STATUS_PENDING}, until)
    except AttemptFailed:
        prover.remove(proofs)
        keep(state.model_copy(update={"proofs": ()}))
        raise
    return state, order


def _authorization(session: Session, url: str) -> messages.Authorization:
    with session.failures():
        authorization: messages.Authorization = messages.Authorization.from_json(session.post(url, None).json())
        if authorization.identifier is None or authorization.status is None:
            raise ValueError("an authorization without identifier or status")
    return authorization


def _challenge(session: Session, authorization: messages.Authorization) -> tuple[messages.ChallengeBody, Proof]:
    wanted, name = session.authority.challenge, str(authorization.identifier.value)
    with session.failures(name):
        for challenge in authorization.challenges:
            if challenge.chall.typ == wanted:
                value = str(challenge.chall.validation(session.key))
                return challenge, Proof(name=name, challenge=wanted, token=challenge.chall.encode("token"), value=value)
        types = sorted(str(one.chall.to_partial_json().get("type", "")) for one in authorization.challenges)
    label, offered = session.authority.label, ", ".join(types)
    message = f"{label} does not take {wanted} for {name}{' and all below it' if authorization.wildcard else ''}."
    hint = f"It offers {offered or 'nothing'}: write another challenge in [acme]."
    raise AttemptFailed([Problem("acme.challenge-not-offered", label, message, hint)], order_is_over=True)


def _await_verdicts(session: Session, urls: Sequence[str], until: datetime) -> None:
    """Wait until the authority has looked at every name. Raises AttemptFailed with all that it did not accept."""
    failed = []
    for url in urls:
        pauses = _Pauses(session, until)
        authorization = _authorization(session, url)
        while authorization.status == messages.STATUS_PENDING:
            pauses.wait(f"{session.authority.label} has not looked at {authorization.identifier.value} yet.")
            authorization = _authorization(session, url)
        if authorization.status != messages.STATUS_VALID:
            failed.append(authorization)
    if failed:
        raise _not_proved(session, failed)


def _not_proved(session: Session, failed: Sequence[messages.Authorization]) -> AttemptFailed:
    """Every name that was not accepted: which check, what the authority saw, and the likely mend."""
    label, problems, refused = session.authority.label, [], []
    for authorization in failed:
        name = str(authorization.identifier.value)
        with session.failures(name):
            errors_seen = [
                (one.chall.typ, as_refused(one.error)) for one in authorization.challenges if one.error is not None
            ]
        for challenge, one in errors_seen:
            refused.append(one)
            problems += explain(one, where=label, authority=label, name=name, challenge=str(challenge))
        if not errors_seen:
            message = f"{name}: {label} has withdrawn this authorization ({authorization.status.name})."
            problems.append(Problem("acme.not-proved", label, message, "The next attempt begins anew."))
    return AttemptFailed(
        problems, retry_after=session.retry_after, another_may_help=another_may_help(refused), order_is_over=True
    )


# The order itself


def _look(session: Session, state: OrderState) -> messages.Order:
    """How the order is. One that is over, or that the authority does not know any more, raises AttemptFailed."""
    label = session.authority.label
    with session.failures():
        order: messages.Order = messages.Order.from_json(_asked(session, state.url))
        if order.status is None or not isinstance(order.authorizations, list | tuple):
            raise ValueError("an order without status or authorizations")
        if order.status != messages.STATUS_INVALID and not (order.authorizations and order.finalize):
            raise ValueError("an order that cannot be finished")
    if order.status == messages.STATUS_INVALID:
        problems = [Problem("acme.order-over", label, f"{label} has ended the order.", "The next attempt begins anew.")]
        if order.error is not None:
            with session.failures():
                problems = explain(as_refused(order.error), where=label, authority=label)
        failed_ones = [one for one in (_authorization(session, url) for url in order.authorizations) if _bad(one)]
        if failed_ones:
            raise _not_proved(session, failed_ones)
        raise AttemptFailed(problems, retry_after=session.retry_after, order_is_over=True)
    return order


def _asked(session: Session, url: str) -> object:
    """What is answered about an order. One that is not known, or not to us, will not be later either: it is over."""
    label = session.authority.label
    try:
        return session.post(url, None).json()
    except messages.Error as error:
        if error.code not in {"malformed", "unauthorized"}:
            raise
        problems = explain(as_refused(error), where=label, authority=label)
    except errors.ClientError as error:
        if getattr(error.args[0] if error.args else None, "status_code", None) != HTTPStatus.NOT_FOUND:
            raise
        problems = [Problem("acme.order-over", label, f"{label} does not know the order any more.")]
    raise AttemptFailed(problems, retry_after=session.retry_after, order_is_over=True)


def _bad(authorization: messages.Authorization) -> bool:
    return authorization.status not in {messages.STATUS_PENDING, messages.STATUS_VALID}


def _when(session: Session, state: OrderState, no_longer: set[messages.Status], until: datetime) -> messages.Order:
    """The order, when it is none of these any more."""
    pauses = _Pauses(session, until)
    order = _look(session, state)
    while order.status in no_longer:
        pauses.wait(f"{session.authority.label} has not finished the order yet ({order.status.name}).")
        order = _look(session, state)
    return order


def _download(session: Session, order: messages.Order) -> bytes:
    with session.failures():
        response = session.post(str(order.certificate), None)
    return bytes(response.content)


class _Pauses:
    """Waits between two looks: as long as the authority says, else longer and longer, and not for ever."""

    def __init__(self, session: Session, until: datetime) -> None:
        self._session = session
        self._until = until
        self._pause = _SHORTEST_PAUSE

    def wait(self, what: str) -> None:
        """Wait once. Raises AttemptFailed with `what` when it has been long enough."""
        session = self._session
        now, asked = session.clock.now(), session.retry_after
        # Who asks for more than is left is not asked before: the pause until the next attempt is as long.
        if now >= self._until or (asked or 0.0) > (self._until - now).total_seconds():
            hint = "The next attempt goes on with the same order."
            problem = Problem("acme.no-verdict", session.authority.label, what, hint)
            raise AttemptFailed([problem], retry_after=asked)
        session.clock.sleep(max(asked, _SHORTEST_PAUSE) if asked is not None else min(self._pause, _LONGEST_PAUSE))
        self._pause *= 1.5
