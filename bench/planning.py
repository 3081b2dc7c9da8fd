"""How long a plan takes for 500 pools and 200 SIP domains: `python -m bench.planning`."""

from __future__ import annotations

import time
from datetime import date

from bridgehead.planning.plan import make_plan
from bridgehead.reports.page import as_page
from bridgehead.reports.plan_document import plan_document
from bridgehead.topology.file import parse

POOLS = 500
DOMAINS = 200
ROUNDS = 5


def large_file(pools: int = POOLS, domains: int = DOMAINS) -> str:
    """A topology file with so many pools of two servers, and SIP domains with a meeting host each."""
    names = [f"d{number:03}.example.com" for number in range(domains)]
    lines = [f"sip_domains = {names!r}", "[simple_urls]", 'dialin = "https://dialin.contoso.com"', "[simple_urls.meet]"]
    lines += [f'"{name}" = "https://meet.{name}"' for name in names]
    for number in range(pools):
        servers = [f"fe{number:03}{letter}.contoso.local" for letter in "ab"]
        lines += ["[[pool]]", 'role = "front-end"', f'external_fqdn = "webext{number:03}.contoso.com"']
        lines += [f"servers = {servers!r}"]
    return "\n".join([*lines, "[certificate.public]", 'chain = "chain.pem"', 'key = "key.pem"'])


def main() -> None:
    """Print the best of a few rounds, for each part."""
    text, day = large_file(), date(2026, 11, 20)
    topology = parse(text, "large.toml").topology
    plan = make_plan(topology, day)
    parts = {
        "read and check the file": lambda: parse(text, "large.toml"),
        "plan": lambda: make_plan(topology, day),
        "write the HTML page": lambda: as_page(plan_document(plan)),
    }
    print(
        f"{POOLS} pools, {DOMAINS} SIP domains: {len(plan.certificates[0].entries)} names, {len(plan.records)} records"
    )
    for what, work in parts.items():
        print(f"{what:<24} {min(_seconds(work) for _ in range(ROUNDS)):.2f} s of processor time")


def _seconds(work: object) -> float:
    assert callable(work)
    before = time.process_time()
    work()
    return time.process_time() - before


if __name__ == "__main__":
    main()
