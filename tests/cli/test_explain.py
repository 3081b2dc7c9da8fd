"""`bridgehead explain`: what it writes, and its exit status."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from bridgehead.cli.explain import answer_as_text, as_json, nothing_known
from tests.cli.terminal import in_terminal
from tests.cli.test_standard_output import bridgehead
from tests.proxy.tracing.test_notes import ASKED, begin, finish
from tests.proxy.wire import OK, Proxy, ScriptedServer

WHO = {"connection": "3f2a0-1c", "client": "203.0.113.7", "port": 50122, "listener": "https"}
WHERE = {"host": "mail.contoso.com", "rule": "ews", "server": "ex1.contoso.com:443", "pool": "exchange"}
BEGINNING = [
    {**WHO, **WHERE, "time": 1000.0, "what": "challenged", "status": 401, "offered": "Negotiate, NTLM"},
    {**WHO, **WHERE, "time": 1000.02, "what": "sent", "scheme": "NTLM", "token": "ntlm-negotiate"},
    {**WHO, **WHERE, "time": 1000.03, "what": "answered", "status": 401, "scheme": "NTLM", "token": "ntlm-challenge"},
]
LAST_LEG = {
    **WHO,
    **WHERE,
    "time": 1000.05,
    "what": "sent",
    "scheme": "NTLM",
    "token": "ntlm-authenticate",
    "user": "CONTOSO\\alice",
    "workstation": "LAPTOP",
    "ntlm_version": 2,
}
REFUSED = {**WHO, **WHERE, "time": 1000.081, "what": "answered", "status": 401, "offered": "Negotiate, NTLM"}
ENDED = {
    **WHO,
    "server": WHERE["server"],
    "time": 1004.5,
    "what": "ended",
    "by": "client",
    "detail": "it closed its connection",
}

WRONG_PASSWORD = """\
1970-01-01 00:16:40Z  203.0.113.7:50122  connection 3f2a0-1c on https to mail.contoso.com, rule ews
├── +0.000 s  ex1.contoso.com:443 asked for a login: Negotiate, NTLM
├── +0.020 s  the client sent NTLM, first message, to ex1.contoso.com:443
├── +0.030 s  ex1.contoso.com:443 answered 401, with NTLM, the challenge
├── +0.050 s  the client sent NTLM, the answer to the challenge of CONTOSO\\alice at LAPTOP, to ex1.contoso.com:443
├── +0.081 s  ex1.contoso.com:443 answered 401, and asked again: Negotiate, NTLM
└── +4.500 s  the connection to ex1.contoso.com:443 was ended by the client (it closed its connection)
✗ The site refused CONTOSO\\alice: the password is wrong, or the account is locked, disabled or expired.
  The domain controller's events 4776 and 4625 have the reason: 0xC000006A wrong password, 0xC0000064 no such user, \
0xC0000234 locked, 0xC0000072 disabled, 0xC0000071 password expired.

"""

LEFT = """\
1970-01-01 00:16:40Z  203.0.113.7:50122  connection 3f2a0-1c on https to mail.contoso.com, rule ews
├── +0.000 s  ex1.contoso.com:443 asked for a login: Negotiate, NTLM
├── +0.020 s  the client sent NTLM, first message, to ex1.contoso.com:443
├── +0.030 s  ex1.contoso.com:443 answered 401, with NTLM, the challenge
└── +4.500 s  the connection to ex1.contoso.com:443 was ended by the client (it closed its connection)
✗ The client got the challenge of ex1.contoso.com:443 and has not answered it; it closed the connection.
  If this repeats, something in front closes the client's connection after each request, or spreads its requests over \
several: NTLM needs one connection from the first leg to the last.

