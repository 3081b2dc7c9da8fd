from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bridgehead.lab.ntlm_client import Scheme, new_initiator, token_in
from bridgehead.lab.users import User

if TYPE_CHECKING:
    from bridgehead.lab.http_client import Answer
    from tests.lab.conftest import Inside

SCHEMES: list[Scheme] = ["NTLM", "Negotiate"]
ABS = "/abs/handler"


def who(answer: Answer) -> str:
    """Who the server says is logged in, in the field and in the body alike."""
    assert answer.status == 200
    user: str = json.loads(answer.body)["user"]
    assert answer.fields.get("X-Lab-User") == user
    return user


def test_a_stranger_is_offered_negotiate_and_ntlm_on_two_lines_in_this_order(inside: Inside) -> None:
    for path in (ABS, "/GroupExpansion/service.svc"):
        answer = inside.connect().request("GET", path)
        assert answer.status == 401
        assert answer.fields.all("WWW-Authenticate") == ["Negotiate", "NTLM"]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("preemptive", [False, True])
def test_a_user_logs_in(inside: Inside, scheme: Scheme, preemptive: bool) -> None:
    connection = inside.connect_for_login(scheme, preemptive=preemptive)
    assert who(connection.log_in(inside.deployment.user("alice"), "GET", ABS)) == "CONTOSO\\alice"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_connection_stays_logged_in_without_further_credentials(inside: Inside, scheme: Scheme) -> None:
    connection = inside.connect_for_login(scheme)
    connection.log_in(inside.deployment.user("alice"), "GET", ABS)
    assert [who(connection.request("GET", ABS)) for _ in range(3)] == ["CONTOSO\\alice"] * 3


def test_the_login_says_nothing_about_other_connections(inside: Inside) -> None:
    inside.connect_for_login().log_in(inside.deployment.user("alice"), "GET", ABS)
    assert inside.connect().request("GET", ABS).status == 401


def test_two_users_log_in_at_the_same_time_leg_by_leg(inside: Inside) -> None:
    people = [inside.deployment.user(name) for name in ("alice", "bob")]
    connections = [inside.connect_for_login() for _ in people]
    initiators = [new_initiator("NTLM", user, inside.names.web) for user in people]
    challenges = [
        token_in(connection.leg(initiator.step(), "GET", ABS), "NTLM")
        for connection, initiator in zip(connections, initiators, strict=True)
    ]
    for connection, initiator, challenge in zip(connections, initiators, challenges, strict=True):
        connection.leg(initiator.step(challenge), "GET", ABS)
    seen = [who(connection.request("GET", ABS)) for _ in range(5) for connection in connections]
    assert seen == ["CONTOSO\\alice", "CONTOSO\\bob"] * 5


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", ["alice", "nobody"])
def test_a_wrong_password_or_name_is_refused_without_a_token(inside: Inside, scheme: Scheme, name: str) -> None:
    connection = inside.connect_for_login(scheme)
    answer = connection.log_in(User(name, "wrong", ""), "GET", ABS)
    assert answer.status == 401
    assert answer.fields.all("WWW-Authenticate") == ["Negotiate", "NTLM"]
    assert connection.request("GET", ABS).status == 401


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_new_handshake_forgets_the_user_at_its_first_leg(inside: Inside, scheme: Scheme) -> None:
    connection = inside.connect_for_login(scheme)
    connection.log_in(inside.deployment.user("alice"), "GET", ABS)
    first = new_initiator(scheme, inside.deployment.user("bob"), inside.names.web)
    assert connection.leg(first.step(), "GET", ABS).status == 401
    assert connection.request("GET", ABS).status == 401


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_last_leg_on_another_connection_is_refused(inside: Inside, scheme: Scheme) -> None:
    """What a proxy does that spreads the legs of a handshake: it must never work by chance."""
    first, other = inside.connect_for_login(scheme), inside.connect_for_login(scheme)
    initiator = new_initiator(scheme, inside.deployment.user("alice"), inside.names.web)
    challenge = token_in(first.leg(initiator.step(), "GET", ABS), scheme)
    assert other.leg(initiator.step(challenge), "GET", ABS).status == 401


