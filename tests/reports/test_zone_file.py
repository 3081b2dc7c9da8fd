"""BIND zone fragments."""

from __future__ import annotations

from typing import Literal

from bridgehead.planning.planned import Because, Record
from bridgehead.reports.zone_file import zone_fragment


def record(zone: str, name: str, kind: Literal["A", "AAAA", "CNAME", "SRV", "HOSTS"], value: str = "") -> Record:
    because = Because(reason="because", source="the test")
    missing = "" if value else f"address of {name}"
    return Record(view="outside", zone=zone, name=name, kind=kind, value=value, missing=missing, because=because)


def test_records_stand_below_the_origin_of_their_zone() -> None:
    records = [
        record("contoso.com", "meet.contoso.com", "A", "192.0.2.1"),
        record("fabrikam.com", "fabrikam.com", "AAAA", "2001:db8::1"),
        record("contoso.com", "_sip._tls.contoso.com", "SRV", "0 0 443 sip.contoso.com"),
    ]
    lines = [line.split() for line in zone_fragment(records).splitlines()]
    assert lines == [
        ["$ORIGIN", "contoso.com."],
        ["meet", "3600", "IN", "A", "192.0.2.1"],
        ["_sip._tls", "3600", "IN", "SRV", "0", "0", "443", "sip.contoso.com."],
        [],
        ["$ORIGIN", "fabrikam.com."],
        ["@", "3600", "IN", "AAAA", "2001:db8::1"],
    ]


def test_the_target_of_an_alias_ends_with_a_dot() -> None:
    assert zone_fragment([record("a.example", "x.a.example", "CNAME", "y.b.example")]).endswith("y.b.example.")


def test_what_is_not_known_is_a_comment() -> None:
    assert zone_fragment([record("a.example", "x.a.example", "A")]).splitlines()[1].startswith("; x ")


def test_lines_of_a_hosts_file_are_no_records() -> None:
    assert zone_fragment([record("a.example", "x.a.example", "HOSTS", "10.0.0.1")]) == ""
