"""The running proxy in numbers, as Prometheus reads them: its text exposition format, version 0.0.4.

Names are stable. Counters are sums over all workers since the start (`totals.py`), gauges are of the moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from bridgehead import __version__
from bridgehead.authentication.accounts import Outcome
from bridgehead.proxy.refusals import Refusal
from bridgehead.proxy.shield.policy import EVENTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_Labels = dict[str, str]


class _Family(NamedTuple):
    name: str
    kind: str
    help: str
    samples: Iterable[tuple[_Labels, float]]


# Counters that stand for themselves, by their name in a worker.
_PLAIN = (
    ("accepted", "connections_accepted", "Client connections taken."),
    ("accept-failed", "accept_failures", "Times that the kernel had no descriptor or memory for a connection."),
    ("log-lines-lost", "log_lines_lost", "Lines of the log that its file, pipe or reader did not take."),
    ("reports-lost", "reports_lost", "Reports about logins that the supervisor was too slow to take."),
    ("bound", "bindings", "Logins for which a server connection was reserved for one client connection."),
    ("retried", "retries", "Requests sent once more, because a kept connection had been closed at its other end."),
    ("tried-elsewhere", "other_server_tries", "Requests taken to another server, because one could not be reached."),
    ("changed", "changes", "Changes of the configuration."),
    ("internal", "failures", "Faults of the proxy itself; the log has each."),
)
_OUTCOMES = tuple(outcome.word for outcome in Outcome)
# Counters with one label, whose value follows a colon; and its values that are there from the start.
_LABELLED = (
    ("requests:", "requests", "class", "Requests answered or ended, by the class of their status; 0xx got none.", ()),
    ("connections-refused:", "connections_refused", "limit", "Connections over a limit.", ("listener", "address")),
    ("handshake-failed:", "handshakes_failed", "reason", "TLS handshakes with clients that failed, by reason.", ()),
    ("login:", "logins", "outcome", "Legs of logins to the proxy itself that ended one, by outcome.", _OUTCOMES),
    ("shield:", "shield_events", "event", "Logins counted, and those that were kept from going inside.", EVENTS),
    ("security:", "security_events", "event", "What must not happen where nobody does wrong.", ("identity-changed",)),
)


def exposition(status: dict[str, Any]) -> str:
    """The answer to `status`, as the supervisor gives it, for Prometheus."""
    lines: list[str] = []
    for family in (*_counters({**status["counters"], "changed": status["changes"]}), *_gauges(status)):
        name = f"bridgehead_{family.name}{'_total' if family.kind == 'counter' else ''}"
        lines += (f"# HELP {name} {family.help}", f"# TYPE {name} {family.kind}")
        lines += (f"{name}{_labels(labels)} {value}" for labels, value in family.samples)
    return "\n".join(lines) + "\n"


def _counters(counters: dict[str, int]) -> Iterator[_Family]:
    for key, name, explanation in _PLAIN:
        yield _Family(name, "counter", explanation, [({}, counters.get(key, 0))])
    for prefix, name, label, explanation, expected in _LABELLED:
        seen = dict.fromkeys(expected, 0)
        seen |= {key.removeprefix(prefix): value for key, value in counters.items() if key.startswith(prefix)}
        yield _Family(name, "counter", explanation, [({label: value}, count) for value, count in seen.items()])
    yield _Family(
        "refused",
        "counter",
        "Requests that were refused, by reason; every reason there is.",
        [
            (
                {"reason": refusal.code, "status": str(refusal.status), "fault": refusal.blame},
                counters.get(refusal.code, 0),
            )
            for refusal in Refusal
        ],
    )


def _gauges(status: dict[str, Any]) -> Iterator[_Family]:
    workers = [worker for worker in status["workers"] if worker]
    yield _Family("info", "gauge", "The version.", [({"version": __version__}, 1)])
    yield _Family("workers", "gauge", "Workers that answer.", [({}, len(workers))])
    yield _Family("stopping", "gauge", "1 while the proxy drains.", [({}, int(status["stopping"]))])
    yield _Family(
        "alarms", "gauge", "What somebody has to look at; `bridgehead status` says what.", [({}, len(status["alarms"]))]
    )
    yield from _watched(status.get("watch", {}))
    yield from _shielded(status.get("shield", {"accounts": (), "sources": ()}))
    yield _Family("clients", "gauge", "Client connections.", [({}, sum(worker["clients"] for worker in workers))])
    yield _Family("bound", "gauge", "Server connections that belong to one client each.", [({}, _bound(workers))])
    yield _Family(
        "logged_in",
        "gauge",
        "Client connections on which somebody has logged in to the proxy itself.",
        [({}, sum(worker.get("logged_in", 0) for worker in workers))],
    )
    yield _Family(
        "server_connections",
        "gauge",
        "Connections to a server of a pool, in use or kept.",
        [
            ({"pool": pool, "server": server, "state": state}, sum(seen[state] for seen in of_server))
            for pool, server, of_server in _servers(workers)
            for state in ("busy", "idle")
        ],
    )
    yield _Family(
        "server_resting",
        "gauge",
        "1 where a worker gives a server a rest, because it could not be reached.",
        [
            ({"pool": pool, "server": server}, int(any(seen["resting"] for seen in of_server)))
            for pool, server, of_server in _servers(workers)
        ],
    )
    yield _Family(
        "pool_tls",
        "gauge",
        "The TLS profile of each pool that is spoken to with TLS.",
        [({"pool": pool, "profile": profile}, 1) for pool, profile in status["tls_profiles"].items()],
    )


def _watched(watch: dict[str, Any]) -> Iterator[_Family]:
    yield _Family(
        "certificate_days_left",
        "gauge",
        "Days until a certificate ends, negative once it has.",
        [
            ({key: one[key] for key in ("certificate", "kind", "role")}, one["days_left"])
            for one in watch.get("certificates", ())
        ],
    )
    yield _Family(
        "alarm",
        "gauge",
        "1 for each alarm about certificates; there is no line where there is none.",
        [
            ({key: one[key] for key in ("about", "kind", "name", "state", "severity")}, 1)
            for one in watch.get("alarms", ())
        ],
    )


def _shielded(shield: dict[str, Any]) -> Iterator[_Family]:
    accounts, sources = shield["accounts"], shield["sources"]
    yield _Family(
        "shield_accounts",
        "gauge",
        "Accounts with failed logins that are not yet forgotten; those that are closed to strangers or to all.",
        [
            ({"state": "counted"}, len(accounts)),
            *(({"state": f"closed-to-{who}"}, _closed(accounts, who)) for who in ("strangers", "all")),
        ],
    )
    yield _Family(
        "shield_sources",
        "gauge",
        "Addresses with failed logins that are not yet forgotten; those that are closed to strangers, and sprayers.",
        [
            ({"state": "counted"}, len(sources)),
            ({"state": "closed-to-strangers"}, _closed(sources, "strangers")),
            ({"state": "spraying"}, sum(1 for source in sources if source["spraying"])),
        ],
    )


def _closed(found: list[dict[str, Any]], who: str) -> int:
    return sum(1 for one in found if one["closed_to"] == who)


def _bound(workers: list[dict[str, Any]]) -> int:
    return sum(worker["bound"] for worker in workers)


def _servers(workers: list[dict[str, Any]]) -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
    """Each pool's servers, with what every worker says of them."""
    names = dict.fromkeys(
        (pool, server) for worker in workers for pool, servers in worker["pools"].items() for server in servers
    )
    for pool, server in names:
        seen = [worker["pools"].get(pool, {}).get(server) for worker in workers]
        yield pool, server, [one for one in seen if one]


def _labels(labels: _Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
