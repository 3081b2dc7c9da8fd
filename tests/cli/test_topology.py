"""`bridgehead topology` as it is used: a process with arguments, two streams, a file and an exit status."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bridgehead.topology.file import parse, read_topology
from tests.cli.test_check import write_certificate
from tests.topology.importing.exports import CONTOSO, clixml, get_cs_topology, tbxml, write


def run(directory: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bridgehead", *map(str, arguments)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=directory)
    assert "Traceback" not in finished.stderr
    return finished


@pytest.fixture
def export(tmp_path: Path) -> Path:
    return write(tmp_path / "contoso.tbxml", tbxml(CONTOSO))


def test_import_writes_the_file_and_says_what_it_took_and_what_is_left(export: Path, tmp_path: Path) -> None:
    finished = run(tmp_path, "topology", "import", export)
    assert finished.returncode == 0
    for words in (
        "Taken",
        "webext.contoso.com",
        "Not needed",
        "Left for you",
        "public-chain.pem",
        "Written: bridgehead",
    ):
        assert words in finished.stdout
    assert read_topology(tmp_path / "bridgehead.toml").pools[0].external_fqdn == "webext.contoso.com"


def test_check_asks_for_the_certificates_alone_and_is_content_with_them(export: Path, tmp_path: Path) -> None:
    run(tmp_path, "topology", "import", export)
    before = run(tmp_path, "check", "bridgehead.toml", "--format", "json")
    assert before.returncode != 0
    assert before.stdout.count('"severity": "error"') == 3
    for name in ("public-chain.pem", "public-key.pem", "internal-root-ca.pem"):
        assert f"{tmp_path / name}" in before.stdout
    write_certificate(tmp_path, ["*.contoso.com", "*.fabrikam.com"])
    for made, wanted in (("chain", "public-chain"), ("key", "public-key"), ("root", "internal-root-ca")):
        (tmp_path / f"{made}.pem").rename(tmp_path / f"{wanted}.pem")
    after = run(tmp_path, "check", "bridgehead.toml")
    assert after.returncode == 0, after.stderr


def test_simple_urls_may_come_beside_the_topology(tmp_path: Path) -> None:
    topology = write(tmp_path / "topology.xml", get_cs_topology(CONTOSO), "utf-16-le")
    urls = write(tmp_path / "urls.xml", clixml(CONTOSO.simple_urls), "utf-16-le")
    finished = run(tmp_path, "topology", "import", topology, "--simple-urls", urls, "-o", "a.toml")
    assert finished.returncode == 0
    assert set(read_topology(tmp_path / "a.toml").simple_urls.meet) == {"contoso.com", "fabrikam.com"}


def test_a_file_that_exists_is_replaced_only_by_force(export: Path, tmp_path: Path) -> None:
    output = tmp_path / "bridgehead.toml"
    output.write_text("precious")
    output.chmod(0o640)
    refused = run(tmp_path, "topology", "import", export)
    assert (refused.returncode, output.read_text()) == (2, "precious")
    assert "--force" in refused.stderr
    assert run(tmp_path, "topology", "import", export, "--force").returncode == 0
    assert read_topology(output).pools
    assert output.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bridgehead.toml", "contoso.tbxml"]


def test_what_is_read_is_never_replaced(export: Path, tmp_path: Path) -> None:
    before = export.read_bytes()
    finished = run(tmp_path, "topology", "import", export, "-o", export, "--force")
    assert (finished.returncode, export.read_bytes()) == (2, before)


def test_standard_output_gets_the_file_alone(export: Path, tmp_path: Path) -> None:
    finished = run(tmp_path, "topology", "import", export, "-o", "-")
    assert finished.returncode == 0
    assert parse(finished.stdout, "-").topology.pools
    assert "Left for you" in finished.stderr
    assert not (tmp_path / "bridgehead.toml").exists()


def test_an_export_that_cannot_be_used_writes_nothing(tmp_path: Path) -> None:
    broken = write(tmp_path / "broken.tbxml", tbxml(CONTOSO)[:500])
    finished = run(tmp_path, "topology", "import", broken)
    assert (finished.returncode, finished.stdout) == (1, "")
    assert f"{broken}:" in finished.stderr
    assert not (tmp_path / "bridgehead.toml").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("missing.tbxml",),
        ("contoso.tbxml", "-o", "missing/a.toml"),
        ("contoso.tbxml", "-o", "."),
        ("contoso.tbxml", "-x"),
    ],
)
def test_a_command_that_cannot_run_ends_with_2(arguments: tuple[str, ...], export: Path, tmp_path: Path) -> None:
    assert run(tmp_path, "topology", "import", *arguments).returncode == 2
