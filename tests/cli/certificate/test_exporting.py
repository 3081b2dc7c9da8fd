"""`bridgehead certificate export` as it is used; what it writes is opened by the real openssl."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from bridgehead.certificates.reading.private_keys import belongs
from bridgehead.certificates.reading.reader import read_bytes
from tests.certificates.issuing import Wish, openssl, pem
from tests.cli.certificate.deployment import NAMES, Deployment


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    made = Deployment(tmp_path)
    made.with_live()
    made.write("pass.txt", b"open sesame\n")
    return made


def asking(deployment: Deployment, output: Path) -> list[str | Path]:
    return ["public", "-o", output, "--topology", deployment.topology, "--passphrase-file", "pass.txt"]


def export(deployment: Deployment, *options: str) -> Path:
    output = deployment.directory / "out"
    arguments: list[str | Path] = [
        "public",
        "-o",
        output,
        "--topology",
        deployment.topology,
        "--passphrase-file",
        "pass.txt",
    ]
    finished = deployment.run("export", *arguments, *options)
    assert finished.returncode == 0, finished.stderr
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    return output


@pytest.mark.parametrize("form", [["--format", "pfx"], ["--format", "pfx", "--old-windows"], ["--format", "pem"]])
def test_it_is_imported_again_on_another_proxy(form: list[str], deployment: Deployment, tmp_path: Path) -> None:
    output = export(deployment, *form)
    other = tmp_path / "other"
    other.mkdir()
    second = Deployment(other)
    second.public_roots = deployment.public_roots
    second.write("pass.txt", b"open sesame\n")
    finished = second.take_in(output, "--passphrase-file", "pass.txt")
    assert finished.returncode == 0, finished.stderr
    mine, theirs = deployment.store.live("public", "ecdsa"), second.store.live("public", "ecdsa")
    assert mine is not None
    assert theirs is not None
    assert mine.chain == theirs.chain


def test_the_modern_form_opens_with_openssl(deployment: Deployment) -> None:
    output = export(deployment, "--friendly-name", "Edge external")
    shown = openssl("pkcs12", "-in", output, "-nodes", "-passin", "pass:open sesame")
    assert b"friendlyName: Edge external" in shown
    contents = read_bytes(shown, None, "openssl")
    assert belongs(contents.keys[0], contents.certificates[0])


def test_the_old_form_opens_with_legacy_only(deployment: Deployment) -> None:
    output = export(deployment, "--old-windows", "--friendly-name", "Edge external")
    opening: list[str | Path] = ["pkcs12", "-in", output, "-nodes", "-passin", "pass:open sesame"]
    assert b"friendlyName: Edge external" in openssl(*opening, "-legacy")
    assert subprocess.run(["openssl", *opening], capture_output=True, check=False, timeout=60).returncode != 0


def test_pem_has_an_encrypted_key_unless_told_otherwise(deployment: Deployment) -> None:
    assert b"ENCRYPTED PRIVATE KEY" in export(deployment, "--format", "pem").read_bytes()
    plain = deployment.run(
        "export", "public", "-o", "plain.pem", "--format", "pem", "--no-passphrase", "--topology", deployment.topology
    )
    assert plain.returncode == 0
    assert b"BEGIN PRIVATE KEY" in (deployment.directory / "plain.pem").read_bytes()


def test_nothing_is_overwritten(deployment: Deployment) -> None:
    existing = deployment.write("out", b"precious")
    arguments: list[str | Path] = [
        "public",
        "-o",
        existing,
        "--topology",
        deployment.topology,
        "--passphrase-file",
        "pass.txt",
    ]
    finished = deployment.run("export", *arguments)
    assert finished.returncode == 2
    assert "The file exists, and was left as it is" in finished.stderr
    assert existing.read_bytes() == b"precious"


def test_a_key_that_is_not_exportable_stays(deployment: Deployment) -> None:
    request = deployment.requested(exportable=False)
    signed = deployment.issuing.sign(request.csr.public_key(), NAMES[0], Wish(names=NAMES))
    answer = deployment.write("answer.pem", pem(signed))
    assert deployment.take_in(answer, "--chain", deployment.chain, "--activate", "--no-reload").returncode == 0
    output = deployment.directory / "out.pfx"
    arguments: list[str | Path] = [
        "public",
        "-o",
        output,
        "--topology",
        deployment.topology,
        "--passphrase-file",
        "pass.txt",
    ]
    finished = deployment.run("export", *arguments)
    assert finished.returncode == 1
    assert "not exportable" in finished.stderr
    assert not output.exists()


def test_a_pfx_needs_a_passphrase(deployment: Deployment) -> None:
    finished = deployment.run("export", "public", "-o", "out.pfx", "--topology", deployment.topology)
    assert finished.returncode == 1
    assert "--passphrase-file" in finished.stderr
    assert not (deployment.directory / "out.pfx").exists()


def test_a_name_that_is_not_there_is_told(deployment: Deployment) -> None:
    finished = deployment.run("export", "none", "-o", "out.pfx", "--topology", deployment.topology)
    assert finished.returncode == 1
    assert "Known: public" in finished.stderr


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (".", "exists"),
        ("none/out.pfx", "There is no directory none"),
        ("n" * 300, "File name too long"),
    ],
)
def test_a_place_that_cannot_be_written_is_told_and_is_no_fault_of_the_certificate(
    place: str, words: str, deployment: Deployment
) -> None:
    finished = deployment.run("export", *asking(deployment, Path(place)))
    assert (finished.returncode, finished.stderr.count("error: ")) == (2, 1)
    assert words in finished.stderr
