"""Deployments to plan for: the documents' own, and any that hypothesis thinks of."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from bridgehead.planning.plan import make_plan
from bridgehead.planning.planned import Plan
from bridgehead.topology.consistency import inconsistencies
from bridgehead.topology.file import parse
from bridgehead.topology.model import Topology

EXAMPLES = Path(__file__).parents[2] / "examples"
DAY = date(2026, 11, 20)

EDGE = """
[[edge]]
access_fqdn = "sip.contoso.com"
web_conferencing_fqdn = "webcon.contoso.com"
av_fqdn = "av.contoso.com"
internal_fqdn = "lsedge.contoso.com"
servers = ["edge01.contoso.com"]
access_address = "203.0.113.20"
"""


def example(name: str, more: str = "") -> str:
    """The text of an example, with more at its end."""
    return (EXAMPLES / f"{name}.toml").read_text(encoding="utf-8") + more


def plan_of(text: str, on: date = DAY) -> Plan:
    """The plan for a file's text."""
    return make_plan(parse(text, "bridgehead.toml").topology, on)


def contoso(more: str = "", **replacements: str) -> Plan:
    """The plan for Contoso; each replacement is `OLD=NEW` in the file's text."""
    text = example("contoso", more)
    for old, new in replacements.items():
        assert old in text
        text = text.replace(old, new)
    return plan_of(text)


def names(plan: Plan, number: int = 0) -> tuple[str, ...]:
    """The subject alternative names of a certificate of the plan."""
    return plan.certificates[number].names


def _domain(number: int) -> str:
    return ("contoso.com", "fabrikam.com", "woodgrove.example", "eu.contoso.com")[number]


@st.composite
def topologies(draw: st.DrawFn) -> dict[str, Any]:
    """A consistent file as data: domains, simple URLs in any form, pools, Exchange, sites, relays, an Edge."""
    domains = [_domain(number) for number in range(draw(st.integers(1, 4)))]
    host_for_all = draw(st.booleans())
    data: dict[str, Any] = {
        "sip_domains": [_sip_domain(draw, name) for name in domains],
        "simple_urls": {"meet": {name: _meet(draw, name, host_for_all) for name in domains}},
        "pool": [_pool(number) for number in range(draw(st.integers(1, 4)))],
        "certificate": {"public": {"chain": "chain.pem", "key": "key.pem"}},
        "plan": {"wildcard": draw(st.booleans())},
    }
    if draw(st.booleans()):
        data["simple_urls"]["dialin"] = (
            "https://lync.contoso.com/Dialin" if host_for_all else "https://dialin.contoso.com"
        )
    for role, host in (("director", "webdirext.contoso.com"), ("office-web-apps", "owa.contoso.com")):
        if draw(st.booleans()):
            data["pool"].append({"role": role, "external_fqdn": host, "servers": [f"{role}.contoso.local"]})
    if draw(st.booleans()):
        data["exchange"] = [{"host": "mail.contoso.com", "to": "https://ex01.contoso.local"}]
    if draw(st.booleans()):
        data["publish"] = [{"host": ["intranet.contoso.com", "*"], "to": "https://intra.contoso.local"}]
        if draw(st.booleans()):
            data["publish"][0] |= {"authentication": "ntlm", "allowed_groups": ["Staff"]}
            data["accounts"] = {"source": "winbind", "domain": "CONTOSO", "keytab": "http.keytab"}
    if draw(st.booleans()):
        data["relay"] = [{"host": "payroll.contoso.com", "to": "payroll.contoso.local:443"}]
    if draw(st.booleans()):
        data["discovery"] = {"published": False}
    return data


def _sip_domain(draw: st.DrawFn, name: str) -> dict[str, Any]:
    over_http = draw(st.booleans())
    over_tls = not over_http or draw(st.booleans())
    return {"name": name, "discovery_over_http": over_http, "discovery_over_tls": over_tls}


def _meet(draw: st.DrawFn, domain: str, host_for_all: bool) -> list[str]:
    active = (
        f"https://lync.contoso.com/{domain.partition('.')[0]}/Meet{len(domain)}"
        if host_for_all
        else f"https://meet.{domain}"
    )
    return [active, f"https://join.{domain}"] if draw(st.booleans()) else [active]


def _pool(number: int) -> dict[str, Any]:
    return {
        "role": "front-end",
        "external_fqdn": f"webext{number}.contoso.com",
        "servers": [f"fe{number}.contoso.local"],
    }


def consistent(data: dict[str, Any]) -> Topology:
    """The topology of such data, after making sure that a file could say it."""
    topology = Topology.model_validate(data)
    assert inconsistencies(topology) == []
    return topology
