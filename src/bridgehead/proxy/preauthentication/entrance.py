"""A request comes to a rule that wants a login: it is let in, begins or continues a login, or is asked for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.proxy.preauthentication.answers import ask
from bridgehead.proxy.preauthentication.leg import Leg
from bridgehead.proxy.refusals import Refusal

if TYPE_CHECKING:
    from bridgehead.proxy.exchange import Exchange
    from bridgehead.proxy.preauthentication.gate import Gate


def lets_in(gate: Gate, exchange: Exchange) -> bool:
    """Whether the request goes inside now. If not, it is being answered here, or begins again once it may.

    A credential for the connection is ours, also where a login is complete: browsers begin a new one for each POST.
    Only where the site may have a login of its own, all that follow ours are the site's.
    """
    fields = exchange.head.fields
    logins = exchange.client.logins
    account = logins.at(gate) if logins else None
    if account is not None and (gate.own_login or not fields.binds):
        if gate.permits(account):
            return True
        exchange.detail = f"not permitted: {account.name}"
        exchange.refuse(Refusal.USER_NOT_PERMITTED)
    elif fields.binds and fields.authorization is not None:
        Leg(exchange, gate).begin(fields.authorization)
    else:
        ask(exchange, gate)
    return False
