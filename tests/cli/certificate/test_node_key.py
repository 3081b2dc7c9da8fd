"""Who a proxy is in a farm, and whether it orders."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridgehead.certificates.farm.node import read_public
from bridgehead.certificates.farm.ordering import who_orders
from tests.cli.certificate.deployment import FILE, Deployment


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path)


def in_a_farm(deployment: Deployment, orders: str) -> None:
    own = deployment.run("node-key", "proxy2", deployment.topology).stdout.strip()
    (deployment.directory / "other").mkdir()
    other = deployment.run("node-key", "proxy1", "--store", "other").stdout.strip()
    nodes = f'[farm.nodes]\nproxy1 = "{other}"\nproxy2 = "{own}"\n'
    deployment.topology.write_text(f'{FILE}[farm]\norders = "{orders}"\n{nodes}')


def test_the_keys_are_made_once_and_shown_again(deployment: Deployment) -> None:
    made = deployment.run("node-key", "proxy2", deployment.topology)
    assert made.returncode == 0
    assert read_public(made.stdout, "printed").name == "proxy2"
    assert "[farm.nodes]" in made.stderr
    assert "PRIVATE" not in made.stdout + made.stderr
    shown = deployment.run("node-key", "--store", "store")
    assert shown.stdout == made.stdout
    again = deployment.run("node-key", "proxy3", deployment.topology)
    assert again.returncode == 1
    assert "never replaced" in again.stderr


def test_without_keys_it_is_said_how_to_make_them(deployment: Deployment) -> None:
    finished = deployment.run("node-key", "--store", "store")
    assert finished.returncode == 1
    assert "node-key NAME" in finished.stderr


def test_a_name_that_is_none_is_refused(deployment: Deployment) -> None:
    finished = deployment.run("node-key", "two words", deployment.topology)
    assert finished.returncode == 1
    assert "cannot be the name of a node" in finished.stderr


def test_one_command_takes_over_and_one_gives_back(deployment: Deployment) -> None:
    in_a_farm(deployment, "proxy1")
    store = deployment.store.directory
    assert not who_orders(store, "proxy1").here
    taken = deployment.run("take-over", deployment.topology)
    assert taken.returncode == 0, taken.stderr
    assert "proxy2, orders from now on in place of proxy1" in taken.stdout
    assert 'orders = "proxy2"' in taken.stdout
    assert who_orders(store, "proxy1").here
    assert deployment.run("take-over", deployment.topology, "--give-back").returncode == 0
    assert not who_orders(store, "proxy1").here
    assert "nothing to give back" in deployment.run("take-over", deployment.topology, "--give-back").stdout


def test_there_is_nothing_to_take_over_from_oneself(deployment: Deployment) -> None:
    in_a_farm(deployment, "proxy2")
    finished = deployment.run("take-over", deployment.topology)
    assert "which is this proxy" in finished.stdout
    assert who_orders(deployment.store.directory, "proxy2").taken_over is None


def test_without_a_farm_nobody_takes_over(deployment: Deployment) -> None:
    finished = deployment.run("take-over", deployment.topology)
    assert finished.returncode == 1
    assert "no [farm]" in finished.stderr


def test_a_stranger_to_the_farm_does_not_take_over(deployment: Deployment) -> None:
    in_a_farm(deployment, "proxy1")
    deployment.topology.write_text(
        deployment.topology.read_text().replace('certificate_store = "store"', 'certificate_store = "new"')
    )
    finished = deployment.run("take-over", deployment.topology)
    assert finished.returncode == 1
    assert "not one of the file's nodes" in finished.stderr
