"""TLS as testssl.sh and sslyze see it: of today by default, of the era where a listener says so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bridgehead.lab.proxy_process import ProxyProcess
from bridgehead.spec import Certificate, KeyPair, Listener, ProxySpec, Refuse, Rule
from tests.end_to_end.free_port import free_port
from tests.interop import debian

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.lab.authority import KindOfKey, LabAuthority

pytestmark = pytest.mark.interop

NAME = "localhost"
SCAN_SECONDS = 300

# testssl.sh: protocols, server defaults (certificates), preferences, cipher categories, forward secrecy, all named
# vulnerabilities; and for the era protocols, categories, vulnerabilities and simulated clients.
DEFAULT_CHECKS = ("-p", "-S", "-P", "-s", "-f", "-U")
ERA_CHECKS = ("-p", "-s", "-U", "-c")

NO_FINDING = {"OK", "INFO"}
ABOUT_THE_SCAN_AND_THE_ISSUER = {
    "engine_problem": "testssl.sh misses GOST in its own OpenSSL; that says nothing about the server",
    "sessionresumption_ticket": "its client may end before a ticket of TLS 1.3 has come (see test_resumption.py)",
    "cert_revocation": "the test's private authority publishes neither a CRL nor OCSP: its certificates say so",
}
PRICE_OF_THE_ERA = {
    "cipherlist_AVERAGE": "the CBC suites that Windows 7, 8.1 and Windows Phone 8.1 need with an RSA certificate",
    "LUCKY13": "the same: testssl.sh names every CBC suite here; OpenSSL's are in constant time since 1.0.1d",
}
ERA_CLIENTS = ("ie_11_win7", "ie_11_win81", "ie_11_winphone81", "android_60")
MODERN_CLIENTS = (
    *("android_12", "chrome_101_win10", "edge_101_win10_21h2", "firefox_100_win10", "safari_154_osx_1231"),
    *("thunderbird_91_9", "apple_mail_16_0", "java1703", "openssl_303"),
)
FORWARD_SECRECY = ("ECDHE-", "TLS_AES_", "TLS_CHACHA20_")


@dataclass(frozen=True)
class Scanned:
    """One listener as testssl.sh reports it."""

    entries: list[dict[str, Any]]

    def findings(self) -> dict[str, str]:
        """What is not as it should be, by testssl's own judgement: LOW and worse, and its own failures (WARN)."""
        return {
            entry["id"].partition(" ")[0]: f"{entry['severity']}: {entry['finding']}"
            for entry in self.entries
            if entry["severity"] not in NO_FINDING
        }

    def finding(self, name: str) -> str:
        found: str = next(entry["finding"] for entry in self.entries if entry["id"] == name)
        return found


@pytest.fixture(scope="module")
def directory() -> Iterator[Path]:
    with debian.readable_directory() as made:
        yield made


@pytest.fixture(scope="module")
def ports(directory: Path, authority: LabAuthority) -> Iterator[dict[str, int]]:
    """A running proxy's listeners by name: profile and kinds of key."""
    issuing = authority.subordinate("Issuing")

    def pair(kind: KindOfKey) -> KeyPair:
        chain, key = issuing.issue([NAME], key=kind).write(directory, kind)
        return KeyPair(chain=str(chain), key=str(key))

    rsa, ecdsa = pair("rsa"), pair("ecdsa")
    profiles = {"default-rsa": {}, "default-both": {}, "era-rsa": {"tls_profile": "lync-era"}}
    listeners = tuple(
        Listener.model_validate(
            {
                "name": name,
                "host": debian.LOOPBACK,
                "port": free_port(),
                "tls": True,
                "certificates": (name.partition("-")[2],),
                **profile,
            }
        )
        for name, profile in profiles.items()
    )
    spec = ProxySpec(
        listeners=listeners,
        certificates=(Certificate(name="rsa", pairs=(rsa,)), Certificate(name="both", pairs=(rsa, ecdsa))),
        rules=(Rule(name="all", listeners=tuple(profiles), hosts=("*",), action=Refuse(reason="only TLS matters")),),
        workers=1,
        access_log="",
    )
    file = directory / "spec.json"
    file.write_text(spec.model_dump_json(), "utf-8")
    authority.write_root(directory, "root")
    with ProxyProcess(file):
        yield {listener.name: listener.port for listener in listeners}


