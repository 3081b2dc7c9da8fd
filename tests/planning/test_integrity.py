from __future__ import annotations

import pytest

from bridgehead.planning.integrity import broken_references
from bridgehead.spec import Certificate, Forward, KeyPair, Listener, Pool, ProxySpec, Rule, Server

SOUND = ProxySpec(
    listeners=(Listener(name="l", host="127.0.0.1", port=443, tls=True, certificates=("c",)),),
    certificates=(Certificate(name="c", pairs=(KeyPair(chain="c.pem", key="k.pem"),)),),
    pools=(Pool(name="p", servers=(Server(host="a", port=80),), tls=False),),
    rules=(Rule(name="r", listeners=("l",), hosts=("a.contoso.com",), action=Forward(pool="p")),),
)


def test_a_sound_spec_has_no_problems() -> None:
    assert broken_references(SOUND) == []


@pytest.mark.parametrize(
    ("change", "code", "where"),
    [
        ({"pools": ()}, "spec.name-unknown", "rules.0.action.pool"),
        ({"certificates": ()}, "spec.name-unknown", "listeners.0.certificates"),
        (
            {"rules": (SOUND.rules[0].model_copy(update={"listeners": ("x",)}),)},
            "spec.name-unknown",
            "rules.0.listeners",
        ),
        ({"pools": SOUND.pools * 2}, "spec.name-twice", "pools"),
        ({"rules": (SOUND.rules[0], SOUND.rules[0].model_copy(update={"name": "s"}))}, "spec.rule-twice", "rules.1"),
    ],
)
def test_what_refers_to_nothing_or_stands_twice_is_found(change: dict[str, object], code: str, where: str) -> None:
    assert [(one.code, one.where) for one in broken_references(SOUND.model_copy(update=change))] == [(code, where)]
