"""The outer half of the bridge, as clients see it."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from bridgehead.proxy.client_tls import CertificateTable, certificate_context
from bridgehead.spec import Certificate, KeyPair, Listener, Refuse, Rule
from tests.proxy.wire import OK, Peer, Proxy, answering, status_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.proxy.sites import Site


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA) -> Iterator[Proxy]:
    """Three certificates on one listener, and one that has two keys; another listener for the era's clients."""
    proxy = Proxy(tmp_path_factory.mktemp("tls"), authority, ())
    rsa_key = {"key_type": trustme.KeyType.RSA}
    proxy.certificates = (
        Certificate(name="first", pairs=(proxy.key_pair("first.test", "shared.test", kind="first"),)),
        Certificate(name="wild", pairs=(proxy.key_pair("*.wild.test", kind="wild"),)),
        Certificate(name="exact", pairs=(proxy.key_pair("exact.wild.test", kind="exact"),)),
        Certificate(
            name="both",
            pairs=(
                proxy.key_pair("both.test", kind="both-rsa", **rsa_key),
                proxy.key_pair("both.test", kind="both-ecdsa"),
            ),
        ),
    )
    names = tuple(certificate.name for certificate in proxy.certificates)
    default = {"host": proxy.host, "tls": True, "certificates": names}
    proxy.listeners = (
        Listener(name="tls", port=proxy.tls_port, **default),
        Listener(name="era", port=proxy.plain_port, tls_profile="lync-era", **default),
    )
    nothing = Refuse(reason="only the handshake matters here")
    proxy.rules = (Rule(name="all", listeners=("tls", "era"), hosts=("first.test",), action=nothing),)
    proxy.start()
    yield proxy
    proxy.stop()


def leaf(proxy: Proxy, name: str | None, **options: str) -> x509.Certificate:
    """The certificate that a client gets which asks for `name`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if "ciphers" in options:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(options["ciphers"])
    sock = proxy.connect_tls(name, context).sock
    assert isinstance(sock, ssl.SSLSocket)
    encoded = sock.getpeercert(binary_form=True)
    assert encoded is not None
    return x509.load_der_x509_certificate(encoded)


def names(certificate: x509.Certificate) -> list[str]:
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(
        x509.DNSName
    )


@pytest.mark.parametrize(
    ("asked", "served"),
    [
        ("first.test", "first.test"),
        ("shared.test", "first.test"),
        ("SHARED.test", "first.test"),
        ("any.wild.test", "*.wild.test"),
        ("exact.wild.test", "exact.wild.test"),
        ("both.test", "both.test"),
        ("too.deep.wild.test", "first.test"),  # RFC 9525 6.3: a wildcard is one label
        ("wild.test", "first.test"),
        ("unheard.test", "first.test"),
        (None, "first.test"),
    ],
)
def test_the_certificate_is_the_one_of_the_name_that_was_asked_for(
    proxy: Proxy, asked: str | None, served: str
) -> None:
    assert names(leaf(proxy, asked))[0] == served


@pytest.mark.parametrize(
    ("ciphers", "key"),
    [("ECDHE-RSA-AES128-GCM-SHA256", rsa.RSAPublicKey), ("ECDHE-ECDSA-AES128-GCM-SHA256", ec.EllipticCurvePublicKey)],
)
def test_rsa_and_ecdsa_stand_side_by_side(proxy: Proxy, ciphers: str, key: type) -> None:
    assert isinstance(leaf(proxy, "both.test", ciphers=ciphers).public_key(), key)


def test_clients_of_the_era_are_served_where_the_listener_says_so(proxy: Proxy) -> None:
    context = proxy.client_context()
    context.check_hostname = False
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-RSA-AES128-SHA256")
    assert isinstance(proxy.connect_tls("both.test", context, port=proxy.plain_port).sock, ssl.SSLSocket)
    with pytest.raises(ssl.SSLError):
        proxy.connect_tls("both.test", context)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # an outdated version is the point
def test_nothing_older_than_tls_1_2_is_spoken(proxy: Proxy) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError):
        proxy.connect_tls("first.test", context)


def test_http_1_1_alone_is_offered(proxy: Proxy) -> None:
    context = proxy.client_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    sock = proxy.connect_tls("first.test", context).sock
    assert isinstance(sock, ssl.SSLSocket)
    assert sock.selected_alpn_protocol() == "http/1.1"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_sessions_resume(proxy: Proxy, version: ssl.TLSVersion) -> None:
    context = proxy.client_context()
    context.minimum_version = context.maximum_version = version
    first = proxy.connect_tls("first.test", context)
    assert isinstance(first.sock, ssl.SSLSocket)
    first.request(b"GET / HTTP/1.1\r\nHost: first.test\r\n\r\n")  # the ticket of TLS 1.3 comes with the first bytes
    session = first.sock.session
    raw = proxy.connect(proxy.tls_port).sock
    again = context.wrap_socket(raw, server_hostname="first.test", session=session)
    with again:
        assert again.session_reused


# Host and SNI


def test_a_host_other_than_the_connections_name_is_misdirected(site: Site) -> None:
    """RFC 9110 15.5.20: browsers share connections between names that one certificate covers."""
    client = site.connect_tls("site.test")
    answer = client.request(b"GET / HTTP/1.1\r\nHost: other.test\r\n\r\n")
    assert status_of(answer) == 421
    assert client.read_to_end() == b""
    assert site.server.nobody_came()


@pytest.mark.parametrize(
    ("name", "host"), [("Site.TEST", b"site.test:8443"), ("a.wild.test", b"A.Wild.Test."), (None, b"site.test")]
)
def test_the_same_name_in_another_spelling_is_not(site: Site, name: str | None, host: bytes) -> None:
    site.server.script = answering(OK)
    client: Peer = site.connect_tls(name)
    assert client.request(b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n") == OK


# Loading


A = Certificate(name="a", pairs=(KeyPair(chain="a.pem", key="a.key"),))


@pytest.fixture
def material(authority: trustme.CA) -> dict[str, bytes]:
    issued = authority.issue_cert("a.test")
    return {"a.pem": issued.cert_chain_pems[0].bytes(), "a.key": issued.private_key_pem.bytes()}


def test_a_key_that_does_not_belong_to_its_certificate_is_not_loaded(
    authority: trustme.CA, material: dict[str, bytes]
) -> None:
    material["a.key"] = authority.issue_cert("b.test").private_key_pem.bytes()
    with pytest.raises(ssl.SSLError, match="KEY_VALUES_MISMATCH"):
        certificate_context(A, "intermediate", material)


def test_without_certificates_there_is_none_to_choose() -> None:
    assert CertificateTable((), {}).choose("a.test") is None


def test_the_first_certificate_is_the_default(material: dict[str, bytes]) -> None:
    context = certificate_context(A, "intermediate", material)
    table = CertificateTable([(A, context)], material)
    assert table.choose(None) is table.choose("b.test") is table.choose("a.test") is context
