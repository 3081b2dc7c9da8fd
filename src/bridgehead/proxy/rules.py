"""A publishing rule made runnable: what `spec.Rule` says, with its pool at hand and its choices decided once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bridgehead.proxy.preauthentication.gate import Gate
from bridgehead.spec import Forward, RedirectToTls, Refuse, Relay

if TYPE_CHECKING:
    from bridgehead import spec
    from bridgehead.proxy.pools import Pool
    from bridgehead.proxy.preauthentication.sources import Sources


class PublishingRule:
    """One rule of one routing table."""

    __slots__ = (
        "binds",
        "body_bytes",
        "forwarded",
        "gate",
        "host_header",
        "hosts",
        "identity_fields",
        "logged_name",
        "name",
        "path",
        "pool",
        "redirect_port",
        "refuse_reason",
        "relays",
        "shields",
        "strips_authentication",
    )

    def __init__(self, rule: spec.Rule, pools: dict[str, Pool], sources: Sources | None = None) -> None:
        self.name = rule.name
        self.logged_name = json.dumps(rule.name)[1:-1]
        """As it stands in a line of JSON."""
        self.hosts = rule.hosts
        self.path = rule.path
        action = rule.action
        self.pool = pools[action.pool] if isinstance(action, Forward | Relay) else None
        self.relays = isinstance(action, Relay)
        self.redirect_port = action.port if isinstance(action, RedirectToTls) else None
        self.refuse_reason = action.reason if isinstance(action, Refuse) else None
        forward = action if isinstance(action, Forward) else Forward(pool="")
        self.strips_authentication = forward.authentication == "none"
        """The client cannot authenticate to the site: neither its credentials nor the site's challenges pass."""
        self.gate = _gate_of(forward, sources)
        """What a client must pass before anything of its requests goes inside."""
        self.identity_fields = sources.identity_fields if sources is not None else ()
        """By which some site knows its users: no client may send them anywhere, for sites stand on the same servers."""
        self.binds = not self.strips_authentication and (self.gate is None or self.gate.own_login)
        """Whether logins that stay with a connection pass between client and site."""
        self.shields = isinstance(action, Forward) and forward.shield
        """Whether logins are counted, and refused where too many have failed."""
        self.host_header = forward.host_header
        self.forwarded = forward.forwarded_fields == "replace"
        self.body_bytes = forward.body_bytes

    def __repr__(self) -> str:
        return f"<PublishingRule {self.name} {self.path}>"


def _gate_of(forward: Forward, sources: Sources | None) -> Gate | None:
    if forward.authentication != "ntlm":
        return None
    # Checked when the snapshot was read; what is missing all the same must not leave the rule open.
    assert forward.login is not None
    assert sources is not None
    return Gate(forward.login, sources[forward.login.accounts])
