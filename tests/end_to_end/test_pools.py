"""Pools, Directors, Office Web Apps and discovery by the file's own words, before sites that show what reached them."""

from __future__ import annotations

from tests.end_to_end.publication import LOOPBACK, Publication, fields_seen, seen_by_site

WEB = "webext.contoso.com"
DIRECTOR = "webdirext.contoso.com"
DISCOVERY = "lyncdiscover.contoso.com"


def pool(role: str, external_fqdn: str, https_port: int, http_port: int | None = None) -> str:
    plain = f"http_port = {http_port}" if http_port else ""
    return f"""
        [[pool]]
        role          = "{role}"
        external_fqdn = "{external_fqdn}"
        servers       = "{LOOPBACK}"
        https_port    = {https_port}
        {plain}
        trust         = "internal-root.pem"
    """


def test_front_end_pool_and_director_answer_on_their_own_names(publication: Publication) -> None:
    front_end, director = publication.site("front-end", WEB), publication.site("director", DIRECTOR)
    publication.serve(pool("front-end", WEB, front_end.port) + pool("director", DIRECTOR, director.port))
    assert seen_by_site(publication.https(WEB).request("GET", "/abs/handler"))["site"] == "front-end"
    assert seen_by_site(publication.https(DIRECTOR).request("GET", "/abs/handler"))["site"] == "director"


def test_office_web_apps_is_published_on_its_own_name(publication: Publication) -> None:
    name = "officewebapps01.contoso.com"
    front_end, farm = publication.site("front-end", WEB), publication.site("farm", name)
    publication.serve(pool("front-end", WEB, front_end.port) + pool("office-web-apps", name, farm.port))
    assert seen_by_site(publication.https(name).request("GET", "/hosting/discovery"))["site"] == "farm"


def test_a_pool_can_be_one_address_of_a_load_balancer(publication: Publication) -> None:
    balancer = publication.site("balancer", "pool01.contoso.local")
    publication.serve(f"""
        [[pool]]
        role          = "front-end"
        external_fqdn = "{WEB}"
        load_balancer = {{ name = "pool01.contoso.local", address = "{LOOPBACK}", port = {balancer.port} }}
        trust         = "internal-root.pem"
    """)
    assert seen_by_site(publication.https(WEB).request("GET", "/"))["site"] == "balancer"


def test_ports_inside_can_be_others(publication: Publication) -> None:
    external, plain = publication.site("external", WEB), publication.site("plain", tls=False)
    publication.serve(
        'sip_domains = [{ name = "contoso.com", discovery_over_http = true }]\n'
        '[simple_urls.meet]\n"contoso.com" = "https://meet.contoso.com"\n'
        + pool("front-end", WEB, external.port, plain.port)
    )
    assert seen_by_site(publication.https(WEB).request("GET", "/"))["site"] == "external"
    assert seen_by_site(publication.http(DISCOVERY).request("GET", "/"))["site"] == "plain"


def discovery(publication: Publication, *, over_http: bool, status: int = 200) -> str:
    external, plain = publication.site("external", WEB), publication.site("plain", tls=False, status=status)
    domain = '{ name = "contoso.com", discovery_over_http = true }' if over_http else '"contoso.com"'
    return f'sip_domains = [{domain}]\n[simple_urls.meet]\n"contoso.com" = "https://meet.contoso.com"\n' + pool(
        "front-end", WEB, external.port, plain.port
    )


def test_accepted_discovery_is_bridged_from_http_to_http(publication: Publication) -> None:
    publication.serve(discovery(publication, over_http=True))
    answer = publication.http(DISCOVERY).request("GET", "/?sipuri=alice@contoso.com")
    assert seen_by_site(answer)["site"] == "plain"
    assert fields_seen(answer, "Host") == [DISCOVERY]


def test_discovery_over_http_is_off_until_it_is_accepted(publication: Publication) -> None:
    publication.serve(discovery(publication, over_http=False))
    answer = publication.http(DISCOVERY).request("GET", "/")
    assert (answer.status, answer.fields.get("Location")) == (301, f"https://{DISCOVERY}/")


def test_on_port_80_every_other_name_is_redirected_to_its_https(publication: Publication) -> None:
    publication.serve(discovery(publication, over_http=True))
    for host in (WEB, "meet.contoso.com"):
        answer = publication.http(host).request("GET", "/a?b")
        assert (answer.status, answer.fields.get("Location")) == (301, f"https://{host}/a?b")


def test_nobody_can_authenticate_over_plain_discovery(publication: Publication) -> None:
    publication.serve(discovery(publication, over_http=True))
    answer = publication.http(DISCOVERY).request("GET", "/", fields={"Authorization": "Basic YTpi"})
    assert fields_seen(answer, "Authorization") == []


def test_a_challenge_over_plain_discovery_becomes_a_refusal(publication: Publication) -> None:
    publication.serve(discovery(publication, over_http=True, status=401))
    assert publication.http(DISCOVERY).request("GET", "/").status == 403


def test_directories_internal_by_design_are_refused(publication: Publication) -> None:
    front_end = publication.site("front-end", WEB)
    publication.serve(pool("front-end", WEB, front_end.port))
    for target in ("/Cscp", "/cscp/", "/OcsPowerShell", "/ocspowershell/x"):
        assert publication.https(WEB).request("GET", target).status == 403
    assert front_end.requests == []