"""


def told(*connections: list[dict[str, object]], **more: object) -> dict[str, object]:
    return {"connections": list(connections), "left_out": 0, "unnamed": {}, "kept": 7, "dropped": 0, **more}


@pytest.mark.parametrize(
    ("events", "text"),
    [([*BEGINNING, LAST_LEG, REFUSED, ENDED], WRONG_PASSWORD), ([*BEGINNING, ENDED], LEFT)],
)
def test_a_story_is_told_as_a_tree_and_a_sentence(events: list[dict[str, object]], text: str) -> None:
    assert answer_as_text(told(events)) == text


def test_an_address_of_version_6_stands_in_brackets() -> None:
    assert "[2001:db8::1]:50122  connection" in answer_as_text(told([{**BEGINNING[0], "client": "2001:db8::1"}]))


def test_what_is_left_out_is_said_first_and_what_it_means_together_last() -> None:
    text = answer_as_text(told([*BEGINNING, ENDED], [*BEGINNING, ENDED], left_out=3))
    assert text.startswith("3 earlier connections are left out; --last shows more.\n")
    assert text.splitlines()[-1].startswith("2 logins broke off between their legs")


def test_where_logins_without_a_name_are_is_said() -> None:
    text = answer_as_text(told([*BEGINNING, LAST_LEG, REFUSED], unnamed={"203.0.113.7": 2}))
    assert text.endswith("See also `bridgehead explain 203.0.113.7`: 2 more connections from there named nobody.\n")


def test_programs_get_everything() -> None:
    answer = as_json("alice", told([*BEGINNING, LAST_LEG, REFUSED]))
    (connection,) = answer["connections"]
    assert connection["meaning"]["code"] == "refused-by-site"
    assert connection["client"] == "203.0.113.7"
    assert [event["what"] for event in connection["events"]] == ["challenged", "sent", "answered", "sent", "answered"]
    assert json.loads(json.dumps(answer)) == answer


def test_an_event_of_a_newer_proxy_is_no_obstacle() -> None:
    assert "something-new" in answer_as_text(told([{**WHO, "time": 1.0, "what": "something-new", "colour": "blue"}]))


def test_why_nothing_may_be_known_is_said() -> None:
    assert "7 events of logins are kept, and 12 older ones are forgotten" in nothing_known("bob", told(dropped=12))


# The command


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """A proxy through which ann has logged in, and bob has not."""
    with ScriptedServer() as server:
        made = Proxy(tmp_path_factory.mktemp("explain"), trustme.CA(), (server,))
        made.start()
        try:
            for user, answer in (("ann", OK), ("bob", ASKED)):
                client = made.connect()
                finish(client, begin(client, server), answer, user)
            yield made
        finally:
            made.stop()


def explain(proxy: Proxy, *arguments: str, **environment: str) -> tuple[int, str, str]:
    return bridgehead(proxy.directory, "explain", *arguments, "--control", proxy.control, **environment)


def test_a_user_who_is_known_is_explained(proxy: Proxy) -> None:
    status, said, complained = explain(proxy, "contoso\\ANN")
    assert (status, complained) == (0, "")
    server = f"{proxy.servers[0].host}:{proxy.servers[0].port}"
    said = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", "TODAY", said).replace(server, "SERVER")
    said = re.sub(r"\+\d\.\d{3} s", "+0.0 s", said)
    client = re.search(r"127\.0\.0\.1:\d+  connection \S+", said)
    assert client is not None
    assert said.replace(client[0], "CLIENT") == (
        "TODAY  CLIENT on plain to site.test, rule site\n"
        "├── +0.0 s  SERVER asked for a login: Negotiate, NTLM\n"
        "├── +0.0 s  the client sent NTLM, first message, to SERVER\n"
        "├── +0.0 s  SERVER answered 401, with NTLM, the challenge\n"
        "├── +0.0 s  the client sent NTLM, the answer to the challenge of CONTOSO\\ann at LAPTOP, to SERVER\n"
        "└── +0.0 s  SERVER answered 200\n"
        "✓ CONTOSO\\ann is logged in (200).\n"
        "\n"
    )


def test_the_last_connections_of_an_address_are_the_newest(proxy: Proxy) -> None:
    status, said, _ = explain(proxy, "127.0.0.1", "--last", "1")
    assert status == 0
    assert said.startswith("1 earlier connections are left out")
    assert "CONTOSO\\bob" in said
    assert "CONTOSO\\ann" not in said


def test_json_is_for_programs(proxy: Proxy) -> None:
    status, said, _ = explain(proxy, "bob", "--format", "json")
    assert status == 0
    assert json.loads(said)["connections"][0]["meaning"]["code"] == "refused-by-site"


def test_somebody_unknown_is_the_status_1(proxy: Proxy) -> None:
    status, said, complained = explain(proxy, "nobody")
    assert (status, said) == (1, "")
    assert "No login of nobody is known." in complained
    status, said, _ = explain(proxy, "nobody", "--format", "json")
    assert status == 1
    assert json.loads(said)["connections"] == []


def test_no_proxy_is_the_status_2(tmp_path: Path) -> None:
    status, said, complained = bridgehead(tmp_path, "explain", "ann", "--control", tmp_path / "none.sock")
    assert (status, said) == (2, "")
    assert "no proxy answers" in complained


def test_there_is_colour_on_a_terminal_alone(proxy: Proxy) -> None:
    shown, status = in_terminal(["explain", "ann", "--control", str(proxy.control)], until=lambda _: False)
    assert status == 0
    assert "\x1b[" in shown
    _, said, _ = explain(proxy, "ann")
    assert "\x1b[" not in said


def test_a_place_without_these_characters_is_no_failure(proxy: Proxy) -> None:
    status, said, complained = explain(proxy, "ann", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (status, complained) == (0, "")
    assert "CONTOSO\\ann is logged in (200)." in said


def test_the_help_has_examples(tmp_path: Path) -> None:
    status, said, _ = bridgehead(tmp_path, "explain", "--help", COLUMNS="150")
    assert status == 0
    assert "bridgehead explain 'CONTOSO\\alice'" in said
    assert "bridgehead explain 203.0.113.7" in said
