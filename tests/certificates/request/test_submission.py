from __future__ import annotations

from bridgehead.certificates.request.submission import MadeRequest, what_to_send
from tests.certificates.request.contoso import contoso

MADE = MadeRequest("public.req", "/store/key.pem")


def test_a_public_authority_gets_the_request_and_nothing_else() -> None:
    first, *others = what_to_send(contoso(), [MADE])
    assert first.text.startswith("Send public.req to your public certification authority, and nothing else")
    assert any("Keep the private key: in the store, /store/key.pem." in one.text for one in others)


def test_the_number_of_names_is_what_is_ordered() -> None:
    assert any("for 6 names" in one.text for one in what_to_send(contoso(), [MADE]))


def test_your_own_authority_gets_a_command_for_each_request() -> None:
    made = [MADE, MadeRequest("our own.req", "/store/other.pem")]
    first, second, *_ = what_to_send(contoso(public=False), made)
    assert first.command == 'certreq -submit -attrib "CertificateTemplate:WebServer" public.req answer.cer'
    assert "'our own.req'" in second.command


def test_two_kinds_are_two_requests() -> None:
    said = what_to_send(contoso(), [MADE, MadeRequest("public-ecdsa.req", "/keys/other.key", stored=False)])
    assert said[0].text.startswith("Send public.req and public-ecdsa.req")
    assert any(one.text.startswith("Keep the private key: /keys/other.key.") for one in said)
    assert any(one.text.startswith("Each request gives a certificate of its own") for one in said)


def test_it_says_how_the_answer_is_taken() -> None:
    last = what_to_send(contoso(), [MADE], "--topology bridgehead.toml")[-1]
    assert last.command == "bridgehead certificate import ANSWER --topology bridgehead.toml"
