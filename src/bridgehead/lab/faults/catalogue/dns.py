"""DNS."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bridgehead.lab.faults.fault import Fault

if TYPE_CHECKING:
    from bridgehead.lab.faults.dns_server import Records

_DOMAIN = "contoso.localhost"
_ELSEWHERE = "webdir.hosting.example"


def _with(name: str, kind: str, value: str, records: Records) -> Records:
    return {**records, name: [(kind, value)]}


def _exchange_by_name(text: str) -> str:
    """The server of Exchange by the published name and port, as if inside and outside had the same DNS."""
    port = re.search(r'public_address = "127\.0\.0\.1:(\d+)"', text)
    assert port is not None, "the lab's own file has it"
    return re.sub(r"to = \[\{.*\}\]", f'to = ["https://mail.{_DOMAIN}:{port[1]}"]', text)


FAULTS = (
    Fault(
        "name-missing-outside",
        "DNS outside does not know the meeting host.",
        records=lambda records: {name: one for name, one in records.items() if not name.startswith("meet.")},
    ),
    Fault(
        "name-leads-elsewhere",
        "DNS outside leads the pool's name to another address than the front's.",
        records=lambda records: _with(f"webext.{_DOMAIN}", "A", "203.0.113.77", records),
    ),
    Fault(
        "name-unknown-here",
        "This machine's resolver does not know the dial-in host.",
        records_here=lambda records: {name: one for name, one in records.items() if not name.startswith("dialin.")},
    ),
    Fault(
        "discovery-alias-elsewhere",
        "lyncdiscover is an alias into the domain of a hosting company.",
        records=lambda records: {
            **_with(f"lyncdiscover.{_DOMAIN}", "CNAME", f"{_ELSEWHERE}.", records),
            _ELSEWHERE: [("A", "127.0.0.1")],
        },
    ),
    Fault(
        "internal-discovery-outside",
        "lyncdiscoverinternal exists in DNS outside.",
        records=lambda records: _with(f"lyncdiscoverinternal.{_DOMAIN}", "A", "10.0.0.21", records),
    ),
    Fault(
        "internal-zone-outside",
        "DNS outside knows the servers' internal names.",
        records=lambda records: _with("fe01.contoso.internal", "A", "10.0.0.21", records),
    ),
    Fault(
        "split-brain-loop",
        "The server behind a name resolves to the front itself.",
        file=_exchange_by_name,
    ),
)
