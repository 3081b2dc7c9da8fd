"""`bridgehead certificate trust`: what a pool's servers show, and what a person agrees to."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes

from bridgehead.certificates.reading.reader import read
from tests.certificates.issuing import HOST, Authority, der
from tests.certificates.trust.servers import tls_server
from tests.cli.certificate.deployment import FILE, Deployment

ROOT = Authority("Contoso Root CA")
ISSUING = Authority("Contoso Issuing CA", ROOT)
LEAF = ISSUING.issue(names=("fe01.contoso.local",))
FINGERPRINT = ROOT.certificate.fingerprint(hashes.SHA256()).hex(":").upper()


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path)


def with_server(deployment: Deployment, port: int, trust: str = 'trust = "inside.pem"') -> None:
    server = f'servers = [{{ name = "fe01.contoso.local", address = "127.0.0.1", port = {port} }}]\n{trust}'
    deployment.topology.write_text(FILE.replace('servers = ["fe01.contoso.local"]', server))


def trusted(deployment: Deployment, name: str = "inside.pem") -> tuple[object, ...]:
    path = deployment.directory / name
    return read(path).certificates if path.exists() else ()


def test_a_root_is_shown_and_trusted_when_a_person_agrees(deployment: Deployment) -> None:
    with tls_server(deployment.directory, LEAF, ISSUING.certificate, ROOT.certificate) as port:
        with_server(deployment, port)
        finished = deployment.run("trust", HOST, deployment.topology, answers="y\n")
    assert finished.returncode == 0, finished.stderr
    for words in ("CN=Contoso Root CA", FINGERPRINT, "3648 days left", "nothing else? [y/N]", "bridgehead reload"):
        assert words in finished.stdout
    assert trusted(deployment) == (ROOT.certificate,)


@pytest.mark.parametrize("answers", ["\n", "n\n"])
def test_without_a_yes_nothing_is_trusted(answers: str, deployment: Deployment) -> None:
    with tls_server(deployment.directory, LEAF, ISSUING.certificate, ROOT.certificate) as port:
        with_server(deployment, port)
        finished = deployment.run("trust", HOST, deployment.topology, answers=answers)
    assert finished.returncode == 1
    assert trusted(deployment) == ()


def test_a_chain_that_stops_short_says_so_and_a_given_root_completes_it(deployment: Deployment) -> None:
    root = deployment.write("root.cer", der(ROOT.certificate))
    with tls_server(deployment.directory, LEAF, ISSUING.certificate) as port:
        with_server(deployment, port)
        short = deployment.run("trust", HOST, deployment.topology, answers="y\n")
        assert short.returncode == 1
        assert "stops short of a root" in short.stderr
        assert trusted(deployment) == ()
        complete = deployment.run("trust", HOST, deployment.topology, "--root", root, answers="y\n")
    assert complete.returncode == 0, complete.stderr
    assert trusted(deployment) == (ROOT.certificate,)


def test_scripts_give_the_fingerprint(deployment: Deployment) -> None:
    with tls_server(deployment.directory, LEAF, ISSUING.certificate, ROOT.certificate) as port:
        with_server(deployment, port)
        blind = deployment.run("trust", HOST, deployment.topology, "--yes")
        other = deployment.run("trust", HOST, deployment.topology, "--yes", "--fingerprint", "00:" * 31 + "00")
        assert (blind.returncode, other.returncode, trusted(deployment)) == (2, 1, ())
        assert FINGERPRINT in other.stderr
        right = deployment.run("trust", HOST, deployment.topology, "--yes", "--fingerprint", FINGERPRINT)
    assert right.returncode == 0
    assert trusted(deployment) == (ROOT.certificate,)


def test_what_was_trusted_before_is_kept_and_nothing_is_written_twice(deployment: Deployment) -> None:
    former = Authority("Former Root CA")
    deployment.write("inside.pem", former.pem)
    with tls_server(deployment.directory, LEAF, ISSUING.certificate, ROOT.certificate) as port:
        with_server(deployment, port)
        for _ in range(2):
            finished = deployment.run("trust", HOST, deployment.topology, answers="y\n")
            assert finished.returncode == 0
    assert "trusts it already" in finished.stdout
    assert trusted(deployment) == (former.certificate, ROOT.certificate)


def test_a_pool_without_a_trust_file_gets_one_and_the_line_to_write(deployment: Deployment) -> None:
    with tls_server(deployment.directory, LEAF, ISSUING.certificate, ROOT.certificate) as port:
        with_server(deployment, port, trust="")
        finished = deployment.run("trust", HOST, deployment.topology, answers="y\n")
    assert f'trust = "{HOST}-root-ca.pem"' in finished.stdout
    assert trusted(deployment, f"{HOST}-root-ca.pem") == (ROOT.certificate,)


def test_a_pool_that_is_not_there_is_told(deployment: Deployment) -> None:
    finished = deployment.run("trust", "pool99", deployment.topology)
    assert finished.returncode == 1
    assert HOST in finished.stderr


@pytest.mark.parametrize(
    "content",
    [b"not a certificate", LEAF.key_pem, ROOT.pem + LEAF.key_pem, ROOT.pem + b"-----BEGIN CERTIFICATE-----\ncut"],
)
def test_a_file_that_holds_something_else_is_never_replaced(content: bytes, deployment: Deployment) -> None:
    deployment.write("inside.pem", content)
    with tls_server(deployment.directory, LEAF, ISSUING.certificate, ROOT.certificate) as port:
        with_server(deployment, port)
        finished = deployment.run("trust", HOST, deployment.topology, answers="y\n")
    assert finished.returncode == 1
    assert "inside.pem" in finished.stderr
    assert (deployment.directory / "inside.pem").read_bytes() == content


def test_a_pool_with_a_name_of_its_own_is_found_by_its_external_fqdn_too(deployment: Deployment) -> None:
    with tls_server(deployment.directory, LEAF, ISSUING.certificate, ROOT.certificate) as port:
        with_server(deployment, port)
        text = deployment.topology.read_text()
        deployment.topology.write_text(text.replace('role = "front-end"', 'role = "front-end"\nname = "pool01"'))
        finished = deployment.run("trust", HOST, deployment.topology, answers="y\n")
    assert finished.returncode == 0, finished.stderr
    assert trusted(deployment) == (ROOT.certificate,)


def test_a_root_that_is_not_there_keeps_it_from_beginning(deployment: Deployment) -> None:
    assert deployment.run("trust", HOST, deployment.topology, "--root", "none.cer").returncode == 2


def test_a_question_without_an_answer_is_broken_off(deployment: Deployment) -> None:
    with tls_server(deployment.directory, LEAF, ISSUING.certificate, ROOT.certificate) as port:
        with_server(deployment, port)
        finished = deployment.run("trust", HOST, deployment.topology)
    assert (finished.returncode, trusted(deployment)) == (2, ())
    assert "Broken off" in finished.stderr
