"""The store: what comes in stays as it came, one generation is live, and the one before can be brought back."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bridgehead.certificates.keys import public_key_bytes
from bridgehead.certificates.store.store import Store
from bridgehead.problems import ProblemsFound
from tests.certificates.store.stocked import (
    FACTS,
    NAME,
    NOW,
    REQUEST_FACTS,
    add_generation,
    add_request,
    answer,
    certificate,
    everything_below,
    live_number,
    new_key,
    request,
)

TOMORROW = NOW + timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "certificates")


def codes(found: pytest.ExceptionInfo[ProblemsFound]) -> list[str]:
    return [problem.code for problem in found.value.problems]


# What comes in


def test_a_store_that_is_not_there_yet_is_empty(store: Store) -> None:
    assert (store.names(), store.kinds(NAME), store.requests(), store.problems()) == ((), (), (), ())
    assert store.live(NAME, "rsa") is None
    assert store.staged(NAME, "rsa") is None


def test_a_request_is_read_back_as_it_was_made(store: Store) -> None:
    key = new_key()
    made = store.add_request(NAME, "ecdsa", request(key), key, REQUEST_FACTS)
    (waiting,) = store.requests()
    assert waiting == made
    assert waiting.facts == REQUEST_FACTS
    assert waiting.public_key_bytes == public_key_bytes(key) == public_key_bytes(waiting.key())
    assert waiting.identifier.startswith("2026-06-01-")
    assert (store.names(), store.kinds(NAME)) == ((NAME,), ("ecdsa",))


def test_requests_of_several_names_wait_side_by_side(store: Store) -> None:
    one, other, elsewhere = add_request(store), add_request(store), add_request(store, "edge")
    assert {waiting.identifier for waiting in store.requests(NAME)} == {one.identifier, other.identifier}
    assert [waiting.identifier for waiting in store.requests("edge")] == [elsewhere.identifier]
    assert len(store.requests()) == 3


def test_the_answer_takes_the_key_of_its_request_which_waits_no_longer(store: Store) -> None:
    waiting, other = add_request(store), add_request(store)
    generation = answer(store, waiting)
    assert generation.facts.request == waiting.identifier
    assert public_key_bytes(generation.key()) == waiting.public_key_bytes
    assert [left.identifier for left in store.requests()] == [other.identifier]
    assert (generation.directory / "request.pem").exists()


def test_generations_are_numbered_as_they_come_and_never_replaced(store: Store) -> None:
    add_generation(store)
    before = everything_below(store.directory)
    second = add_generation(store)
    assert second.number == 2
    after = everything_below(store.directory)
    assert {path: after[path] for path in before} == before
    assert [generation.number for generation in store.generations(NAME, "ecdsa")] == [1, 2]


def test_a_generation_is_read_back_as_it_came(store: Store) -> None:
    key, leaf, above = new_key(), None, certificate(new_key())
    leaf = certificate(key)
    store.add_generation(NAME, "ecdsa", [leaf, above], key, FACTS)
    generation = store.generation(NAME, "ecdsa", 1)
    assert generation.chain == (leaf, above)
    assert generation.leaf == leaf
    assert generation.facts == FACTS
    assert generation.chain_path.read_bytes().count(b"BEGIN CERTIFICATE") == 2


def test_both_kinds_stand_side_by_side(store: Store) -> None:
    add_generation(store)
    key = rsa.generate_private_key(65537, 2048)
    store.add_request(NAME, "rsa", request(key), key, REQUEST_FACTS)
    assert store.kinds(NAME) == ("rsa", "ecdsa")


def test_a_key_that_does_not_belong_is_refused(store: Store) -> None:
    with pytest.raises(ProblemsFound) as found:
        store.add_generation(NAME, "ecdsa", [certificate(new_key())], new_key(), FACTS)
    assert codes(found) == ["certificate.key-does-not-match"]
    assert not store.directory.exists()


@pytest.mark.parametrize("name", ["../elsewhere", "a/b", ".hidden", "", "-r"])
def test_a_name_that_would_lead_elsewhere_is_refused(store: Store, name: str) -> None:
    with pytest.raises(ProblemsFound) as found:
        add_request(store, name)
    assert codes(found) == ["store.name"]


def test_the_same_request_twice_is_refused_and_the_first_one_kept(store: Store) -> None:
    key = new_key()
    store.add_request(NAME, "ecdsa", request(key), key, REQUEST_FACTS)
    before = everything_below(store.directory)
    with pytest.raises(ProblemsFound) as found:
        store.add_request(NAME, "ecdsa", request(key), key, REQUEST_FACTS)
    assert codes(found) == ["store.exists"]
    assert everything_below(store.directory) == before


# Who may read it


def test_the_store_and_everything_in_it_is_for_its_owner_alone(store: Store) -> None:
    answer(store, add_request(store))
    store.activate(add_generation(store))
    for path in (store.directory, *store.directory.rglob("*")):
        if not path.is_symlink():
            expected = 0o700 if path.is_dir() else 0o600
            assert stat.S_IMODE(path.stat().st_mode) == expected, path


@pytest.mark.parametrize("mode", [0o755, 0o710, 0o770])
def test_a_store_that_others_may_enter_is_not_written_to(store: Store, mode: int) -> None:
    add_request(store)
    before = everything_below(store.directory)
    store.directory.chmod(mode)
    with pytest.raises(ProblemsFound) as found:
        add_request(store)
    assert codes(found) == ["store.too-open"]
    assert f"{mode:04o}" in str(found.value)
    assert everything_below(store.directory) == before


def test_keys_are_encrypted_where_there_is_a_passphrase(tmp_path: Path) -> None:
    store = Store(tmp_path / "certificates", b"correct horse")
    generation = answer(store, add_request(store))
    text = generation.key_path.read_bytes()
    assert text.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert public_key_bytes(load_pem_private_key(text, b"correct horse")) == public_key_bytes(generation.leaf)
    assert public_key_bytes(generation.key()) == public_key_bytes(generation.leaf)


@pytest.mark.parametrize(
    ("passphrase", "code"), [(None, "key.passphrase-missing"), (b"battery staple", "key.passphrase-wrong")]
)
def test_an_encrypted_key_does_not_open_without_its_passphrase(
    tmp_path: Path, passphrase: bytes | None, code: str
) -> None:
    add_generation(Store(tmp_path / "certificates", b"correct horse"))
    with pytest.raises(ProblemsFound) as found:
        Store(tmp_path / "certificates", passphrase).generation(NAME, "ecdsa", 1).key()
    assert codes(found) == [code]
    assert "horse" not in str(found.value)
    assert "staple" not in str(found.value)


# What is served


def test_nothing_is_live_until_it_is_activated(store: Store) -> None:
    first = add_generation(store)
    assert store.live(NAME, "ecdsa") is None
    assert store.activate(first) is None
    assert store.live(NAME, "ecdsa") == first


def test_what_is_live_is_reached_by_the_same_path_from_generation_to_generation(store: Store) -> None:
    chain = store.directory / NAME / "ecdsa" / "live" / "chain.pem"
    for generation in (add_generation(store), add_generation(store)):
        store.activate(generation)
        assert chain.read_bytes() == generation.chain_path.read_bytes()


def test_activating_gives_what_was_live_which_can_be_put_back(store: Store) -> None:
    first, second = add_generation(store), add_generation(store)
    assert store.activate(first) is None
    former = store.activate(second)
    assert former == first
    store.restore(NAME, "ecdsa", former)
    assert live_number(store) == 1
    with pytest.raises(ProblemsFound):
        store.roll_back(NAME, "ecdsa")


def test_the_first_activation_can_be_put_back_to_nothing(store: Store) -> None:
    store.restore(NAME, "ecdsa", store.activate(add_generation(store)))
    assert store.live(NAME, "ecdsa") is None
    assert not (store.directory / NAME / "ecdsa" / "live").is_symlink()


def test_rolling_back_follows_what_was_live_not_the_numbers(store: Store) -> None:
    first, never_live, third = add_generation(store), add_generation(store), add_generation(store)
    store.activate(first)
    store.activate(third)
    assert store.roll_back(NAME, "ecdsa") == first
    assert live_number(store) == 1
    assert store.generations(NAME, "ecdsa") == (first, never_live, third)


def test_rolling_back_twice_goes_back_twice(store: Store) -> None:
    for generation in [add_generation(store) for _ in range(3)]:
        store.activate(generation)
    assert [store.roll_back(NAME, "ecdsa").number for _ in range(2)] == [2, 1]
    with pytest.raises(ProblemsFound) as found:
        store.roll_back(NAME, "ecdsa")
    assert codes(found) == ["store.nothing-before"]
    assert live_number(store) == 1


def test_activating_what_is_live_changes_nothing(store: Store) -> None:
    first, second = add_generation(store), add_generation(store)
    store.activate(first)
    store.activate(second)
    before = everything_below(store.directory)
    assert store.activate(second) == second
    assert everything_below(store.directory) == before


def test_a_lost_memory_is_made_good_by_the_order_of_the_numbers(store: Store) -> None:
    for generation in (add_generation(store), add_generation(store)):
        store.activate(generation)
    (store.directory / NAME / "ecdsa" / "before.json").write_text("{ damaged")
    assert store.roll_back(NAME, "ecdsa").number == 1


# What is served later


def test_what_is_staged_is_known_and_is_not_live(store: Store) -> None:
    first, second = add_generation(store), add_generation(store)
    store.activate(first)
    store.stage(second, TOMORROW, now=NOW)
    staged = store.staged(NAME, "ecdsa")
    assert staged is not None
    assert (staged.generation, staged.at, staged.refused) == (second, TOMORROW, "")
    assert live_number(store) == 1


def test_staging_again_replaces_and_unstaging_removes(store: Store) -> None:
    first, second = add_generation(store), add_generation(store)
    store.stage(first, TOMORROW, now=NOW)
    store.stage(second, TOMORROW, now=NOW)
    staged = store.staged(NAME, "ecdsa")
    assert staged is not None
    assert staged.generation == second
    store.unstage(NAME, "ecdsa")
    assert store.staged(NAME, "ecdsa") is None
    store.unstage(NAME, "ecdsa")


def test_times_keep_their_meaning_in_every_zone(store: Store) -> None:
    at = datetime(2026, 6, 2, 2, tzinfo=timezone(timedelta(hours=2)))
    store.stage(add_generation(store), at, now=NOW)
    staged = store.staged(NAME, "ecdsa")
    assert staged is not None
    assert staged.at == datetime(2026, 6, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (NOW, "stage.in-the-past"),
        (NOW - timedelta(days=400), "stage.in-the-past"),
        (NOW + timedelta(days=89), "stage.expired"),
        (NOW + timedelta(days=4000), "stage.expired"),
    ],
)
def test_a_time_at_which_it_could_not_be_served_is_refused(store: Store, at: datetime, code: str) -> None:
    with pytest.raises(ProblemsFound) as found:
        store.stage(add_generation(store), at, now=NOW)
    assert codes(found) == [code]
    assert store.staged(NAME, "ecdsa") is None


def test_a_time_before_the_certificate_is_valid_is_refused(store: Store) -> None:
    key = new_key()
    later = store.add_generation(NAME, "ecdsa", [certificate(key, begins=NOW + timedelta(days=10))], key, FACTS)
    with pytest.raises(ProblemsFound) as found:
        store.stage(later, TOMORROW, now=NOW)
    assert codes(found) == ["stage.not-yet-valid"]
    assert store.stage(later, NOW + timedelta(days=11), now=NOW).generation == later


# What is damaged


def test_a_damaged_generation_is_told_of_and_hides_no_other(store: Store) -> None:
    first, second = add_generation(store), add_generation(store)
    store.activate(first)
    second.chain_path.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    assert store.generations(NAME, "ecdsa") == (first,)
    assert [problem.code for problem in store.problems()] == ["certificate.damaged"]
    with pytest.raises(ProblemsFound):
        store.generation(NAME, "ecdsa", 2)
    assert add_generation(store).number == 3


def test_a_damaged_live_generation_can_be_left_both_ways(store: Store) -> None:
    first, second, third = add_generation(store), add_generation(store), add_generation(store)
    store.activate(first)
    store.activate(second)
    second.chain_path.write_text("damaged")
    assert store.activate(third) is None
    assert live_number(store) == 3
    store.restore(NAME, "ecdsa", first)
    third.chain_path.write_text("damaged")
    store.activate(third)
    assert store.roll_back(NAME, "ecdsa") == first


@pytest.mark.parametrize("content", ["", "{", "[]", '{"exportable": "perhaps"}', "\0"])
def test_damaged_facts_cost_the_right_to_export_and_nothing_else(store: Store, content: str) -> None:
    generation, waiting = add_generation(store), add_request(store)
    store.activate(generation)
    for directory in (generation.directory, waiting.directory):
        (directory / "facts.json").write_text(content)
    live = store.live(NAME, "ecdsa")
    assert live is not None
    assert (live.facts.exportable, live.facts.origin) == (False, "unknown")
    assert public_key_bytes(live.key()) == public_key_bytes(live.leaf)
    assert len(store.requests()) == 1
    assert [(problem.code, problem.severity) for problem in store.problems()] == [
        ("store.facts-damaged", "warning")
    ] * 2


def test_a_damaged_request_is_told_of(store: Store) -> None:
    waiting = add_request(store)
    waiting.request_path.write_text("nothing")
    assert store.requests() == ()
    assert [problem.code for problem in store.problems()] == ["request.damaged"]


def test_damaged_staging_activates_nothing_and_says_so(store: Store) -> None:
    generation = add_generation(store)
    store.stage(generation, TOMORROW, now=NOW)
    (store.directory / NAME / "ecdsa" / "staged.json").write_text('{"generation": 1, "at": "soon"}')
    with pytest.raises(ProblemsFound) as found:
        store.staged(NAME, "ecdsa")
    assert codes(found) == ["store.staged-damaged"]
    assert [problem.code for problem in store.problems()] == ["store.staged-damaged"]
    store.stage(generation, TOMORROW, now=NOW)
    assert store.problems() == ()
