"""`bridgehead check` as it is used: a process with arguments, two streams and an exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bridgehead.cli.loading import load_spec
from bridgehead.spec import ProxySpec

NAMES = ["webext.contoso.com", "meet.contoso.com", "lyncdiscover.contoso.com"]

FILE = """\
sip_domains = ["contoso.com"]
[simple_urls]
meet."contoso.com" = "https://meet.contoso.com"
[[pool]]
role = "front-end"
external_fqdn = "webext.contoso.com"
servers = ["fe01.contoso.local"]
trust = "root.pem"
[certificate.public]
chain = "chain.pem"
key = "key.pem"
"""


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bridgehead", *map(str, arguments)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert "Traceback" not in finished.stderr
    return finished


def write_certificate(directory: Path, names: list[str]) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=90))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    (directory / "chain.pem").write_bytes(certificate)
    (directory / "root.pem").write_bytes(certificate)
    private = directory / "key.pem"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    private.chmod(0o600)


def forwards(rule: dict[str, Any]) -> bool:
    return bool(rule["action"]["kind"] == "forward")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_certificate(tmp_path, NAMES)
    path = tmp_path / "bridgehead.toml"
    path.write_text(FILE)
    return path


def test_a_sound_file_is_shown_as_tables_with_reasons(file: Path) -> None:
    finished = run("check", file)
    assert (finished.returncode, finished.stderr) == (0, "")
    for words in (
        "webext.contoso.com:4443",
        "fe01.contoso.local:4443",
        "lyncdiscover.contoso.com",
        "Why",
        "All is well.",
    ):
        assert words in finished.stdout


def test_json_is_for_programs(file: Path) -> None:
    finished = run("check", file, "--format", "json")
    told = json.loads(finished.stdout)
    assert (finished.returncode, told["ok"], told["problems"]) == (0, True, [])
    assert ProxySpec.model_validate(told["spec"]) == load_spec(file)


def test_the_spec_can_be_printed_and_checked_again(file: Path) -> None:
    printed = file.with_suffix(".json")
    printed.write_text(run("check", file, "--spec").stdout)
    assert load_spec(printed) == load_spec(file)
    assert run("check", printed).returncode == 0


def test_every_problem_goes_to_standard_error_without_colours(file: Path) -> None:
    file.write_text(FILE.replace('"front-end"', '"frontend"') + "bogus = 1\n")
    finished = run("check", file)
    assert finished.returncode == 1
    assert f"{file}:5: pool[0].role" in finished.stderr
    assert f"{file}:12: certificate.public.bogus" in finished.stderr
    assert "\x1b" not in finished.stderr + finished.stdout


def test_problems_in_json_have_code_place_message_hint_and_severity(file: Path) -> None:
    file.write_text(FILE.replace("https://", "http://"))
    finished = run("check", file, "--format", "json")
    told = json.loads(finished.stdout)
    assert (finished.returncode, told["ok"], told["spec"]) == (1, False, None)
    assert set(told["problems"][0]) == {"code", "where", "message", "hint", "severity"}


@pytest.mark.parametrize("name", ["chain.pem", "key.pem", "root.pem"])
def test_a_file_that_is_referred_to_and_missing_is_one_problem(file: Path, name: str) -> None:
    (file.parent / name).unlink()
    finished = run("check", file)
    assert finished.returncode == 1
    assert finished.stderr.count("error:") == 1
    assert str(file.parent / name) in finished.stderr


def test_a_published_name_without_certificate_is_a_warning(file: Path) -> None:
    write_certificate(file.parent, ["webext.contoso.com", "meet.contoso.com"])
    finished = run("check", file)
    assert finished.returncode == 0
    assert "warning:" in finished.stderr
    assert "lyncdiscover.contoso.com" in finished.stderr


def test_each_name_without_certificate_is_told_with_why_it_is_published(file: Path) -> None:
    write_certificate(file.parent, ["webext.contoso.com"])
    told = json.loads(run("check", file, "--format", "json").stdout)
    missing = [problem["message"] for problem in told["problems"] if problem["code"] == "certificate.name-missing"]
    assert len(missing) == 2
    for host in ("meet.contoso.com", "lyncdiscover.contoso.com"):
        (message,) = [one for one in missing if host in one]
        (because,) = {rule["because"] for rule in told["spec"]["rules"] if host in rule["hosts"] and forwards(rule)}
        assert because
        assert message.endswith(because)


@pytest.mark.parametrize("names", [["webext.contoso.com", "*.contoso.com"], ["*.contoso.com"]])
def test_a_wildcard_covers_published_names(file: Path, names: list[str]) -> None:
    write_certificate(file.parent, names)
    assert run("check", file).stderr == ""


@pytest.mark.parametrize(
    "arguments",
    [["check"], ["check", "none.toml"], ["check", "none.json"], ["check", "/"], ["bogus"], ["check", "--bogus"]],
)
def test_what_cannot_run_ends_with_2_and_one_message(arguments: list[str], tmp_path: Path) -> None:
    finished = run(*arguments)
    assert finished.returncode == 2
    assert finished.stderr


@pytest.mark.parametrize("text", ["", "{", "{}", '{"listeners": []}', "[]", "\x00"])
def test_a_spec_that_is_none_is_told_without_traceback(tmp_path: Path, text: str) -> None:
    path = tmp_path / "spec.json"
    path.write_text(text)
    finished = run("check", path)
    assert finished.returncode == 1
    assert str(path) in finished.stderr


def test_a_spec_that_refers_to_nothing_is_told(file: Path) -> None:
    printed = file.with_suffix(".json")
    spec = json.loads(run("check", file, "--spec").stdout)
    spec["pools"] = []
    printed.write_text(json.dumps(spec))
    finished = run("check", printed)
    assert finished.returncode == 1
    assert "There is no pool" in finished.stderr


def test_help_shows_examples() -> None:
    finished = run("check", "--help")
    assert finished.returncode == 0
    assert "bridgehead check bridgehead.toml --format json" in finished.stdout
