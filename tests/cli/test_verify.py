from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
import sys
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from bridgehead.cli import main
from tests.end_to_end.free_port import free_port
from tests.verify.published import Published

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    with ExitStack() as stack:
        yield Published(tmp_path_factory.mktemp("verify"), stack)


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bridgehead", "verify", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert "Traceback" not in done.stderr + done.stdout
    return done


def alone(command: list[str]) -> subprocess.CompletedProcess[str]:
    """The command on a machine without any network."""
    namespace = ["unshare", "--map-root-user", "--net"]
    if subprocess.run([*namespace, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let us have a network namespace")
    return subprocess.run([*namespace, *command], capture_output=True, text=True, check=False, timeout=120)


def typed_in(arguments: list[object], answers: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    """Run bridgehead on a terminal and type an answer after each question; what it showed, and standard output."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "bridgehead", *map(str, arguments)]
    process = subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, text=True)
    os.close(theirs)
    shown = seen = ""
    for question, typed in answers:
        while question not in seen:
            seen += os.read(ours, 4096).decode()
        os.write(ours, f"{typed}\n".encode())
        shown, seen = shown + seen, ""
    draining = threading.Thread(target=_drain, args=(ours,))
    draining.start()
    out, _ = process.communicate(timeout=120)
    draining.join()
    os.close(ours)
    return shown, out


def _drain(terminal: int) -> None:
    with contextlib.suppress(OSError):  # the other end is gone
        while os.read(terminal, 65536):
            pass


def test_the_published_lab_is_all_well_by_its_file(published: Published) -> None:
    done = run(published.file, "--connect-to", "127.0.0.1", "--root", published.root, "--upload-bytes", 100_000)
    assert done.returncode == 0, done.stdout
    assert "webext.contoso.localhost (front-end)" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("nothing failed, ")


def test_names_alone_are_enough(published: Published) -> None:
    names = published.names
    done = run(
        "--sip-domain", names.sip_domain, "--host", names.web, "--host", f"{names.director_web}=director",
        "--https-port", names.https_port, "--http-port", names.http_port,
        "--connect-to", "127.0.0.1", "--root", published.root, "--skip", "behaviour", "--format", "json",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    report = json.loads(done.stdout)
    assert [branch["target"] for branch in report["branches"]] == [names.discovery, names.web, names.director_web]
    assert report["counts"]["failed"] == 0


def test_a_host_as_argument_and_a_port_to_connect_to(published: Published) -> None:
    where = f"{published.names.web}:127.0.0.1:{published.names.https_port}"
    done = run(published.names.web, "--connect-to", where, "--root", published.root, "--only", "tls")
    assert done.returncode == 0, done.stdout
    assert "tls.trust" in done.stdout
    assert "bridge." not in done.stdout


def test_without_the_root_the_lab_is_not_trusted(published: Published, tmp_path: Path) -> None:
    kept = tmp_path / "report.json"
    done = run(published.file, "--connect-to", "127.0.0.1", "--only", "tls", "--format", "json", "-o", kept)
    assert done.returncode == 1
    assert done.stderr == f"Written to {kept}.\n"
    failed = {
        one["code"]
        for branch in json.loads(kept.read_text())["branches"]
        for one in branch["results"]
        if one["status"] == "failed"
    }
    assert failed == {"tls.chain"}


def test_nobody_who_answers_is_status_1_in_bounded_time() -> None:
    done = run("webext.contoso.com", "--connect-to", f"127.0.0.1:{free_port()}", "--http-port", 0, "--timeout", 1)
    assert done.returncode == 1
    assert "tcp.https" in done.stdout


def test_a_name_that_does_not_resolve_is_status_1() -> None:
    done = run("webext.contoso.invalid", "--timeout", 1)
    assert done.returncode == 1
    assert "dns.resolves" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "name a FILE, --host or --sip-domain"),
        (["a.contoso.com", "--only", "tsl"], "no check is called tsl"),
        (["a.contoso.com", "--connect-to", "proxy"], "[NAME:]ADDRESS[:PORT]"),
        (["a.contoso.com", "--resolver", "dns.contoso.com"], "not the IP address of a DNS server"),
        (["--host", "a.contoso.com=king"], "is no role"),
        (["--sip-domain", "not a domain"], "is not a host name"),
        (["missing.toml"], "missing.toml"),
        (["a.contoso.com", "--root", "missing.pem", "--only", "tls"], "The roots cannot be read"),
    ],
)
def test_what_is_asked_wrong_is_told_with_status_2(
    arguments: list[str], words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bridgehead", "verify", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert words in " ".join(capsys.readouterr().err.replace("│", " ").split())


def test_help_has_examples_and_points_to_the_checks() -> None:
    done = run("--help")
    assert "docs/checks.md" in done.stdout
    assert "bridgehead verify bridgehead.toml" in done.stdout


def test_users_are_asked_for_on_a_terminal_without_echo_only_where_it_is_wished(published: Published) -> None:
    alice = published.deployment.users[0]
    answers = (
        ("for none):", alice.account),
        # The space after a question for a password is written once the echo is off.
        (f"Password of {alice.account}: ", alice.password),
        (f"SIP address of {alice.account}:", alice.sip_address(published.names.sip_domain)),
        ("for none):", ""),
    )
    where = ("--connect-to", "127.0.0.1", "--root", published.root, "--skip", "behaviour")
    only = ("--only", "tls.handshake", "--only", "bridge", "--only", "login", "--only", "signin")
    shown, out = typed_in(
        [
            "verify",
            published.file,
            *where,
            *only,
            "--skip",
            "login.identities",
            "--format",
            "json",
            "--ask-credentials",
        ],
        answers,
    )
    assert alice.password not in shown + out
    found = {(one["code"], one["status"]) for branch in json.loads(out)["branches"] for one in branch["results"]}
    assert {("login.ntlm", "passed"), ("signin.web-ticket", "passed")} <= found
    nobody_to_ask = run(published.file, "--connect-to", "127.0.0.1", "--ask-credentials")
    assert (nobody_to_ask.returncode, "--credentials-file" in nobody_to_ask.stderr) == (2, True)


def test_a_machine_without_a_network_is_told_and_nobody_accused() -> None:
    command = [sys.executable, "-m", "bridgehead", "verify", "webext.contoso.com", "--resolver", "192.0.2.53"]
    for where in ((), ("--connect-to", "192.0.2.10")):
        done = alone([*command, *where, "--format", "json"])
        results = [one for branch in json.loads(done.stdout)["branches"] for one in branch["results"]]
        assert done.returncode == 2
        assert {one["status"] for one in results} == {"unseen", "skipped"}, results
        assert any("no network" in one["seen"] for one in results)
