"""The supervisor's side: the ledger's owner, who also knows names; what an administrator sees of it, and clears.

The ledger holds no names. Workers report those that have failed, and what is told of them is looked up at the moment
of asking.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from bridgehead.proxy.shield.ledger import Ledger
from bridgehead.proxy.shield.names import account_of, network_around, shown, source_of
from bridgehead.proxy.shield.policy import Limits, seconds_of

if TYPE_CHECKING:
    from bridgehead.proxy.shield.records import SourceRecord
    from bridgehead.spec import Shield

KIND = "shield"
"""Of the reports that workers send about it."""
MOST_NAMES = 4096
"""Pairs whose names are remembered: those that have failed lately."""


class Supervision:
    """Made before the first worker is."""

    def __init__(self, ledger: Ledger | None = None) -> None:
        self.ledger = ledger or Ledger()
        self._failed: OrderedDict[tuple[str, str, str], None] = OrderedDict()

    def hear(self, report: dict[str, Any]) -> None:
        """A worker's report: somebody has failed."""
        pair = (str(report["account"]), str(report["source"]), str(report["realm"]))
        self._failed.pop(pair, None)
        self._failed[pair] = None
        if len(self._failed) > MOST_NAMES:
            self._failed.popitem(last=False)

    # What is seen

    def status(self, shield: Shield) -> dict[str, Any]:
        """All that is counted against somebody now, most failures first. Spans are in seconds."""
        limits = Limits.of(shield)
        accounts = [self._account(name, limits) for name in dict.fromkeys(account for account, _, _ in self._failed)]
        failing = dict.fromkeys(source for _, source, _ in self._failed)
        sources = [self._source(name, limits) for name in failing]
        networks = [
            self._source(name, limits.of_network) for name in dict.fromkeys(map(network_around, failing)) if name
        ]
        sources += [network for network in networks if network and network["closed_to"]]
        pairs = [self._pair(*pair, limits) for pair in self._failed]
        return {
            "enabled": shield.enabled,
            "limits": {
                "strangers": limits.strangers,
                "known": limits.familiar,
                "threshold": shield.lockout_threshold,
                "window_seconds": shield.lockout_window_seconds,
            },
            "accounts": _most_first(accounts),
            "sources": _most_first(sources),
            "pauses": _most_first(pairs),
        }

    def _account(self, name: str, limits: Limits) -> dict[str, Any]:
        record = self.ledger.account_now(self.ledger.account_key(name), limits)
        if record is None or not record.failures:
            return {}
        left = seconds_of(record.last_failure + limits.window - self.ledger.now())
        closed = "all" if record.failures >= limits.familiar else "strangers"
        open_to_all = record.failures < limits.strangers
        return {
            "account": shown(name),
            "failures": record.failures,
            "closed_to": "" if open_to_all else closed,
            "forgotten_in": left,
        }

    def _source(self, name: str, limits: Limits) -> dict[str, Any]:
        record = self.ledger.source_now(self.ledger.source_key(name), limits)
        failures = 0 if record is None else record.failures(self.ledger.now(), limits)
        if record is None or not (failures or record.failed):
            return {}
        spraying, closed = _standing(record, failures, limits)
        return {
            "source": name,
            "failures": failures,
            "accounts": len(record.failed),
            "spraying": spraying,
            "closed_to": "strangers" if closed else "",
        }

    def _pair(self, account: str, source: str, realm: str, limits: Limits) -> dict[str, Any]:
        record = self.ledger.pair_now(self.ledger.subject(account, source, realm).pair, limits)
        if record is None or not record.in_row:
            return {}
        left = record.last_failure + limits.pause_after(record.in_row) - self.ledger.now()
        if left <= 0:
            return {}
        return {"account": shown(account), "source": source, "failures": record.in_row, "until_in": seconds_of(left)}

    @staticmethod
    def alarms(told: dict[str, Any]) -> list[str]:
        """What somebody has to look at in a `status`, one sentence each."""
        return [
            f"Passwords are being sprayed from {source['source']}: {source['accounts']} accounts have failed there"
            " lately. `bridgehead shield status` says more."
            for source in told["sources"]
            if source["spraying"]
        ]

    # What is done

    def clear(self, shield: Shield, wanted: str | None) -> dict[str, Any]:
        """Forget the failures of an account or of an address, or all of them. Who is known stays known."""
        limits = Limits.of(shield)
        if wanted is None:
            cleared = self.ledger.clear(limits)
            self._failed.clear()
        elif _is_address(wanted):
            cleared = sum(
                self.ledger.clear(limits, source=key) for key in self.ledger.places(source_of(wanted.partition("/")[0]))
            )
        else:
            cleared = self.ledger.clear(limits, account=self.ledger.account_key(account_of(wanted)))
        return {"cleared": cleared}


def _standing(record: SourceRecord, failures: int, limits: Limits) -> tuple[bool, bool]:
    spraying = len(record.failed) >= limits.sprayed_accounts
    return spraying, spraying or failures >= limits.source_failures


def _most_first(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(filter(None, found), key=lambda one: -int(one["failures"]))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.partition("/")[0].partition("%")[0])
    except ValueError:
        return False
    return True
