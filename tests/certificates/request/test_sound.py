from __future__ import annotations

from dataclasses import replace

import pytest

from bridgehead.certificates.request.requested import RequestedCertificate, RequestedName, Subject
from bridgehead.certificates.request.sound import made_sound, warnings
from bridgehead.problems import ProblemsFound


def by_hand(common_name: str, *names: str, **subject: str) -> RequestedCertificate:
    return RequestedCertificate("public", Subject(common_name, **subject), tuple(map(RequestedName, names)))


def names_of(requested: RequestedCertificate) -> list[str]:
    return [one.name for one in requested.names]


def problems_of(requested: RequestedCertificate) -> dict[str, str]:
    with pytest.raises(ProblemsFound) as found:
        made_sound(requested)
    return {problem.code: problem.where for problem in found.value.problems}


def test_the_subject_name_comes_first_among_the_alternative_names() -> None:
    sound = made_sound(by_hand("webext.contoso.com", "meet.contoso.com", "webext.contoso.com"))
    assert names_of(sound) == ["webext.contoso.com", "meet.contoso.com"]
    assert "must also be among the alternative names" in sound.names[0].because


def test_a_certificate_without_a_list_of_names_gets_one_with_its_subject() -> None:
    sound = made_sound(by_hand("edge.contoso.local"))
    assert names_of(sound) == ["edge.contoso.local"]
    assert "RFC 9525" in sound.names[0].because


def test_names_have_one_spelling_and_stand_once_with_every_reason() -> None:
    twice = (RequestedName("Meet.Contoso.com.", "One."), RequestedName(" meet.contoso.com", "Two."))
    sound = made_sound(replace(by_hand("webext.contoso.com"), names=twice))
    assert names_of(sound) == ["webext.contoso.com", "meet.contoso.com"]
    assert sound.names[1].because == "One. Two."


def test_an_internationalised_name_is_asked_for_in_its_ascii_form() -> None:
    sound = made_sound(by_hand("bücher.example", "*.bücher.example"))
    assert names_of(sound) == ["xn--bcher-kva.example", "*.xn--bcher-kva.example"]
    assert sound.subject.common_name == "xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("https://meet.contoso.com", "request.name"),
        ("meet.contoso.com/path", "request.name"),
        ("meet contoso.com", "request.name"),
        ("meet..contoso.com", "request.name"),
        ("-meet.contoso.com", "request.name"),
        ("meet.contoso.com\nlyncdiscover.contoso.com", "request.name"),
        ("meet.contoso.com&DNS=evil.example", "request.name"),
        (f"{'a' * 64}.contoso.com", "request.name"),
        (f"{'a.' * 130}contoso.com", "request.name"),
        ("\u0301.example", "request.name"),
        ("", "request.name-missing"),
        ("192.0.2.1", "request.address"),
        ("[2001:db8::1]", "request.address"),
        ("*.com", "request.wildcard"),
        ("meet*.contoso.com", "request.name"),
        ("*", "request.name"),
        ("*.*.contoso.com", "request.name"),
        ("www.*.contoso.com", "request.name"),
    ],
)
def test_what_is_no_name_of_a_host_is_refused(name: str, code: str) -> None:
    assert list(problems_of(by_hand("webext.contoso.com", name))) == [code]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    wrong = by_hand("192.0.2.1", "meet_contoso com", "*.com", country="Germany", organization="x" * 65, locality="\x07")
    assert set(problems_of(wrong)) == {
        "request.address",
        "request.name",
        "request.wildcard",
        "request.country",
        "request.subject-long",
        "request.characters",
    }


def test_a_common_name_of_64_characters_is_the_longest() -> None:
    longest = "a" * 60 + ".com"
    assert made_sound(by_hand(longest)).subject.common_name == longest
    assert problems_of(by_hand("a" + longest.replace("a" * 60, "a" * 30 + "." + "b" * 30))) == {
        "request.common-name-long": "common name"
    }


def test_a_long_name_may_stand_among_the_alternative_names() -> None:
    long = f"{'a' * 40}.{'b' * 40}.contoso.com"
    assert long in names_of(made_sound(by_hand("webext.contoso.com", long)))


def test_more_names_than_clients_accept_are_refused() -> None:
    many = by_hand("webext.contoso.com", *(f"{'a' * 50}{number}.contoso.com" for number in range(1200)))
    assert problems_of(many) == {"request.too-many-names": "names"}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (by_hand("*.contoso.com"), "request.wildcard-subject"),
        (by_hand("webext.contoso.com", "proxy01"), "request.internal-name"),
        (by_hand("webext.contoso.com", unit="IT"), "request.unit"),
        (replace(by_hand("webext.contoso.com"), client_authentication=True), "request.client-authentication"),
    ],
)
def test_what_a_public_authority_refuses_is_a_warning(asked: RequestedCertificate, code: str) -> None:
    found = warnings(made_sound(asked))
    assert [(problem.code, problem.severity) for problem in found] == [(code, "warning")]


def test_a_private_authority_does_as_it_is_told() -> None:
    private = replace(by_hand("edge", "proxy01", unit="IT"), client_authentication=True, public=False)
    assert warnings(made_sound(private)) == []


def test_the_documents_example_has_no_warning() -> None:
    assert warnings(made_sound(by_hand("webext.contoso.com", "*.contoso.com", "lyncdiscover.contoso.com"))) == []
