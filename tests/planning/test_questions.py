"""What the plan could not know."""

from __future__ import annotations

import pytest

from bridgehead.planning.plan import make_plan
from bridgehead.topology.model import Topology
from tests.planning.deployments import DAY, EDGE, contoso, example, plan_of


def about(text: str, name: str) -> list[str]:
    return [question.question for question in plan_of(text).questions if question.about == name]


def test_the_address_of_a_server_is_asked_for() -> None:
    (question,) = about(example("contoso"), "servers without an address")
    assert "fe01.contoso.local" in question


def test_one_name_inside_and_outside_is_asked_about() -> None:
    text = example("contoso").replace("pool01.contoso.local", "webext.contoso.com")
    assert any("of its own" in question for question in about(text, "webext.contoso.com"))


def test_the_internal_name_of_a_pool_is_asked_for() -> None:
    assert any("internal FQDN" in question for question in about(example("contoso"), "webdirext.contoso.com"))


def test_the_same_question_about_many_pools_is_one() -> None:
    pools = "".join(
        f'[[pool]]\nrole = "front-end"\nexternal_fqdn = "w{one}.contoso.com"\nservers = ["f{one}.contoso.local"]\n'
        for one in range(30)
    )
    asked = [question.question for question in plan_of(example("contoso", pools)).questions]
    (internal,) = [question for question in asked if "internal FQDN" in question]
    assert "and 25 more" in internal
    assert len(asked) < 8


def test_a_meeting_url_that_is_missing_is_asked_for() -> None:
    # The file's own check refuses this before; a plan of half a topology still says what is missing.
    topology = Topology.model_validate(
        {
            "sip_domains": ["contoso.com"],
            "pool": [{"role": "front-end", "external_fqdn": "webext.contoso.com", "servers": ["fe.contoso.local"]}],
        }
    )
    questions = make_plan(topology, DAY).questions
    (question,) = [one for one in questions if "meeting simple URL" in one.question]
    assert "at least one active meeting simple URL" in question.why  # RC-13


def test_a_second_certificate_on_a_listener_is_asked_about() -> None:
    more = '[certificate.mail]\nchain = "m.pem"\nkey = "m.key"\n'
    assert about(example("contoso", more), "mail") == ["Which names is the certificate mail for?"]


def test_extended_protection_is_asked_about_for_exchange() -> None:
    assert "Extended Protection" in about(example("with-exchange"), "mail.contoso.com")[0]


def test_autodiscover_of_every_sip_domain_is_asked_about_where_the_file_names_none() -> None:
    both = example("with-exchange").replace('["contoso.com"]', '["contoso.com", "fabrikam.com"]', 1)
    both = both.replace('"contoso.com" =', '"fabrikam.com" = "https://meet.fabrikam.com"\n"contoso.com" =', 1)
    asked = "Do clients look for mailboxes at autodiscover.fabrikam.com too?"
    assert asked in about(both, "mail.contoso.com")
    said = both.replace("[[exchange]]", '[[exchange]]\nautodiscover_hosts = ["autodiscover.contoso.com"]', 1)
    assert asked not in about(said, "mail.contoso.com")
    assert len(about(example("with-exchange"), "mail.contoso.com")) == 1


def test_the_edge_is_asked_about_where_there_is_none_and_for_what_it_lacks() -> None:
    assert "Is there an Edge Server?" in about(example("contoso"), "contoso.com")
    assert about(example("contoso", EDGE), "contoso.com") == []
    without = EDGE.replace('access_address = "203.0.113.20"\n', "")
    assert any("access_address" in question for question in about(example("contoso", without), "sip.contoso.com"))


def test_services_of_an_edge_with_one_name_must_differ_in_their_ports() -> None:
    one_name = EDGE.replace("webcon.", "sip.").replace("av.", "sip.")
    asked = about(example("contoso", one_name), "sip.contoso.com")
    assert [question for question in asked if "Which ports" in question] == [
        "Which ports have the services of the Edge sip.contoso.com that share the name sip.contoso.com?"
    ]
    told = f"{one_name}access_port = 5061\nweb_conferencing_port = 444\n"
    assert about(example("contoso", told), "sip.contoso.com") == []


@pytest.mark.parametrize("name", ["contoso", "two-pools", "with-exchange", "preauthentication"])
def test_every_question_says_why_it_matters_and_where_the_answer_goes(name: str) -> None:
    questions = plan_of(example(name)).questions
    assert questions
    assert [one for one in questions if not one.why or not one.answer_in] == []


def test_a_file_that_says_all_leaves_no_question() -> None:
    addresses = {
        '["fe01.contoso.local", "fe02.contoso.local"]': '[{ name = "fe01.contoso.local", address = "10.0.0.1" }]',
        'servers = ["dir01.contoso.local"]': 'servers = [{ name = "dir01.contoso.local", address = "10.0.0.2" }]\n'
        'internal_fqdn = "dir.contoso.local"',
        '["officewebapps01.contoso.local"]': '[{ name = "officewebapps01.contoso.local", address = "10.0.0.3" }]',
    }
    listeners = '[[listener]]\naddress = "203.0.113.10:443"\n[[listener]]\naddress = "203.0.113.10:80"\n'
    shield = "[shield]\nlockout_threshold = 10\n"
    assert contoso(EDGE + listeners + shield, **addresses).questions == ()


def test_one_interface_is_asked_about_once_and_only_for_what_it_serves() -> None:
    asked = [one for one in contoso().questions if "public address" in one.question]
    assert [one.about for one in asked] == ["0.0.0.0:443"]
    over_http = '[{ name = "contoso.com", discovery_over_http = true }]'
    both = contoso(**{'["contoso.com"]': over_http}).questions
    assert [one.about for one in both if "public address" in one.question] == ["0.0.0.0:443, 0.0.0.0:80"]


def test_a_farm_may_have_one_name_inside_and_outside() -> None:
    role = 'role = "office-web-apps"'
    text = example("contoso").replace(role, f'{role}\ninternal_fqdn = "officewebapps01.contoso.com"')
    assert not any("of its own" in question for question in about(text, "officewebapps01.contoso.com"))