def test_a_last_leg_for_the_challenge_of_another_connection_is_refused(inside: Inside) -> None:
    connections = [inside.connect_for_login(), inside.connect_for_login()]
    initiators = [new_initiator("NTLM", inside.deployment.user("alice"), inside.names.web) for _ in connections]
    challenges = [
        token_in(connection.leg(initiator.step(), "GET", ABS), "NTLM")
        for connection, initiator in zip(connections, initiators, strict=True)
    ]
    assert connections[1].leg(initiators[0].step(challenges[0]), "GET", ABS).status == 401


def test_ntlm_version_1_is_refused(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LM_COMPAT_LEVEL", "1")
    connection = inside.connect_for_login()
    assert connection.log_in(inside.deployment.user("alice"), "GET", ABS).status == 401


def test_the_environment_of_the_process_is_left_as_it_was(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NTLM_USER_FILE", "/somebody/elses")
    monkeypatch.delenv("LM_COMPAT_LEVEL", raising=False)
    who(inside.connect_for_login().log_in(inside.deployment.user("alice"), "GET", ABS))
    assert os.environ["NTLM_USER_FILE"] == "/somebody/elses"
    assert "LM_COMPAT_LEVEL" not in os.environ


@pytest.mark.parametrize("credential", ["NTLM", "NTLM !!!", "Negotiate YAB=", "NTLM TlRMTVNTUAABAAAA", "Basic YTpi"])
def test_a_broken_credential_is_refused_and_the_connection_lives_on(inside: Inside, credential: str) -> None:
    connection = inside.connect_for_login()
    assert connection.request("GET", ABS, fields={"Authorization": credential}).status == 401
    assert who(connection.log_in(inside.deployment.user("alice"), "GET", ABS)) == "CONTOSO\\alice"


def test_the_body_comes_with_the_last_leg(inside: Inside) -> None:
    connection = inside.connect_for_login()
    body = b"<Envelope><MailAddress>sales@contoso.localhost</MailAddress></Envelope>"
    answer = connection.log_in(inside.deployment.user("alice"), "POST", "/GroupExpansion/service.svc", body=body)
    assert b"<Group>sales@contoso.localhost</Group>" in answer.body


def test_only_the_owner_can_read_the_passwords(inside: Inside) -> None:
    store = inside.deployment.directory / "users"
    assert store.stat().st_mode & 0o777 == 0o600
    assert inside.deployment.user("alice").password not in store.read_text()


def curl(inside: Inside, *arguments: str, environment: dict[str, str] | None = None) -> str:
    program = shutil.which("curl")
    if program is None:
        pytest.skip("curl is not installed")
    done = subprocess.run(
        [
            program,
            "--silent",
            "--show-error",
            *arguments,
            "--cacert",
            str(inside.deployment.inside_root),
            "--connect-to",
            f"::127.0.0.1:{inside.site.port}",
            inside.names.url(inside.names.web, ABS),
        ],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **(environment or {})},
        timeout=60,
    )
    user: str = json.loads(done.stdout)["user"]
    return user


@pytest.mark.interop
def test_curl_logs_in_by_ntlm(inside: Inside) -> None:
    bob = inside.deployment.user("bob")
    assert curl(inside, "--ntlm", "--user", f"{bob.account}:{bob.password}") == bob.account


@pytest.mark.interop
def test_curl_logs_in_by_negotiate_with_the_system_s_own_ntlm(inside: Inside, tmp_path: Path) -> None:
    if not list(Path("/usr/lib").glob("*/gssntlmssp/gssntlmssp.so")):
        pytest.skip("gss-ntlmssp is not installed")
    bob = inside.deployment.user("bob")
    passwords = tmp_path / "passwords"
    passwords.write_text(f"CONTOSO:{bob.name}:{bob.password}\n")
    environment = {"NTLM_USER_FILE": str(passwords)}
    assert curl(inside, "--negotiate", "--user", ":", environment=environment) == bob.account
