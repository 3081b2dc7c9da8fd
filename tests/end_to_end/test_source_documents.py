"""Clauses of Microsoft's documents, each proven over real sockets with the proxy as a process of its own.

`docs/requirements.md` says which clause each test proves. The services of a Lync deployment are in
`test_external_services.py`; here any web site will do.
"""

from __future__ import annotations

import http.client
import json
import ssl

import pytest

from tests.end_to_end.free_port import free_port
from tests.end_to_end.publication import LOOPBACK, Publication, fields_seen, seen_by_site, served_certificate

MAIL = "mail.contoso.com"
WEB = "webext.contoso.com"


def test_a_site_is_published_by_its_name_and_no_other_is(publication: Publication) -> None:
    mail = publication.site("mail")
    publication.serve(f"""
        [[publish]]
        host  = "{MAIL}"
        to    = "{mail.url}"
        trust = "internal-root.pem"
    """)
    assert seen_by_site(publication.https(MAIL).request("GET", "/"))["site"] == "mail"
    assert 400 <= publication.https("unknown.contoso.com").request("GET", "/").status < 500
    assert len(mail.requests) == 1


def test_all_of_a_site_is_published(publication: Publication) -> None:
    mail = publication.site("mail")
    publication.serve(f"""
        [[publish]]
        host  = "{MAIL}"
        to    = "{mail.url}"
        trust = "internal-root.pem"
    """)
    visitor = publication.https(MAIL)
    for target in ("/", "/owa/", "/a/b/c.aspx?x=/*&y", "/S%20pace/%C3%A4"):
        assert seen_by_site(visitor.request("GET", target))["target"] == target


def test_one_directory_of_a_site_can_be_published_alone(publication: Publication) -> None:
    web = publication.site("web")
    publication.serve(f"""
        [[publish]]
        host  = "{WEB}"
        paths = "/ucwa/*"
        to    = "{web.url}"
        trust = "internal-root.pem"
    """)
    for target in ("/ucwa", "/ucwa/v1/applications", "/UCWA/v1"):
        assert seen_by_site(publication.https(WEB).request("GET", target))["target"] == target
    for target in ("/", "/ucwax", "/abs/handler", "/ucwa/../abs"):
        assert 400 <= publication.https(WEB).request("GET", target).status < 500
    assert len(web.requests) == 3


def test_a_site_is_bridged_from_tls_to_tls(publication: Publication) -> None:
    mail = publication.site("mail")
    publication.serve(f"""
        [[publish]]
        host  = "{MAIL}"
        to    = "{mail.url}"
        trust = "internal-root.pem"
    """)
    visitor = publication.https(MAIL)
    assert seen_by_site(visitor.request("POST", "/", body=b"up"))["body"] == "up"
    own = (publication.directory / "site-mail.pem").read_bytes()
    assert served_certificate(visitor).strip() not in own


def test_a_site_is_bridged_from_tls_to_plain(publication: Publication) -> None:
    mail = publication.site("mail", tls=False)
    publication.serve(f"""
        [[publish]]
        host = "{MAIL}"
        to   = "{mail.url}"
    """)
    answer = publication.https(MAIL).request("GET", "/")
    assert seen_by_site(answer)["site"] == "mail"
    assert fields_seen(answer, "X-Forwarded-Proto") == ["https"]


def test_a_site_is_bridged_from_plain_to_plain(publication: Publication) -> None:
    mail = publication.site("mail", tls=False)
    publication.serve(f"""
        [[publish]]
        host        = "{MAIL}"
        to          = "{mail.url}"
        require_tls = "off"
    """)
    answer = publication.http(MAIL).request("GET", "/")
    assert seen_by_site(answer)["site"] == "mail"
    assert fields_seen(answer, "X-Forwarded-Proto") == ["http"]


