"""Publishing rules: each publication at each of its doors."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from bridgehead import spec
from bridgehead.planning import reasons, upstreams

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bridgehead.planning.listeners import Doors
    from bridgehead.planning.logins import Asked, Logins
    from bridgehead.planning.publications import Publication
    from bridgehead.topology.handling import Handling, RequireTls
    from bridgehead.topology.model import Topology
    from bridgehead.topology.sites import Relay


class Answer(NamedTuple):
    """What the proxy itself answers at a path, whoever the host is."""

    name: str
    path: str
    listeners: tuple[str, ...]
    action: spec.RedirectToTls | spec.Refuse
    because: str

    def rule(self, listeners: tuple[str, ...], hosts: tuple[str, ...]) -> spec.Rule:
        """The rule for these hosts, on these of its listeners."""
        return spec.Rule(
            name=self.name,
            listeners=listeners,
            hosts=hosts,
            path=self.path,
            action=self.action,
            because=self.because,
        )


@dataclass
class RuleBook:
    """Collects rules. Forwarding rules stand alone; equal refusals and redirections are gathered into one."""

    _pools: dict[spec.Pool, spec.Pool] = field(default_factory=dict)
    forwarding: list[spec.Rule] = field(default_factory=list)
    _answers: dict[Answer, list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def pools(self) -> tuple[spec.Pool, ...]:
        """The pools that rules forward to, and no others."""
        return tuple(self._pools.values())

    def use(self, pool: spec.Pool) -> str:
        """The name of this pool, or of an equal one: clients log in once to the same servers, not for each rule."""
        nameless = pool.model_copy(update={"name": ""})
        if nameless not in self._pools:
            self._pools[nameless] = pool.model_copy(update={"name": self._free_name(pool.name)})
        return self._pools[nameless].name

    def _free_name(self, name: str) -> str:
        # Two sites of one host, on different listeners, are called the same unless the file gives them names.
        taken = {pool.name for pool in self.pools}
        numbered = (f"{name} ({number})" for number in count(2))
        return name if name not in taken else next(free for free in numbered if free not in taken)

    def answer(self, answer: Answer, hosts: Iterable[str]) -> None:
        """Note that the proxy itself answers these hosts."""
        if answer.listeners:
            gathered = self._answers[answer]
            gathered.extend(host for host in hosts if host not in gathered)

    def rules(self) -> tuple[spec.Rule, ...]:
        """All rules: what is forwarded, then what is answered here. Their order decides nothing."""
        answers = sorted(self._answers.items(), key=lambda one: isinstance(one[0].action, spec.RedirectToTls))
        rules = list(self.forwarding)
        # Where a host and path has an answer already it keeps it: what the file publishes by name is not closed by a
        # default, and what is refused is not led to https.
        taken = {place for rule in rules for place in _places(rule)}
        for answer, hosts in answers:
            left: dict[tuple[str, ...], list[str]] = defaultdict(list)
            for host in hosts:
                free = tuple(one for one in answer.listeners if (one, host, answer.path.lower()) not in taken)
                left[free].append(host)
            written = [answer.rule(listeners, tuple(some)) for listeners, some in left.items() if listeners]
            taken.update(place for rule in written for place in _places(rule))
            rules += written
        return tuple(rules)


def _places(rule: spec.Rule) -> Iterator[tuple[str, str, str]]:
    for listener in rule.listeners:
        for host in rule.hosts:
            yield listener, host, rule.path.lower()


def write_rules(book: RuleBook, publication: Publication, doors: Doors, logins: Logins) -> None:
    """The rules of one publication: with TLS, without, what is closed, and what is led to https."""
    handling = publication.handling
    secure = doors.with_tls if publication.over_tls else ()
    plain = doors.without_tls("off", handling.require_tls)
    if secure:
        _forward(book, publication, book.use(publication.secure), logins.at(doors, secure, publication.words))
    if plain:
        bare = publication.without_tls()
        _forward(book, bare, book.use(publication.plain), logins.at(doors, plain, bare.words))
    for path, reason in publication.closed.items():
        book.answer(
            Answer(f"closed: {path}", path, secure + plain, spec.Refuse(reason=reason), reason), publication.hosts
        )
    _answer_plain(book, publication.hosts, publication.paths, doors, handling.require_tls)


def _forward(book: RuleBook, publication: Publication, pool: str, asked: dict[Asked, list[str]]) -> None:
    """Rules for each path; where listeners ask for logins differently, each kind has its own."""
    for one, listeners in asked.items():
        action = _action(pool, publication.handling, one)
        where = f" on {', '.join(listeners)}" if len(asked) > 1 else ""
        for path in publication.paths:
            name = publication.name if len(publication.paths) == 1 else f"{publication.name} {path}"
            because = f"{publication.because} {reasons.LOGIN}" if one.login is not None else publication.because
            book.forwarding.append(
                spec.Rule(
                    name=f"{name}{where}",
                    listeners=tuple(listeners),
                    hosts=publication.hosts,
                    path=path,
                    action=action,
                    because=because,
                )
            )


def _action(pool: str, handling: Handling, asked: Asked) -> spec.Forward:
    return spec.Forward(
        pool=pool,
        authentication=asked.authentication,
        login=asked.login,
        shield=asked.shield,
        host_header=handling.host_header,
        forwarded_fields=handling.forwarded_fields,
        body_bytes=handling.body_bytes,
    )


def _answer_plain(
    book: RuleBook, hosts: tuple[str, ...], paths: tuple[str, ...], doors: Doors, required: RequireTls | None
) -> None:
    """Answers on listeners without TLS. A redirection is for the whole host: people type a name, seldom a path."""
    redirect = spec.RedirectToTls(port=doors.public_tls_port)
    refuse = spec.Refuse(reason=reasons.TLS_REQUIRED)
    redirected, refused = doors.without_tls("redirect", required), doors.without_tls("refuse", required)
    book.answer(Answer("to https", "/*", redirected, redirect, reasons.REDIRECTED), hosts)
    for path in paths:
        book.answer(Answer("TLS required", path, refused, refuse, reasons.TLS_REQUIRED), hosts)


def write_relay(book: RuleBook, relay: Relay, doors: Doors) -> None:
    """TLS is passed on by the name asked for; without TLS there is nothing to pass on, so people are led to https."""
    if not doors.with_tls:
        return
    action = spec.Relay(pool=book.use(upstreams.of_relay(relay)))
    book.forwarding.append(
        spec.Rule(name=relay.label, listeners=doors.with_tls, hosts=relay.hosts, action=action, because=reasons.RELAY)
    )
    _answer_plain(book, relay.hosts, ("/*",), doors, None)


def write_admin(book: RuleBook, topology: Topology, doors: Doors) -> None:
    """The admin simple URL is refused where its host is published for something else."""
    admin = topology.simple_urls.admin
    published = {host for rule in book.forwarding for host in rule.hosts}
    for address in admin.addresses if admin is not None else ():
        if address.directory and address.host in published:
            refuse = spec.Refuse(reason=reasons.ADMIN)
            name = f"closed: {address.pattern}"
            book.answer(Answer(name, address.pattern, doors.with_tls, refuse, reasons.ADMIN), (address.host,))
