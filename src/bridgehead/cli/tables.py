"""A ProxySpec as tables: listeners, rules, pools, and the reasons below."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bridgehead.names import address_or_none

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.spec import Action, Forward, Pool, ProxySpec, Server


def print_spec(spec: ProxySpec, console: Console) -> None:
    """Print the tables to a terminal."""
    for table in (_listeners(spec), _rules(spec), _pools(spec)):
        console.print(table)
    console.print(Text("Why", style="bold"))
    for reason, rules in _reasons(spec).items():
        console.print(Text.assemble((f" {', '.join(rules)}: ", "cyan"), reason))


def spec_as_text(spec: ProxySpec) -> str:
    """The tables for a file or a pipe: no colours, no line broken."""
    kept = StringIO()
    print_spec(spec, Console(file=kept, width=10_000, color_system=None, highlight=False))
    return "".join(f"{line.rstrip()}\n" for line in kept.getvalue().splitlines())


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _listeners(spec: ProxySpec) -> Table:
    table = _table("Listeners", "Name", "Address", "TLS", "Certificates")
    for listener in spec.listeners:
        tls = listener.tls_profile if listener.tls else "none"
        address = _host_and_port(listener.host, listener.port)
        table.add_row(listener.name, address, tls, ", ".join(listener.certificates))
    return table


def _rules(spec: ProxySpec) -> Table:
    table = _table("Rules", "Host", "Path", "Listeners", "Where to", "Rule")
    for rule in spec.rules:
        listeners = "\n".join(rule.listeners)
        table.add_row("\n".join(rule.hosts), rule.path, listeners, _where_to(rule.action), rule.name)
    return table


def _reasons(spec: ProxySpec) -> dict[str, list[str]]:
    """Names of rules by their reason."""
    reasons: dict[str, list[str]] = {}
    for rule in spec.rules:
        names = reasons.setdefault(rule.because, [])
        if rule.name not in names:
            names.append(rule.name)
    return {reason: names for reason, names in reasons.items() if reason}


def _where_to(action: Action) -> str:
    match action.kind:
        case "forward":
            return "\n".join([action.pool, *_handling(action)])
        case "relay":
            return f"{action.pool}\nundecrypted"
        case "redirect-to-tls":
            return "https" if action.port == 443 else f"https, port {action.port}"
        case "refuse":
            return "refused"


def _handling(action: Forward) -> Iterator[str]:
    """What is not as it usually is."""
    if action.authentication == "none":
        yield "no authentication"
    if action.login is not None:
        yield f"login at the proxy: {action.login.accounts}"
    if not action.shield:
        yield "no shield"
    if action.host_header is not None:
        yield f"Host: {action.host_header}"
    if action.forwarded_fields == "remove":
        yield "no X-Forwarded fields"
    if action.body_bytes is not None:
        yield f"bodies up to {action.body_bytes} bytes"


def _pools(spec: ProxySpec) -> Table:
    table = _table("Pools", "Pool", "Server", "TLS", "Expected name", "Trust")
    for pool in spec.pools:
        table.add_row(
            pool.name,
            "\n".join(_host_and_port(server.host, server.port) for server in pool.servers),
            _tls(pool),
            "\n".join(_expected(server) for server in pool.servers) if pool.tls else "",
            ("\n".join(pool.trust) or "the system's roots") if pool.tls else "",
        )
    return table


def _tls(pool: Pool) -> str:
    if not pool.tls:
        return "none"
    return pool.tls_profile if pool.verify else f"{pool.tls_profile}, NOT VERIFIED"


def _expected(server: Server) -> str:
    name = server.verify_name or server.host
    asked = server.server_name or (None if address_or_none(name) else name)
    return name if asked in {name, None} else f"{name} (asked for {asked})"


def _host_and_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
