"""`bridgehead certificate check`: what is served, staged and trusted, against the plan."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridgehead.lab.authority import LabAuthority
from tests.certificates.issuing import DAY, NOW, Authority
from tests.certificates.trust.servers import tls_server
from tests.cli.certificate.deployment import FILE, NAMES, Deployment

INSIDE = Authority("Contoso Root CA")


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path)


def check(deployment: Deployment, *more: str | Path) -> tuple[int, dict[str, Any]]:
    finished = deployment.run("check", deployment.topology, *more, "--format", "json")
    assert finished.stdout, finished.stderr
    return finished.returncode, json.loads(finished.stdout)


def codes(told: dict[str, Any]) -> list[str]:
    return [problem["code"] for problem in told["problems"]]


def test_a_good_deployment_is_well(deployment: Deployment) -> None:
    deployment.with_live()
    status, told = check(deployment)
    assert (status, told["ok"], told["problems"]) == (0, True, [])
    assert [row["covered_by"]["public"] for row in told["matrix"]["rows"]] == list(NAMES)


def test_the_matrix_is_shown_to_people(deployment: Deployment) -> None:
    deployment.with_live()
    finished = deployment.run("check", deployment.topology)
    assert finished.returncode == 0
    for words in (*NAMES, "yes", "All is well."):
        assert words in finished.stdout


def test_a_name_that_is_published_later_is_a_hole_with_its_mend(deployment: Deployment) -> None:
    deployment.with_live()
    deployment.topology.write_text(FILE.replace("https://meet.contoso.com", "https://join.contoso.com"))
    status, told = check(deployment)
    assert status == 1
    assert codes(told) == ["certificate.name-missing", "certificate.name-unpublished"]
    (hole,) = [row for row in told["matrix"]["rows"] if row["mend"]]
    assert hole["host"] == "join.contoso.com"
    assert "issued again" in hole["mend"]


def test_what_is_due_ends_with_1_although_it_still_works(deployment: Deployment) -> None:
    deployment.with_live(begins=NOW - 80 * DAY)
    assert check(deployment)[0] == 1
    assert check(deployment, "--days", "5")[0] == 0


def test_what_is_staged_is_judged_for_its_time(deployment: Deployment) -> None:
    deployment.with_live(begins=NOW - 70 * DAY)
    deployment.issued("next", begins=NOW - DAY, days=60)
    assert deployment.take_in("next.pem", "--key", "next.key", "--chain", deployment.chain).returncode == 0
    generation = deployment.store.generation("public", "ecdsa", 2)
    deployment.store.stage(generation, NOW + timedelta(days=25), now=NOW)
    status, told = check(deployment)
    assert (status, codes(told)) == (1, ["certificate.expires-before-successor"])


def test_files_of_ones_own_are_judged_too(deployment: Deployment) -> None:
    deployment.issued(names=NAMES[:3])
    deployment.write("both.pem", (deployment.directory / "leaf.pem").read_bytes() + deployment.issuing.pem)
    text = FILE.replace('store = ["ecdsa"]', 'chain = "both.pem"\nkey = "leaf.key"')
    deployment.topology.write_text(text)
    status, told = check(deployment)
    assert (status, codes(told)) == (1, ["certificate.name-missing"])


def test_a_certificate_that_is_not_in_use_yet_is_judged_from_its_file(deployment: Deployment) -> None:
    deployment.issued()
    alone = deployment.run("check", "leaf.pem")
    assert alone.returncode == 1
    assert "certificate of CN=Public Issuing" in alone.stderr
    planned: list[str | Path] = ["--for", "public", "--topology", deployment.topology, "--chain", deployment.chain]
    assert deployment.run("check", "leaf.pem", "leaf.key", *planned).returncode == 0


def test_an_empty_store_is_told_with_what_to_do(deployment: Deployment) -> None:
    status, told = check(deployment)
    assert status == 1
    assert "bridgehead certificate request" in told["problems"][0]["hint"]


def with_servers(deployment: Deployment, *ports: int) -> None:
    servers = ", ".join(
        f'{{ name = "fe0{n}.contoso.local", address = "127.0.0.1", port = {port} }}' for n, port in enumerate(ports, 1)
    )
    text = FILE.replace('servers = ["fe01.contoso.local"]', f'servers = [{servers}]\ntrust = "inside.pem"')
    deployment.topology.write_text(text)
    deployment.write("inside.pem", INSIDE.pem)


def test_servers_behind_the_bridge_are_asked_for_their_certificates(deployment: Deployment) -> None:
    deployment.with_live()
    good = INSIDE.issue(names=("fe01.contoso.local",))
    ending = INSIDE.issue(names=("fe02.contoso.local",), begins=NOW - 80 * DAY)
    with tls_server(deployment.directory, good) as first, tls_server(deployment.directory, ending) as second:
        with_servers(deployment, first, second)
        status, told = check(deployment, "--upstream")
    assert (status, codes(told)) == (1, ["upstream.expires-soon"])
    assert str(second) in told["problems"][0]["where"]
    assert [one["chain"][0]["names"] for one in told["upstream"]] == [["fe01.contoso.local"], ["fe02.contoso.local"]]
    assert [one["same_certificate_as_outside"] for one in told["upstream"]] == [False, False]


def test_exchange_with_another_certificate_than_outside_gets_a_note_about_extended_protection(
    deployment: Deployment,
) -> None:
    live = deployment.with_live()
    other = INSIDE.issue(names=("ex01.contoso.local",))
    site = """
[[publish]]
host = "mail.contoso.com"
paths = ["/owa/*"]
trust = "inside.pem"
to = [{ url = "https://ex01.contoso.local:%d", address = "127.0.0.1", verify_name = "%s" }]
"""
    deployment.write("inside.pem", INSIDE.pem + deployment.root.pem)
    notes = []
    for leaf, name in ((other, "ex01.contoso.local"), (live, NAMES[0])):
        with tls_server(deployment.directory, leaf, deployment.issuing.certificate) as port:
            deployment.topology.write_text(FILE + site % (port, name))
            _, told = check(deployment, "--upstream")
            notes.append(told["notes"])
    assert "0xC000035B" in notes[0][0]
    assert "can work" in notes[1][0]


def test_the_laboratorys_certificate_in_a_file_of_ones_own_is_warned_about(deployment: Deployment) -> None:

    lab = LabAuthority("outside")
    lab.issue(NAMES).write(deployment.directory, "lab")
    deployment.write("roots.pem", lab.root_pem)
    deployment.topology.write_text(FILE.replace('store = ["ecdsa"]', 'chain = "lab.pem"\nkey = "lab.key"'))
    status, told = check(deployment, "--root", "roots.pem")
    assert (status, "certificate.laboratory" in codes(told)) == (0, True)


def test_files_that_are_not_there_are_told_once_and_not_name_by_name(deployment: Deployment) -> None:
    deployment.topology.write_text(FILE.replace('store = ["ecdsa"]', 'chain = "none.pem"\nkey = "none.key"'))
    finished = deployment.run("check", deployment.topology)
    assert finished.returncode == 1
    assert "issued again" not in finished.stdout
    assert finished.stderr.count("There is no such file") == 2


def test_a_certificate_file_that_is_not_there_keeps_it_from_beginning(deployment: Deployment) -> None:
    assert deployment.run("check", "none.pem").returncode == 2
