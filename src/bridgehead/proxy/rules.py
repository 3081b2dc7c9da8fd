"""A publishing rule made runnable: what `spec.Rule` says, with its pool at hand and its choices decided once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bridgehead.spec import Forward, RedirectToTls, Refuse, Relay

if TYPE_CHECKING:
    from bridgehead import spec
    from bridgehead.proxy.pools import Pool


class PublishingRule:
    """One rule of one routing table."""

    __slots__ = (
        "body_bytes",
        "forwarded",
        "host_header",
        "hosts",
        "logged_name",
        "name",
        "path",
        "pool",
        "redirect_port",
        "refuse_reason",
        "relays",
        "strips_authentication",
    )

    def __init__(self, rule: spec.Rule, pools: dict[str, Pool]) -> None:
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
        self.host_header = forward.host_header
        self.forwarded = forward.forwarded_fields == "replace"
        self.body_bytes = forward.body_bytes

    def __repr__(self) -> str:
        return f"<PublishingRule {self.name} {self.path}>"
