"""One certificate of the store, ordered when it is due: by which authority, with which order, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bridgehead.certificates.acme import order
from bridgehead.certificates.acme.account import forget_account, open_session
from bridgehead.certificates.acme.dates import decide, due_of
from bridgehead.certificates.acme.failure import AttemptFailed
from bridgehead.certificates.acme.renewal_information import identifier
from bridgehead.certificates.acme.requests import KeptRequest, kept_request, trial_request
from bridgehead.certificates.acme.schedule import Due, next_attempt
from bridgehead.certificates.acme.state import Attempt, Ledger, OrderState
from bridgehead.certificates.acme.taking import facts_for, judged
from bridgehead.certificates.reading.facts import facts_of
from bridgehead.names import covers
from bridgehead.problems import ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from bridgehead.certificates.acme.authority import Authority, Clock
    from bridgehead.certificates.acme.order import Prover
    from bridgehead.certificates.acme.session import Session
    from bridgehead.certificates.judging.expectation import Expectation
    from bridgehead.certificates.keys import Kind
    from bridgehead.certificates.request.requested import RequestedCertificate
    from bridgehead.certificates.store.entries import Generation
    from bridgehead.certificates.store.store import Store
    from bridgehead.problems import Problem

Result = Literal["not-due", "waiting", "issued", "tried", "failed"]


@dataclass(frozen=True)
class Wanted:
    """A certificate that is to be there: one name and kind of the store."""

    name: str
    kind: Kind
    requested: RequestedCertificate
    """Sound, and for one key of this kind."""
    expected: Expectation

    @property
    def names(self) -> tuple[str, ...]:
        """The names that are ordered."""
        return tuple(one.name for one in self.requested.names)


@dataclass(frozen=True)
class Outcome:
    """What came of one look at one certificate."""

    wanted: Wanted
    result: Result
    because: str = ""
    at: datetime | None = None
    """When it is due, or tried again."""
    authority: str = ""
    generation: Generation | None = None
    """What was issued. It is not live yet; `Renewals.settle` is called when it is."""
    problems: tuple[Problem, ...] = ()


class Renewals:
    """Orders what is due, for one store."""

    def __init__(
        self,
        store: Store,
        authorities: Sequence[Authority],
        prover: Callable[[Authority], Prover],
        clock: Clock,
        *,
        trial: bool = False,
    ) -> None:
        """`authorities` are asked in this order; in a `trial` nothing comes into the store."""
        self._store = store
        self._authorities = tuple(authorities)
        self._prover = prover
        self._clock = clock
        self._trial = trial
        self.ledger = Ledger(store.directory, trial=trial)

    def look(self, wanted: Wanted, *, force: bool = False, patient: bool = True) -> Outcome:
        """Order the certificate if it is due, or go on with the order that was broken off.

        `force` orders although it is not due; without `patient`, and in a trial, pauses after failures are not kept.
        Raises ProblemsFound where the store cannot be used.
        """
        state = self._under_way(wanted)
        if state is not None and state.generation is not None:
            generation = self._waiting(wanted, state.generation)
            if generation is not None:
                because = "it was issued before"
                return Outcome(wanted, "issued", because, authority=state.authority, generation=generation)
            self.ledger.drop_order(wanted.name, wanted.kind)
            state = None
        if state is None and not force and not self._trial:
            due = self._due(wanted)
            if due.at > self._clock.now():
                return Outcome(wanted, "not-due", due.because, due.at)
        return self._attempt(wanted, state, patient=patient and not self._trial)

    def settle(self, wanted: Wanted) -> None:
        """What was issued is live, or staged: the order is over."""
        self._forget_failures(wanted)
        self.ledger.drop_order(wanted.name, wanted.kind)

    def refused(self, outcome: Outcome, problems: Sequence[Problem]) -> None:
        """What was issued could not be made live. It is tried again at each look, without another order."""
        wanted = outcome.wanted
        for authority in self._authorities:
            if authority.label == outcome.authority:
                self._note_failure(wanted, authority, AttemptFailed(problems))

    def _forget_failures(self, wanted: Wanted) -> None:
        known = self.ledger.renewal(wanted.name, wanted.kind)
        if known.attempts:
            self.ledger.keep_renewal(wanted.name, wanted.kind, known.model_copy(update={"attempts": {}}))

    # Whether

    def _due(self, wanted: Wanted) -> Due:
        now = self._clock.now()
        staged = self._store.staged(wanted.name, wanted.kind)
        current = staged.generation if staged is not None and not staged.refused else None
        current = current or self._store.live(wanted.name, wanted.kind)
        if current is None:
            return Due(now, "there is none yet")
        has = facts_of(current.leaf).names
        missing = [name for name in wanted.names if not any(entry == name or covers(entry, name) for entry in has)]
        if missing:
            return Due(now, f"it lacks {', '.join(missing)}")
        known = self.ledger.renewal(wanted.name, wanted.kind)
        issuer = next((one for one in self._authorities if one.label == known.authority), None)
        decided = decide(current.leaf, known, issuer, self._clock)
        if decided != known:
            self.ledger.keep_renewal(wanted.name, wanted.kind, decided)
        return due_of(decided, current.leaf)

    def _under_way(self, wanted: Wanted) -> OrderState | None:
        """The order that was broken off, if it is still the one that is wanted."""
        state = self.ledger.order(wanted.name, wanted.kind)
        if state is None:
            return None
        authority = next((one for one in self._authorities if one.label == state.authority), None)
        same = authority is not None and authority.directory == state.directory
        if self._trial or not same or set(state.names) != set(wanted.names):
            self._abandon(state, authority)
            return None
        for generation in self._store.generations(wanted.name, wanted.kind):
            if state.generation is None and generation.facts.request == state.request:
                return state.model_copy(update={"generation": generation.number})
        return state

    def _waiting(self, wanted: Wanted, number: int) -> Generation | None:
        """What was issued and is to go live still; None where it is gone or over, or somebody has gone past it."""
        kept = self._store.generations(wanted.name, wanted.kind)
        found = next((one for one in kept if one.number == number), None)
        if found is None or found.leaf.not_valid_after_utc <= self._clock.now():
            return None
        live = self._store.live(wanted.name, wanted.kind)
        return None if live is not None and live.number > number else found

    def _abandon(self, state: OrderState, authority: Authority | None) -> None:
        if state.proofs and authority is not None:
            self._prover(authority).remove(state.proofs)
        self.ledger.drop_order(state.name, state.kind)

    # The attempt

    def _attempt(self, wanted: Wanted, state: OrderState | None, *, patient: bool) -> Outcome:
        """Ask one authority after another, those left out that are to be left alone for now."""
        problems: list[Problem] = []
        pauses: list[datetime] = []
        for authority in self._in_order(state):
            attempts = self.ledger.renewal(wanted.name, wanted.kind).attempts
            earlier = attempts.get(authority.label)
            # One that was noted in the future was noted by a clock that was wrong: it says nothing.
            if patient and earlier is not None and earlier.last <= self._clock.now() < earlier.next:
                pauses.append(earlier.next)
                if not earlier.another_may_help:
                    break
                continue
            try:
                return self._order(wanted, authority, state)
            except ProblemsFound as found:
                # A root or a key of the administrator's: another authority may do without it.
                failed = AttemptFailed(found.problems)
            except AttemptFailed as error:
                failed = error
            problems += failed.problems
            pauses.append(self._note_failure(wanted, authority, failed))
            state = self.ledger.order(wanted.name, wanted.kind)
            if not failed.another_may_help:
                break
        at = min(pauses, default=None)
        result: Result = "failed" if problems else "waiting"
        return Outcome(wanted, result, "an attempt has failed", at, problems=tuple(dict.fromkeys(problems)))

    def _in_order(self, state: OrderState | None) -> list[Authority]:
        """Who has an order under way comes first."""
        return sorted(self._authorities, key=lambda one: state is None or one.label != state.authority)

    def _order(self, wanted: Wanted, authority: Authority, state: OrderState | None) -> Outcome:
        if state is not None and state.authority != authority.label:
            former = next((one for one in self._authorities if one.label == state.authority), None)
            self._abandon(state, former)
            state = None
        session = open_session(authority, self.ledger.account(authority.label), self._store.passphrase, self._clock)
        request = self._request(wanted)
        prover = self._prover(authority)
        if state is not None and state.request == request.identifier:
            try:
                chain = order.complete(session, state, request.csr, prover, self.ledger.keep_order)
            except AttemptFailed as failed:
                if not failed.order_is_over or failed.retry_after:
                    raise
                # It failed because it was broken off: nobody was there when the authority came to look. That is no
                # failure of this attempt, which begins anew.
                self.ledger.drop_order(wanted.name, wanted.kind)
            else:
                return self._take(wanted, authority, state, request, chain)
        state = self._place(wanted, authority, session, request)
        chain = order.complete(session, state, request.csr, prover, self.ledger.keep_order)
        return self._take(wanted, authority, state, request, chain)

    def _place(self, wanted: Wanted, authority: Authority, session: Session, request: KeptRequest) -> OrderState:
        state = OrderState(
            name=wanted.name,
            kind=wanted.kind,
            names=wanted.names,
            authority=authority.label,
            directory=authority.directory,
            request=request.identifier,
            url=order.place_order(session, wanted.names, self._replaced(wanted, authority)),
        )
        self.ledger.keep_order(state)
        return state

    def _request(self, wanted: Wanted) -> KeptRequest:
        if self._trial:
            return trial_request(wanted.requested)
        return kept_request(self._store, wanted.kind, wanted.requested, self._clock.now())

    def _replaced(self, wanted: Wanted, authority: Authority) -> str | None:
        """What the authority knows the present certificate by, if it is the one who issued it."""
        known = self.ledger.renewal(wanted.name, wanted.kind)
        live = self._store.live(wanted.name, wanted.kind) if known.authority == authority.label else None
        # An authority without renewal information would not understand the field.
        return identifier(live.leaf) if live is not None and known.window is not None else None

    def _take(
        self, wanted: Wanted, authority: Authority, state: OrderState, request: KeptRequest, pem: bytes
    ) -> Outcome:
        """Judge what came, and keep it. Raises AttemptFailed where judgement refuses it."""
        now = self._clock.now()
        answer = judged(pem, request.key, wanted.expected, authority, where=f"certificate {wanted.name}", now=now)
        if answer.errors:
            path = self.ledger.keep_refused(wanted.name, wanted.kind, pem)
            raise AttemptFailed(answer.refused_as(path), order_is_over=True)
        if self._trial:
            self.ledger.drop_order(wanted.name, wanted.kind)
            return Outcome(wanted, "tried", "nothing was kept", authority=authority.label, problems=answer.problems)
        assert request.stored is not None
        generation = self._store.add_generation(
            wanted.name,
            wanted.kind,
            answer.chain.served,
            request.key,
            facts_for(answer, request.stored.facts, now),
            from_request=request.stored,
        )
        self.ledger.keep_order(state.model_copy(update={"generation": generation.number, "proofs": ()}))
        known = self.ledger.renewal(wanted.name, wanted.kind)
        self.ledger.keep_renewal(
            wanted.name, wanted.kind, known.model_copy(update={"authority": authority.label, "attempts": {}})
        )
        return Outcome(wanted, "issued", authority=authority.label, generation=generation, problems=answer.problems)

    def _note_failure(self, wanted: Wanted, authority: Authority, failed: AttemptFailed) -> datetime:
        """Remember a failed attempt. When the next one may be made."""
        if failed.order_is_over:
            self.ledger.drop_order(wanted.name, wanted.kind)
        if any(problem.code == "acme.account-unknown" for problem in failed.problems):
            forget_account(self.ledger.account(authority.label))
        now, known = self._clock.now(), self.ledger.renewal(wanted.name, wanted.kind)
        earlier = known.attempts.get(authority.label)
        failures = earlier.failures + 1 if earlier is not None else 1
        attempt = Attempt(
            failures=failures,
            last=now,
            next=next_attempt(now, failures, failed.retry_after, self._clock.fraction()),
            another_may_help=failed.another_may_help,
            problems=tuple(problem.as_json() for problem in failed.problems),
        )
        # Of an authority that the file does not name any more nothing is to be hoped, or feared.
        named = {one.label for one in self._authorities}
        others = {label: one for label, one in known.attempts.items() if label in named}
        attempts = {**others, authority.label: attempt}
        self.ledger.keep_renewal(wanted.name, wanted.kind, known.model_copy(update={"attempts": attempts}))
        return attempt.next