def test_a_site_is_bridged_from_plain_to_tls(publication: Publication) -> None:
    mail = publication.site("mail")
    publication.serve(f"""
        [[publish]]
        host        = "{MAIL}"
        to          = "{mail.url}"
        trust       = "internal-root.pem"
        require_tls = "off"
    """)
    assert seen_by_site(publication.http(MAIL).request("GET", "/"))["site"] == "mail"


def test_a_server_with_an_untrusted_certificate_gets_no_request(publication: Publication) -> None:
    mail = publication.site("mail")
    publication.serve(f"""
        [[publish]]
        host  = "{MAIL}"
        to    = "{mail.url}"
        trust = "public-root.pem"
    """)
    assert publication.https(MAIL).request("GET", "/").status in {502, 503, 504}
    assert mail.requests == []


def test_a_server_with_a_certificate_for_another_name_gets_no_request(publication: Publication) -> None:
    mail = publication.site("mail", "somebody-else.contoso.local")
    publication.serve(f"""
        [[publish]]
        host  = "{MAIL}"
        to    = "{mail.url}"
        trust = "internal-root.pem"
    """)
    assert publication.https(MAIL).request("GET", "/").status in {502, 503, 504}
    assert mail.requests == []


def test_undecrypted_tls_is_relayed_to_a_site_that_keeps_its_own(publication: Publication) -> None:
    own = publication.site("own", MAIL)
    publication.serve(f"""
        [[relay]]
        host = "{MAIL}"
        to   = "{LOOPBACK}:{own.port}"
    """)
    visitor = publication.https(MAIL, trust=publication.authorities.internal)
    assert seen_by_site(visitor.request("GET", "/"))["site"] == "own"
    assert served_certificate(visitor).strip() in (publication.directory / "site-own.pem").read_bytes()


def test_tls_can_be_required_by_redirection(publication: Publication) -> None:
    mail = publication.site("mail", tls=False)
    publication.serve(f"""
        [[publish]]
        host        = "{MAIL}"
        to          = "{mail.url}"
        require_tls = "redirect"
    """)
    answer = publication.http(MAIL).request("GET", "/owa/?a=b")
    assert (answer.status, answer.fields.get("Location")) == (301, f"https://{MAIL}/owa/?a=b")
    assert mail.requests == []


def test_tls_can_be_required_by_refusal(publication: Publication) -> None:
    mail = publication.site("mail", tls=False)
    publication.serve(f"""
        [[publish]]
        host        = "{MAIL}"
        to          = "{mail.url}"
        require_tls = "refuse"
    """)
    assert publication.http(MAIL).request("GET", "/").status == 403
    assert seen_by_site(publication.https(MAIL).request("GET", "/"))["site"] == "mail"
    assert len(mail.requests) == 1


def test_tls_can_be_required_for_a_whole_listener(publication: Publication) -> None:
    mail = publication.site("mail", tls=False)
    refusing = publication.usual_listeners.replace("tls            = false", 'tls = false\nrequire_tls = "refuse"')
    publication.serve(
        f"""
        [[publish]]
        host = "{MAIL}"
        to   = "{mail.url}"
        """,
        listeners=refusing,
    )
    assert publication.http(MAIL).request("GET", "/").status == 403
    assert mail.requests == []


def test_a_listener_serves_the_certificate_that_the_file_names(publication: Publication) -> None:
    mail = publication.site("mail", tls=False)
    publication.serve(f"""
        [[publish]]
        host = "{MAIL}"
        to   = "{mail.url}"
    """)
    visitor = publication.https(MAIL)
    leaf = served_certificate(visitor)
    assert publication.authorities.public_certificate.chain_pem.startswith(leaf.strip())
    assert isinstance(visitor.socket, ssl.SSLSocket)
    assert visitor.socket.version() in {"TLSv1.2", "TLSv1.3"}


def two_sites(publication: Publication) -> str:
    mail, web = publication.site("mail", tls=False), publication.site("web", tls=False)
    return f"""
        [[publish]]
        host = "{MAIL}"
        to   = "{mail.url}"

        [[publish]]
        host = "{WEB}"
        to   = "{web.url}"
    """


