"""Who can no longer come in where clients must log in to the proxy: warned of, and allowed."""

from __future__ import annotations

import pytest

from bridgehead.topology.advice import advice
from bridgehead.topology.file import parse
from tests.topology.test_advice import SOUND

NTLM = 'authentication = "ntlm"\n'
DOMAIN = '[accounts]\nsource = "winbind"\ndomain = "CONTOSO"\n'
EXCHANGE = '[[exchange]]\nhost = "mail.contoso.com"\nto = "https://ex01.contoso.local"\n'
SITE = '[[publish]]\nhost = "a.contoso.com"\nto = "https://a.contoso.local"\n'
LISTENER = '[[listener]]\naddress = "0.0.0.0:443"\n'
RELAY = '[[relay]]\nhost = "b.contoso.com"\nto = "b.contoso.local:443"\n'


def warned(text: str) -> list[str]:
    file = parse(text, "bridgehead.toml")
    return [problem.code for problem in advice(file.topology, file.places)]


def test_a_site_behind_a_login_needs_no_warning() -> None:
    assert warned(SOUND + SITE + NTLM + DOMAIN) == []


def test_lync_behind_a_login_shuts_out_its_own_clients() -> None:
    pool = SOUND.replace('role = "front-end"', f'role = "front-end"\n{NTLM}') + DOMAIN
    assert set(warned(pool)) == {"authentication.lync-clients", "authentication.guests", "authentication.discovery"}


def test_meetings_and_discovery_can_be_left_open() -> None:
    pool = SOUND.replace('role = "front-end"', f'role = "front-end"\n{NTLM}') + DOMAIN
    opened = pool.replace("[simple_urls]\n", '[simple_urls]\nauthentication = "pass-through"\n')
    opened += '[discovery]\nauthentication = "pass-through"\n'
    assert set(warned(opened)) == {"authentication.lync-clients", "authentication.way-round"}


def test_one_more_name_of_a_guarded_pool_is_a_way_round_it() -> None:
    guarded = SOUND.replace('role = "front-end"', f'role = "front-end"\n{NTLM}') + DOMAIN
    more = '[[publish]]\nhost = "more.contoso.com"\npool = "webext.contoso.com"\n'
    assert "authentication.way-round" in warned(guarded + more)
    assert "authentication.way-round" not in warned(guarded + more + NTLM)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (EXCHANGE + NTLM + DOMAIN, ["authentication.phones"]),
        (EXCHANGE + NTLM + 'services = "owa"\n' + DOMAIN, []),
        (
            EXCHANGE + NTLM + 'services = "owa"\nchannel_binding = "require"\n' + DOMAIN,
            ["authentication.binding-required"],
        ),
        (SITE + NTLM + 'require_tls = "off"\n' + DOMAIN, ["authentication.over-plain"]),
        (RELAY + LISTENER + NTLM + SITE + DOMAIN, ["authentication.relayed"]),
        (SITE + DOMAIN, ["accounts.unused"]),
    ],
)
def test_what_has_a_price_is_warned_about_once(text: str, codes: list[str]) -> None:
    assert warned(text + '[certificate.public]\nchain = "chain.pem"\nkey = "key.pem"\n') == codes
