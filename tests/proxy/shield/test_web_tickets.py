from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgehead.proxy.head import RequestHeadCutter
from bridgehead.proxy.shield.names import UNREADABLE
from bridgehead.proxy.shield.web_tickets import Endpoint, concerns, endpoint_of, user_of_grant, user_of_token


def endpoint(target: str, method: str = "POST") -> Endpoint | None:
    request = f"{method} {target} HTTP/1.1\r\nHost: site.test\r\nContent-Length: 1\r\n\r\n".encode()
    cut = RequestHeadCutter(65536, 200, 16384).cut(request)
    assert isinstance(cut, tuple), cut
    return endpoint_of(cut[0])


@pytest.mark.parametrize(
    "target",
    [
        "/WebTicket/oauthtoken",
        "/webticket/OAuthToken?x=y",
        "/WebTicket/oauthtoken/",
        "/%57ebTicket/oauthtoken",
        "/WebTicket%2foauthtoken",
        "/a/../WebTicket/oauthtoken",
        "//WebTicket//oauthtoken",
        "/WebTicket\\oauthtoken",
        "/WebTicket/oauthtoken.",
    ],
)
def test_the_endpoint_of_password_grants_is_found_however_its_path_is_written(target: str) -> None:
    assert endpoint(target) is Endpoint.PASSWORD_GRANT


def test_the_web_ticket_service_has_pages_below_it() -> None:
    assert endpoint("/WebTicket/WebTicketService.svc") is Endpoint.WEB_TICKET
    assert endpoint("/WebTicket/WebTicketService.svc/Auth") is Endpoint.WEB_TICKET


@pytest.mark.parametrize(
    "target", ["/", "/WebTicket", "/WebTicket/oauthtoken2", "/ucwa/v1/applications", "/x?webticket"]
)
def test_other_places_are_not_held_up(target: str) -> None:
    assert endpoint(target) is None


def test_only_posts_bring_a_form() -> None:
    assert endpoint("/WebTicket/oauthtoken", "PUT") is None


def test_most_targets_are_dismissed_at_a_glance() -> None:
    assert not concerns(b"/ucwa/oauth/v1/applications/105/events?ack=1")


def escaped(text: str, encoding: str) -> bytes:
    return "".join(f"%{byte:02X}" for byte in text.encode(encoding)).encode()


@pytest.mark.parametrize(
    ("form", "user"),
    [
        (b"grant_type=password&username=alice&password=x", "alice"),
        (b"password=x&UserName=CONTOSO%5Calice&grant_type=password", "CONTOSO\\alice"),
        (b"grant_type=password&username=m%C3%BCller&password=x", "müller"),
        (b"grant_type=password&username=a+b&password=", "a b"),
        (b"grant_type=urn:microsoft.rtc:windows", None),
        (b"grant_type=urn:microsoft.rtc:anonmeeting&ms_rtc_conferenceuri=x&username=alice", None),
        (b"", UNREADABLE),
        (b"grant_type=Password+&username=alice&password=x", "alice"),
        (b"grant_type=password&username=&password=x", UNREADABLE),
        (b"grant_type%00=password&username%00=alice&password%00=x", UNREADABLE),
        (b"grant_type=anonymous&username%00=alice&grant_type%00=password", UNREADABLE),
        (b"grant_type=anonymous&" + escaped("grant_type", "cp037") + b"=" + escaped("password", "cp037"), UNREADABLE),
        (escaped("grant_type", "cp037") + b"=" + escaped("password", "cp037"), UNREADABLE),
        (escaped("grant_type", "utf-16-le") + b"=" + escaped("password", "utf-16-le"), UNREADABLE),
        (b"grant_type=password&password=x", UNREADABLE),
        (b"username=alice&password=x", UNREADABLE),
        (b"grant_type=x&grant_type=password&username=alice&password=x", UNREADABLE),
        (b"grant_type=password&username=alice&username=bob&password=x", UNREADABLE),
        (b"grant_type=password&username=alice&username=alice&password=x", "alice"),
        (b"&".join(b"a%d=b" % number for number in range(100)), UNREADABLE),
        (b"username=\xff\xfe&password=x", UNREADABLE),
    ],
)
def test_whose_form_it_is(form: bytes, user: str | None) -> None:
    assert user_of_grant(form) == user


def test_the_query_may_name_the_user_too() -> None:
    assert user_of_grant(b"password=x", b"grant_type=password&username=alice") == "alice"
    assert user_of_grant(b"grant_type=password&username=bob&password=x", b"username=alice") == UNREADABLE


@pytest.mark.parametrize(
    ("soap", "user"),
    [
        (b"<t:Token><t:Username>alice</t:Username><t:Password>x</t:Password></t:Token>", "alice"),
        (b'<?xml version="1.0" encoding="utf-8"?><o:Username a="b">\n m\xc3\xbcller\n</o:Username>', "müller"),
        (b"\xef\xbb\xbf<Username>alice</Username>", "alice"),
        (b"<Username>R&amp;D</Username>", "R&D"),
        (b"<Username><![CDATA[alice]]></Username>", "alice"),
        (b"<Username><!-- -->a<!-- -->l<?x y?>ice</Username>", "alice"),
        (b'<Username a=">bob">&#97;lice</Username>', "alice"),
        ("<é:Username>alice</é:Username>".encode(), "alice"),
        (b"<a><Username>alice</Username><b><Username>alice</Username></b></a>", "alice"),
        (b"<a><Username>alice</Username><Username>bob</Username></a>", UNREADABLE),
        (b"<Username></Username>", UNREADABLE),
        (b"<Username/>", UNREADABLE),
        (b"<Username>al<x/>ice</Username>", UNREADABLE),
        (b"<Username>alice</Username> and more", UNREADABLE),
        (b"<a><Username>alice</Username>", UNREADABLE),
        (b"<!DOCTYPE a [<!ENTITY a 'alice'>]><Username>&a;</Username>", UNREADABLE),
        (b'<?xml version="1.0" encoding="ibm037"?><a/>', UNREADABLE),
        ("<Username>alice</Username>".encode("utf-16"), UNREADABLE),
        ("<Username>alice</Username>".encode("utf-16-le"), UNREADABLE),
        (b"<Username>m\xfcller</Username>", UNREADABLE),
        (b"<wst:RequestSecurityToken/>", None),
        (b"<Usernames>alice</Usernames>", None),
    ],
)
def test_whose_web_ticket_it_is(soap: bytes, user: str | None) -> None:
    assert user_of_token(soap) == user


@given(st.binary(max_size=400))
def test_no_body_is_a_fault_of_ours(body: bytes) -> None:
    user_of_grant(body, body)
    user_of_token(b"<Username>" + body + b"</Username>")