def test_one_certificate_with_many_names_serves_every_rule(publication: Publication) -> None:
    publication.serve(two_sites(publication))
    mail, web = publication.https(MAIL), publication.https(WEB)
    assert seen_by_site(mail.request("GET", "/"))["site"] == "mail"
    assert seen_by_site(web.request("GET", "/"))["site"] == "web"
    assert served_certificate(mail) == served_certificate(web)


def test_a_wildcard_entry_serves_the_names_that_it_covers(publication: Publication) -> None:
    publication.authorities.public.issue((WEB, "*.contoso.com")).write(publication.directory, "public")
    publication.serve(two_sites(publication))
    assert seen_by_site(publication.https(WEB).request("GET", "/"))["site"] == "web"
    assert seen_by_site(publication.https(MAIL).request("GET", "/"))["site"] == "mail"


def two_listeners(publication: Publication, first: str, second: str) -> tuple[int, int, str]:
    ports = publication.tls_port, free_port(LOOPBACK)
    for name in {first, second}:
        publication.authorities.public.issue((WEB, MAIL)).write(publication.directory, name)
    listeners = "".join(
        f"""
        [[listener]]
        address     = "{LOOPBACK}:{port}"
        tls         = true
        certificate = "{name}"
        """
        for port, name in zip(ports, (first, second), strict=True)
    )
    certificates = "".join(
        f"""
        [certificate.{name}]
        chain = "{name}.pem"
        key   = "{name}.key"
        """
        for name in sorted({first, second})
    )
    return *ports, listeners + certificates


def test_each_listener_serves_its_own_certificate(publication: Publication) -> None:
    one, other, listeners = two_listeners(publication, "first", "second")
    publication.serve(two_sites(publication), listeners=listeners)
    for port, name in ((one, "first"), (other, "second")):
        chain = (publication.directory / f"{name}.pem").read_bytes()
        assert served_certificate(publication.https(WEB, port=port)).strip() in chain


def test_one_certificate_is_shared_by_several_listeners(publication: Publication) -> None:
    one, other, listeners = two_listeners(publication, "shared", "shared")
    publication.serve(two_sites(publication), listeners=listeners)
    assert served_certificate(publication.https(WEB, port=one)) == served_certificate(
        publication.https(MAIL, port=other)
    )


def test_several_listeners_share_one_interface(publication: Publication) -> None:
    one, other, listeners = two_listeners(publication, "first", "second")
    publication.serve(two_sites(publication), listeners=listeners)
    assert seen_by_site(publication.https(WEB, port=one).request("GET", "/"))["site"] == "web"
    assert seen_by_site(publication.https(WEB, port=other).request("GET", "/"))["site"] == "web"


def test_a_client_without_sni_gets_the_first_certificate_of_the_listener(publication: Publication) -> None:
    publication.serve(two_sites(publication))
    trust = ssl.create_default_context(cadata=publication.authorities.public.root_pem.decode())
    trust.check_hostname = False
    visitor = http.client.HTTPSConnection(LOOPBACK, publication.tls_port, context=trust, timeout=30)
    visitor.request("GET", "/", headers={"Host": MAIL})
    assert json.loads(visitor.getresponse().read())["site"] == "mail"
    visitor.close()


@pytest.mark.parametrize("host", [MAIL, f"{MAIL}:443", "MAIL.Contoso.com"])
def test_host_arrives_as_the_client_sent_it(publication: Publication, host: str) -> None:
    publication.serve(two_sites(publication))
    assert fields_seen(publication.https(host).request("GET", "/"), "Host") == [host]


def test_host_can_be_replaced_for_a_site(publication: Publication) -> None:
    mail = publication.site("mail", tls=False)
    publication.serve(f"""
        [[publish]]
        host        = "{MAIL}"
        to          = "{mail.url}"
        host_header = "ex01.contoso.local"
    """)
    assert fields_seen(publication.https(MAIL).request("GET", "/"), "Host") == ["ex01.contoso.local"]


