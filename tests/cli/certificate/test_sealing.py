"""A farm of two proxies with a store each: what one has gets to the other by commands alone, and never in the clear."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from bridgehead.certificates.farm.bundle import bundle_of
from bridgehead.certificates.farm.node import public_node, read_node
from bridgehead.certificates.farm.sealed import seal
from tests.certificates.issuing import DAY, NOW
from tests.cli.certificate.deployment import FILE, Deployment, Finished


class Farm:
    """Two proxies with the same file. A stranger may stand beside them."""

    def __init__(self, directory: Path) -> None:
        self.first, self.second = (self._proxy(directory / name) for name in ("one", "two"))
        # One authority signed for both, as it is when they share a certificate.
        self.second.root, self.second.issuing = self.first.root, self.first.issuing
        self.second.public_roots.write_bytes(self.first.root.pem)
        texts = [one.run("node-key", name).stdout for one, name in self._named()]
        self.farm = (
            f'\n[farm]\norders = "proxy1"\n[farm.nodes]\nproxy1 = "{texts[0].strip()}"\nproxy2 = "{texts[1].strip()}"\n'
        )
        for one, _ in self._named():
            one.topology.write_text(FILE + self.farm)

    def _proxy(self, directory: Path) -> Deployment:
        directory.mkdir()
        return Deployment(directory)

    def _named(self) -> list[tuple[Deployment, str]]:
        return [(self.first, "proxy1"), (self.second, "proxy2")]

    def seal(self, name: str = "public.sealed", *more: str) -> Path:
        """The live certificate of the first, for all others; carried to the second."""
        finished = self.first.run(
            "export", "public", "-o", name, *(more or ("--seal", "*")), "--topology", "bridgehead.toml"
        )
        assert finished.returncode == 0, finished.stderr
        return self.first.directory / name

    def unseal(self, file: Path, *more: str) -> Finished:
        return self.second.take_in("--sealed", file, *more)

    def renew(self, stem: str, **changes: object) -> None:
        self.first.issued(stem, **changes)
        words = (f"{stem}.pem", "--key", f"{stem}.key", "--chain", self.first.chain, "--activate", "--no-reload")
        finished = self.first.take_in(*words)
        assert finished.returncode == 0, finished.stderr


@pytest.fixture
def farm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Farm:
    monkeypatch.setattr("bridgehead.cli.certificate.place.USUAL_FILE", tmp_path / "none.toml")
    monkeypatch.setattr("bridgehead.cli.certificate.place.DEFAULT_STORE", "store")
    return Farm(tmp_path)


def test_a_certificate_lives_on_two_proxies_and_its_key_never_travels_in_the_clear(farm: Farm) -> None:
    live = farm.first.with_live()
    file = farm.seal()
    assert b"PRIVATE KEY" not in file.read_bytes()
    finished = farm.unseal(file)
    assert finished.returncode == 0, finished.stderr
    assert farm.second.live() == 1
    generation = farm.second.store.live("public", "ecdsa")
    assert generation is not None
    assert generation.leaf == live.certificate
    assert (generation.facts.origin, generation.facts.sealed_by, generation.facts.exportable) == (
        "sealed",
        "proxy1",
        True,
    )
    assert farm.second.run("check", farm.second.topology).returncode == 0

    # Renewed, sealed again, and live at once there; the same file once more changes nothing.
    farm.renew("second", begins=NOW - DAY / 2)
    file = farm.seal("second.sealed")
    assert farm.unseal(file, "--activate", "--no-reload").returncode == 0
    assert farm.second.live() == 2
    again = farm.unseal(file, "--activate", "--no-reload")
    assert (again.returncode, farm.second.numbers()) == (0, [1, 2])
    assert "In the store already: public (ecdsa), generation 2" in again.stdout


def test_it_can_be_staged_for_a_time_at_which_all_change(farm: Farm) -> None:
    farm.first.with_live()
    farm.unseal(farm.seal())
    farm.renew("second", begins=NOW - DAY / 2)
    at = (NOW + timedelta(days=1)).isoformat()
    finished = farm.unseal(farm.seal("second.sealed"), "--at", at)
    assert finished.returncode == 0, finished.stderr
    staged = farm.second.store.staged("public", "ecdsa")
    assert staged is not None
    assert (staged.generation.number, staged.at, farm.second.live()) == (2, NOW + timedelta(days=1), 1)
    over = farm.unseal(farm.seal("third.sealed"), "--at", "2020-01-01")
    assert "In the store already" in over.stdout


def test_an_older_one_shown_again_is_refused_and_said_to_be_so(farm: Farm) -> None:
    farm.first.with_live()
    old = farm.seal()
    farm.renew("second", begins=NOW - DAY / 2)
    assert farm.unseal(farm.seal("second.sealed")).returncode == 0
    finished = farm.unseal(old, "--activate", "--no-reload")
    assert finished.returncode == 1
    assert "older than generation 1, which is here" in finished.stderr
    assert (farm.second.numbers(), farm.second.live()) == ([1], 1)
    forced = farm.unseal(old, "--force")
    assert (forced.returncode, farm.second.numbers(), farm.second.live()) == (0, [1, 2], 1)


def test_one_that_was_brought_in_and_left_behind_is_not_activated_by_showing_it_again(farm: Farm) -> None:
    farm.first.with_live()
    old = farm.seal()
    farm.unseal(old)
    farm.renew("second", begins=NOW - DAY / 2)
    farm.unseal(farm.seal("second.sealed"), "--activate", "--no-reload")
    finished = farm.unseal(old, "--activate", "--no-reload")
    assert "Nothing has changed." in finished.stdout
    assert farm.second.live() == 2


def test_it_is_judged_like_any_other_answer(farm: Farm) -> None:
    farm.first.with_live()
    farm.second.topology.write_text(farm.second.topology.read_text().replace("https://meet.", "https://join."))
    finished = farm.unseal(farm.seal())
    assert finished.returncode == 1
    assert "join.contoso.com" in finished.stderr
    assert farm.second.numbers() == []


def test_a_key_that_is_not_exportable_is_not_sealed_either(farm: Farm) -> None:
    farm.first.issued()
    farm.first.take_in("leaf.pem", "--key", "leaf.key", "--chain", farm.first.chain, "--not-exportable")
    finished = farm.first.run("export", "public", "-o", "x", "--seal", "proxy2", "--topology", farm.first.topology)
    assert finished.returncode == 1
    assert "not exportable" in finished.stderr
    assert not (farm.first.directory / "x").exists()


def test_every_change_on_the_way_is_noticed_and_nothing_is_taken(farm: Farm) -> None:
    farm.first.with_live()
    file = farm.seal()
    lines = file.read_bytes().split(b"\n")
    for number in range(1, 4):
        middle = len(lines[number]) // 2
        other = b"A" if lines[number][middle : middle + 1] != b"A" else b"B"
        changed = [*lines[:number], lines[number][:middle] + other + lines[number][middle + 1 :], *lines[number + 1 :]]
        file.write_bytes(b"\n".join(changed))
        finished = farm.unseal(file)
        assert (finished.returncode, farm.second.numbers()) == (1, []), finished.stderr
        assert "Traceback" not in finished.stderr


def test_the_wrong_node_and_an_unknown_sender_are_refused(farm: Farm, tmp_path: Path) -> None:
    farm.first.with_live()
    (tmp_path / "stranger").mkdir()
    stranger = Deployment(tmp_path / "stranger")
    text = stranger.run("node-key", "proxy2").stdout.strip()
    elsewhere = farm.unseal(farm.seal("a.sealed", "--seal", text))
    assert "not sealed to this node" in elsewhere.stderr
    farm.second.topology.write_text(FILE)
    unknown = farm.unseal(farm.seal("b.sealed"))
    assert (unknown.returncode, farm.second.numbers()) == (1, [])
    assert "sealed by proxy1, which is not known here" in unknown.stderr
    (tmp_path / "proxy1.txt").write_text(farm.first.run("node-key").stdout)
    assert farm.unseal(farm.first.directory / "b.sealed", "--from", str(tmp_path / "proxy1.txt")).returncode == 0


def test_an_encrypted_store_needs_its_passphrase_and_keeps_what_came_encrypted(farm: Farm, tmp_path: Path) -> None:
    farm.first.with_live()
    (tmp_path / "three").mkdir()
    third = Deployment(tmp_path / "three")
    third.public_roots.write_bytes(farm.first.root.pem)
    third.write("pass", b"correct horse\n")
    third.topology.write_text('certificate_passphrase_file = "pass"\n' + FILE + farm.farm)
    text = third.run("node-key", "proxy3", third.topology).stdout.strip()
    file = farm.seal("c.sealed", "--seal", "proxy2", "--seal", text)
    assert third.take_in("--sealed", file).returncode == 0
    for key in third.store.directory.rglob("*.pem"):
        assert b"PRIVATE KEY" not in key.read_bytes() or b"ENCRYPTED" in key.read_bytes()
    assert farm.unseal(file).returncode == 0


def test_who_is_meant_must_be_known(farm: Farm) -> None:
    farm.first.with_live()
    finished = farm.first.run(
        "export", "public", "-o", "x", "--seal", "proxy2", "--seal", "proxy9", "--topology", farm.first.topology
    )
    assert finished.returncode == 1
    assert "'proxy9' is neither a node of the file" in finished.stderr
    assert "proxy1, proxy2" in finished.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("import", "--sealed", "a", "b"),
        ("import", "--sealed", "a", "--key", "b"),
        ("import", "a", "--from", "proxy1"),
        ("import", "a", "--activate", "--at", "2030-01-01"),
        ("export", "public", "-o", "x", "--seal", "proxy2", "--no-passphrase", "--format", "pem"),
    ],
)
def test_words_that_do_not_go_together_are_refused(farm: Farm, words: tuple[str, ...]) -> None:
    assert farm.first.run(*words).returncode == 2


def test_for_programs_there_is_json(farm: Farm) -> None:
    farm.first.with_live()
    file = farm.seal()
    told = json.loads(farm.unseal(file, "--format", "json").stdout)
    again = json.loads(farm.unseal(file, "--format", "json").stdout)
    assert [(one["ok"], one["generation"]) for one in (told, again)] == [(True, 1), (True, 1)]


def test_check_tells_of_a_proxy_that_its_farm_does_not_know(farm: Farm) -> None:
    farm.first.with_live()
    assert farm.first.run("check", farm.first.topology).returncode == 0
    text = farm.first.topology.read_text()
    other = farm.second.run("node-key").stdout.split()[2]
    own = farm.first.run("node-key").stdout.split()[2]
    farm.first.topology.write_text(text.replace(own, other))
    finished = farm.first.run("check", farm.first.topology)
    assert (finished.returncode, "The public text of proxy1 is damaged" in finished.stderr) == (1, True)
    farm.first.topology.write_text(text)
    (farm.first.store.directory / ".node/keys").rename(farm.first.directory / "lost")
    finished = farm.first.run("check", farm.first.topology)
    assert (finished.returncode, "no keys for its farm" in finished.stderr) == (1, True)
    farm.first.run("node-key", "proxy1", farm.first.topology)
    finished = farm.first.run("check", farm.first.topology)
    assert (finished.returncode, "does not have the public text of this proxy" in finished.stderr) == (1, True)


def test_a_file_with_a_key_and_no_certificate_is_told(farm: Farm) -> None:
    farm.first.with_live()
    live, recipient = farm.first.store.live("public", "ecdsa"), public_node(farm.second.store.directory)
    assert live is not None
    assert recipient is not None
    bundle = bundle_of(live, NOW)
    content = bundle.model_copy(update={"chain": bundle.key}).model_dump_json().encode()
    file = farm.first.directory / "empty.sealed"
    file.write_bytes(seal(content, read_node(farm.first.store.directory, None), [recipient]))
    finished = farm.unseal(file)
    assert finished.returncode == 1
    assert "not a certificate with its key" in finished.stderr