@pytest.fixture(scope="module")
def scans(directory: Path, ports: dict[str, int]) -> dict[str, Scanned]:
    """Every listener's scan, all at once: most of their time is waiting."""

    def scan(name: str) -> Scanned:
        checks = ERA_CHECKS if name.startswith("era") else DEFAULT_CHECKS
        return testssl(directory, name, ports[name], checks)

    with ThreadPoolExecutor() as threads:
        return dict(zip(ports, threads.map(scan, ports), strict=True))


def testssl(directory: Path, name: str, port: int, checks: tuple[str, ...]) -> Scanned:
    report = directory / f"{name}.json"
    command = [
        *(debian.program("testssl", "testssl.sh"), "--quiet", "--color", "0", "--warnings", "off"),
        *("--nodns", "none", "--ip", debian.LOOPBACK, "--add-ca", str(directory / "root.pem")),
        *("--jsonfile", str(report), *checks, f"{NAME}:{port}"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SCAN_SECONDS, cwd=directory)
    assert report.exists(), done.stdout + done.stderr
    entries = json.loads(report.read_text("utf-8"))
    assert not any(entry["severity"] == "FATAL" for entry in entries), done.stdout
    return Scanned(entries)


testssl.__test__ = False  # type: ignore[attr-defined] # a tool's name, no test's


def sslyze() -> str:
    """The program, in the virtual environment of its own that `make interop` gives it, or in this one."""
    for place in (Path(sys.prefix) / "scanners" / "bin" / "sslyze", Path(sys.executable).with_name("sslyze")):
        if place.exists():
            return str(place)
    pytest.fail("sslyze is not installed: `make interop` installs it")


# By default


@pytest.mark.parametrize("listener", ["default-rsa", "default-both"])
def test_sslyze_finds_mozillas_intermediate_profile(listener: str, ports: dict[str, int], directory: Path) -> None:
    command = [sslyze(), "--mozilla_config", "intermediate", "--certinfo_ca_file", str(directory / "root.pem")]
    done = subprocess.run(
        [*command, f"{NAME}:{ports[listener]}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=SCAN_SECONDS,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    assert "OK - Compliant" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("listener", ["default-rsa", "default-both"])
def test_testssl_finds_nothing_but_the_certificates_issuer(listener: str, scans: dict[str, Scanned]) -> None:
    findings = scans[listener].findings()
    assert "cert_revocation" in findings, "it has judged the certificate"
    assert findings.keys() <= ABOUT_THE_SCAN_AND_THE_ISSUER.keys(), findings
    assert all(said.startswith("WARN: ") for name, said in findings.items() if name != "cert_revocation"), findings


@pytest.mark.parametrize("listener", ["default-rsa", "default-both", "era-rsa"])
def test_tls_1_2_and_1_3_are_spoken_and_nothing_older(listener: str, scans: dict[str, Scanned]) -> None:
    scan = scans[listener]
    offered = {
        name: "not" not in scan.finding(name) for name in ("SSLv2", "SSLv3", "TLS1", "TLS1_1", "TLS1_2", "TLS1_3")
    }
    assert [name for name, is_offered in offered.items() if is_offered] == ["TLS1_2", "TLS1_3"]


# Of the era


@pytest.mark.parametrize("client", [*ERA_CLIENTS, *MODERN_CLIENTS])
def test_the_eras_clients_and_todays_connect_with_forward_secrecy(client: str, scans: dict[str, Scanned]) -> None:
    negotiated = scans["era-rsa"].finding(f"clientsimulation-{client}")
    version, _, cipher = negotiated.partition(" ")
    assert version in {"TLSv1.2", "TLSv1.3"}
    assert cipher.startswith(FORWARD_SECRECY)


def test_the_price_of_the_era_is_cbc_and_nothing_else(scans: dict[str, Scanned]) -> None:
    findings = scans["era-rsa"].findings()
    assert findings.keys() <= {"engine_problem", *PRICE_OF_THE_ERA}, findings
    assert all(said.startswith(("LOW", "WARN")) for said in findings.values()), findings
