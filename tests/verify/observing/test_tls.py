from __future__ import annotations

import datetime as dt
import ssl
import warnings
from typing import TYPE_CHECKING

import pytest

from bridgehead.lab.authority import LabAuthority
from bridgehead.verify.certificate_facts import facts_of
from bridgehead.verify.observing.questions import H2_FIRST, Handshake
from tests.verify.strange import HOST, Certified, Strange, look_at, silent

if TYPE_CHECKING:
    from pathlib import Path

    from bridgehead.verify.observing.questions import TlsSession, TlsVersion

VERSIONS: dict[TlsVersion, ssl.TLSVersion] = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    return Certified(tmp_path_factory.mktemp("tls"), LabAuthority("Public authority"))


def observed(context: ssl.SSLContext, *roots: Path, **offer: object) -> TlsSession:
    with Strange(silent, context) as server:
        return look_at(*roots)(Handshake(HOST, server.port, HOST, **offer))  # type: ignore[arg-type]


@pytest.mark.parametrize("offered", VERSIONS)
@pytest.mark.parametrize("asked", VERSIONS)
def test_each_version_is_told_apart_also_the_old_ones(
    certified: Certified, offered: TlsVersion, asked: TlsVersion
) -> None:
    context = certified.context(key="rsa")
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = VERSIONS[offered]
    seen = observed(context, version=asked)
    assert (seen.failure is None) == (asked == offered)
    if asked == offered:
        assert seen.version in {f"TLSv{asked}", "TLSv1"}


def test_the_chain_is_kept_in_the_order_of_the_wire(certified: Certified, tmp_path: Path) -> None:
    issuing = certified.authority.subordinate("Issuing authority")
    other = LabAuthority("Another authority")
    issued = issuing.issue([HOST], key="ecdsa")
    blocks = issued.chain_pem.decode().split("-----BEGIN")
    leaf, intermediate = (f"-----BEGIN{block}" for block in blocks[1:])
    (tmp_path / "mixed.pem").write_text(leaf + other.root_pem.decode() + intermediate)
    (tmp_path / "mixed.key").write_bytes(issued.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "mixed.pem", tmp_path / "mixed.key")
    seen = observed(context)
    names = [facts.common_name for pem in seen.chain if (facts := facts_of(pem)) is not None]
    assert names == [HOST, "Another authority", "Issuing authority"]
    assert seen.chain_is_whole


def test_more_certificates_than_openssl_takes_are_not_called_a_refusal(certified: Certified) -> None:
    many = [f"{number:04}.{'long-label' * 5}.contoso.com" for number in range(2000)]
    seen = observed(certified.context(HOST, *many))
    assert seen.failure is not None
    assert (seen.failure.kind, "longer than OpenSSL takes" in seen.failure.detail) == ("too-much", True)


def test_the_kind_of_key_is_chosen_by_what_the_client_can_use(certified: Certified) -> None:
    both = certified.context(key="rsa")
    both.load_cert_chain(*certified.authority.issue([HOST], key="ecdsa").write(certified.directory, "second"))
    kinds: tuple[str, ...] = ("rsa", "ecdsa")
    found = {kind: facts_of(observed(both, keys=kind).chain[0]) for kind in kinds}
    assert {kind: facts.key for kind, facts in found.items() if facts is not None} == {"rsa": "RSA", "ecdsa": "ECDSA"}
    assert observed(certified.context(key="ecdsa"), keys="rsa").failure is not None


def test_trust_is_judged_by_the_given_roots_without_dates_and_name(certified: Certified) -> None:
    now = dt.datetime.now(dt.UTC)
    expired = certified.context(
        "www.fabrikam.com", not_before=now - dt.timedelta(days=9), not_after=now - dt.timedelta(days=2)
    )
    assert observed(expired, certified.root, verify=True).verify_code == 0
    assert observed(certified.context(), verify=True).verify_code == 20


def test_an_application_protocol_is_told(certified: Certified) -> None:
    context = certified.context()
    context.set_alpn_protocols(["h2"])
    assert observed(context, alpn=H2_FIRST).alpn == "h2"
    assert observed(certified.context(), alpn=H2_FIRST).alpn == ""


def test_sni_is_sent_as_asked_and_not_at_all_when_empty(certified: Certified) -> None:
    names: list[str | None] = []
    context = certified.context()
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    with Strange(silent, context) as server:
        look = look_at()
        look(Handshake(HOST, server.port, "meet.contoso.com"))
        look(Handshake(HOST, server.port, ""))
    assert names == ["meet.contoso.com", None]
