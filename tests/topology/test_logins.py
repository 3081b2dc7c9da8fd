from __future__ import annotations

from bridgehead.topology.file import parse
from bridgehead.topology.logins import doors
from tests.topology.test_advice import SOUND

TWO_LISTENERS = """
[[listener]]
name = "inside"
address = "192.0.2.1:443"
[[listener]]
name = "outside"
address = "198.51.100.1:443"
authentication = "ntlm"
[[listener]]
address = "0.0.0.0:80"
[accounts]
source = "winbind"
domain = "CONTOSO"
"""


def test_a_listener_asks_for_all_that_has_no_word_of_its_own() -> None:
    text = SOUND.replace("[simple_urls]\n", '[simple_urls]\nauthentication = "pass-through"\n') + TWO_LISTENERS
    found = {(door.what, door.listener.label): door.logs_in for door in doors(parse(text, "b.toml").topology)}
    assert found == {
        ("the pool webext.contoso.com", "inside"): False,
        ("the pool webext.contoso.com", "outside"): True,
        ("the simple URL for meet contoso.com", "inside"): False,
        ("the simple URL for meet contoso.com", "outside"): False,
        ("discovery", "inside"): False,
        ("discovery", "outside"): True,
    }