def test_requests_come_from_the_proxys_own_address(publication: Publication) -> None:
    mail = publication.site("mail", tls=False)
    publication.serve(f"""
        [[publish]]
        host        = "{MAIL}"
        to          = "{mail.url}"
        require_tls = "off"
    """)
    elsewhere = "127.0.0.2"
    visitor = http.client.HTTPConnection(LOOPBACK, publication.plain_port, timeout=30, source_address=(elsewhere, 0))
    visitor.request("GET", "/", headers={"Host": MAIL})
    visitor.getresponse().read()
    visitor.close()
    (seen,) = mail.requests
    assert seen["client"] == LOOPBACK
    assert ["X-Forwarded-For", elsewhere] in [list(field) for field in seen["fields"]]


def test_claims_of_the_client_about_its_origin_are_replaced(publication: Publication) -> None:
    publication.serve(two_sites(publication))
    claims = {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "gopher", "Forwarded": "for=198.51.100.7"}
    answer = publication.https(MAIL).request("GET", "/", fields=claims)
    assert fields_seen(answer, "X-Forwarded-For") == [LOOPBACK]
    assert fields_seen(answer, "X-Forwarded-Proto") == ["https"]
    assert fields_seen(answer, "Forwarded") == []


def test_origin_can_be_kept_from_a_site(publication: Publication) -> None:
    mail = publication.site("mail", tls=False)
    publication.serve(f"""
        [[publish]]
        host             = "{MAIL}"
        to               = "{mail.url}"
        forwarded_fields = "remove"
    """)
    answer = publication.https(MAIL).request("GET", "/", fields={"X-Forwarded-For": "198.51.100.7"})
    assert fields_seen(answer, "X-Forwarded-For") == []


def test_a_site_without_authentication_neither_sees_credentials_nor_asks_for_them(publication: Publication) -> None:
    mail = publication.site("mail", tls=False, status=401, fields=(("WWW-Authenticate", "NTLM"),))
    publication.serve(f"""
        [[publish]]
        host           = "{MAIL}"
        to             = "{mail.url}"
        authentication = "none"
    """)
    answer = publication.https(MAIL).request("GET", "/", fields={"Authorization": "Basic YTpi"})
    assert (answer.status, answer.fields.all("WWW-Authenticate")) == (403, [])
    (seen,) = mail.requests
    assert "authorization" not in {name.lower() for name, _ in seen["fields"]}


def test_challenges_pass_as_separate_lines_in_their_order(publication: Publication) -> None:
    challenges = ("Negotiate", "NTLM", 'Basic realm="contoso"')
    mail = publication.site(
        "mail", tls=False, status=401, fields=tuple(("WWW-Authenticate", challenge) for challenge in challenges)
    )
    publication.serve(f"""
        [[publish]]
        host = "{MAIL}"
        to   = "{mail.url}"
    """)
    answer = publication.https(MAIL).request("GET", "/", fields={"Authorization": "Basic YTpi"})
    assert (answer.status, answer.fields.all("WWW-Authenticate")) == (401, list(challenges))
    (seen,) = mail.requests
    assert ["Authorization", "Basic YTpi"] in [list(field) for field in seen["fields"]]


def test_exchange_autodiscover_and_web_services_are_published_beside_it(publication: Publication) -> None:
    exchange = publication.site("exchange")
    publication.serve(f"""
        [[exchange]]
        host  = "{MAIL}"
        to    = "{exchange.url}"
        trust = "internal-root.pem"
    """)
    for host, target in (
        ("autodiscover.contoso.com", "/Autodiscover/Autodiscover.xml"),
        (MAIL, "/EWS/Exchange.asmx"),
    ):
        assert seen_by_site(publication.https(host).request("POST", target, body=b"<x/>"))["target"] == target
