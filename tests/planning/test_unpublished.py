"""What the internet does not reach, and who notices."""

from __future__ import annotations

import pytest

from tests.planning.deployments import contoso, example, plan_of


def missed(text: str, what: str) -> str:
    return next(one.who for one in plan_of(text).unpublished if what in one.what)


def test_contoso_publishes_all_that_clients_need() -> None:
    assert [one.what for one in contoso().unpublished if not one.deliberate] == []


@pytest.mark.parametrize(
    ("old", "new", "what", "who"),
    [
        ('dialin = "https://dialin.contoso.com"\n', "", "the dial-in page", "telephone"),
        (
            '"contoso.com" = "https://meet.contoso.com"',
            '"contoso.com" = { active = "https://meet.contoso.com", published = false }',
            "meetings of contoso.com",
            "guests",
        ),
        (
            'role = "director"',
            'role = "director"\npublished = false',
            "the Director",
            "the pools themselves still answer",
        ),
        (
            'role = "office-web-apps"',
            'role = "office-web-apps"\npublished = false',
            "the Office Web Apps farm",
            "presentations stay empty",
        ),
        (
            "[simple_urls]\n",
            "[discovery]\npublished = false\n[simple_urls]\n",
            "discovery (lyncdiscover)",
            "Lync Mobile",
        ),
    ],
)
def test_what_is_left_out_is_named_with_who_notices(old: str, new: str, what: str, who: str) -> None:
    text = example("contoso")
    assert old in text
    assert who in missed(text.replace(old, new, 1), what)


def test_a_front_end_pool_that_is_not_published_is_missed_by_its_users() -> None:
    pool = '[[pool]]\nrole = "front-end"\nname = "hidden"\nservers = ["h.contoso.local"]\npublished = false\n'
    assert "users whose home it is" in missed(example("contoso", pool), "the front-end pool hidden")


def test_of_a_narrowed_pool_each_service_left_out_is_named() -> None:
    text = example("contoso").replace(
        'role = "front-end"', 'role = "front-end"\npaths = ["/ucwa/*", "/Autodiscover/*"]'
    )
    assert "address book" in missed(text, "/abs (the address book)")
    assert not [one for one in plan_of(text).unpublished if one.what.startswith("/ucwa")]


def test_office_web_apps_are_missed_where_the_file_has_none() -> None:
    assert "presentations" in missed(example("with-exchange"), "Office Web Apps")


@pytest.mark.parametrize("what", ["/Cscp", "/OcsPowerShell", "Exchange Autodiscover", "discovery on port 80"])
def test_what_is_left_out_by_design_is_said_to_be(what: str) -> None:
    assert next(one.deliberate for one in contoso().unpublished if what in one.what)


def test_exchange_is_not_missed_where_it_is_published() -> None:
    assert not [one for one in plan_of(example("with-exchange")).unpublished if "Exchange" in one.what]
