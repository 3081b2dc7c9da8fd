from __future__ import annotations

from dataclasses import replace

from bridgehead.verify.observing.questions import Connect, Resolution, Resolve
from bridgehead.verify.targets import InsideServer
from tests.verify.checks.recorded import (
    DISCOVERY,
    POOL,
    applies,
    connected,
    failure,
    judged,
    resolved,
    unknown,
    with_scope,
)

SERVER = "192.0.2.53"
OUTSIDE = "203.0.113.10"


def test_a_name_that_resolves_passes_and_one_that_does_not_fails() -> None:
    assert judged("dns.resolves", POOL, {Resolve(POOL.host): resolved(OUTSIDE)}).status == "passed"
    assert judged("dns.resolves", POOL, {Resolve(POOL.host): unknown()}).status == "failed"


def test_a_machine_without_a_network_says_nothing_of_the_records() -> None:
    nobody = Resolution(failure=failure("no-network"))
    assert judged("dns.resolves", POOL, {Resolve(POOL.host): nobody}).status == "unseen"
    assert judged("dns.outside", POOL, {Resolve(POOL.host, "192.0.2.53"): nobody}).status == "unseen"


def test_a_dns_server_that_does_not_answer_says_nothing_of_the_records() -> None:
    silent = Resolution(server=SERVER, failure=failure("timed-out"))
    verdict = judged("dns.outside", POOL, {Resolve(POOL.host, SERVER): silent})
    assert (verdict.status, "does not answer" in verdict.cause) == ("unseen", True)


def test_with_connect_to_dns_is_skipped_with_the_reason() -> None:
    mapped = with_scope(DISCOVERY, mapped=True, dns_servers=())
    for code in ("dns.resolves", "dns.outside", "dns.alias", "dns.internal-hidden"):
        assert applies(code, mapped) == "--connect-to leads past DNS, so DNS is not asked."


def test_a_server_that_is_named_is_asked_also_with_connect_to() -> None:
    mapped = with_scope(DISCOVERY, mapped=True)
    assert applies("dns.alias", mapped) is True
    assert applies("dns.resolves", mapped) == "--connect-to leads past DNS, so DNS is not asked."


def test_without_a_server_outside_nothing_is_known_of_the_outside() -> None:
    assert "--resolver" in str(applies("dns.outside", with_scope(POOL, dns_servers=())))


def test_records_that_lead_elsewhere_than_the_file_says_fail() -> None:
    seen = {Resolve(POOL.host, SERVER): resolved("203.0.113.99")}
    verdict = judged("dns.outside", replace(POOL, addresses=(OUTSIDE,)), seen)
    assert verdict.status == "failed"
    assert OUTSIDE in verdict.cause
    assert judged("dns.outside", POOL, seen).status == "passed"


def test_a_private_address_outside_is_a_warning() -> None:
    assert judged("dns.outside", POOL, {Resolve(POOL.host, SERVER): resolved("10.0.0.5")}).status == "warning"


def test_an_alias_into_another_domain_fails_and_one_below_the_same_passes() -> None:
    question = Resolve(DISCOVERY.host, SERVER)
    foreign = judged("dns.alias", DISCOVERY, {question: resolved(OUTSIDE, aliases=("webext.fabrikam.com",))})
    assert foreign.status == "failed"
    assert "webext.fabrikam.com is in another domain than contoso.com" in foreign.cause
    own = judged("dns.alias", DISCOVERY, {question: resolved(OUTSIDE, aliases=("webext.contoso.com",))})
    assert own.status == "passed"


def test_an_alias_does_not_matter_without_tls() -> None:
    plain = replace(DISCOVERY, https_port=None)
    seen = {Resolve(DISCOVERY.host, SERVER): resolved(OUTSIDE, aliases=("webext.fabrikam.com",))}
    assert judged("dns.alias", plain, seen).status == "passed"


def test_internal_names_must_not_resolve_outside() -> None:
    internal = Resolve("lyncdiscoverinternal.contoso.com", SERVER)
    server = Resolve("fe01.contoso.local", SERVER)
    code = "dns.internal-hidden"
    assert judged(code, DISCOVERY, {internal: unknown(), server: unknown()}).status == "passed"
    assert judged(code, DISCOVERY, {internal: resolved("10.0.0.4"), server: unknown()}).status == "failed"
    assert judged(code, DISCOVERY, {internal: unknown(), server: resolved("10.0.0.4")}).status == "warning"
    silent = unknown().model_copy(update={"failure": failure("timed-out")})
    assert judged(code, DISCOVERY, {internal: unknown(), server: silent}).status == "unseen"


def test_a_server_inside_that_is_the_proxy_is_a_loop() -> None:
    target = replace(POOL, inside=(InsideServer("fe01.contoso.local", 443, "fe01.contoso.local"),))
    seen = {Connect(POOL.host, 443): connected(OUTSIDE), Resolve("fe01.contoso.local"): resolved(OUTSIDE)}
    assert judged("dns.loop", target, seen).status == "failed"
    elsewhere = {**seen, Resolve("fe01.contoso.local"): resolved("10.0.0.4")}
    assert judged("dns.loop", target, elsewhere).status == "passed"
    hidden = {**seen, Resolve("fe01.contoso.local"): unknown()}
    assert judged("dns.loop", target, hidden).status == "skipped"


def test_the_same_address_on_another_port_is_no_loop() -> None:
    target = replace(POOL, inside=(InsideServer("127.0.0.1", 4443, "fe01.contoso.local"),))
    assert judged("dns.loop", target, {Connect(POOL.host, 443): connected("127.0.0.1")}).status == "passed"
