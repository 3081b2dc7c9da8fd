"""Staged certificates of a running proxy: when they are due, and what happens then."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bridgehead.certificates.store.layout import live_files
from bridgehead.certificates.store.schedule import StoreSchedule
from bridgehead.certificates.store.store import Store
from bridgehead.problems import ProblemsFound
from bridgehead.spec import Certificate, KeyPair, Listener, ProxySpec
from tests.certificates.store.stocked import NAME, NOW, add_generation, live_number

AT = NOW + timedelta(days=1)
DUE = AT.timestamp()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "certificates")
    store.activate(add_generation(store))
    return store


def schedule_for(store: Store, *names: str, passphrase_file: Path | None = None) -> StoreSchedule:
    served = []
    for name in names or (NAME,):
        chain, key = live_files(store.directory, name, "ecdsa")
        pair = KeyPair(
            chain=str(chain), key=str(key), passphrase_file=str(passphrase_file) if passphrase_file else None
        )
        served.append(Certificate(name=name, pairs=(pair,)))
    spec = ProxySpec(
        listeners=(Listener(name="public", host="127.0.0.1", port=443, tls=True, certificates=names or (NAME,)),),
        certificates=tuple(served),
    )
    return StoreSchedule(lambda: spec)


def staged(store: Store, name: str = NAME, *, days: int = 90) -> None:
    store.stage(add_generation(store, name, days=days), AT, now=NOW)


def test_nothing_staged_is_never_due(store: Store) -> None:
    assert schedule_for(store).next_change() is None


def test_the_earliest_is_due_next(store: Store) -> None:
    staged(store)
    store.stage(add_generation(store, "edge"), AT - timedelta(hours=1), now=NOW)
    assert schedule_for(store, NAME, "edge").next_change() == DUE - 3600


def test_only_what_is_served_counts(store: Store) -> None:
    staged(store, "elsewhere")
    assert schedule_for(store).next_change() is None


def test_a_certificate_of_plain_files_has_no_schedule(store: Store) -> None:
    staged(store)
    pair = KeyPair(chain="/etc/bridgehead/chain.pem", key="/etc/bridgehead/key.pem")
    listener = Listener(name="public", host="127.0.0.1", port=443, tls=True, certificates=(NAME,))
    spec = ProxySpec(listeners=(listener,), certificates=(Certificate(name=NAME, pairs=(pair,)),))
    assert StoreSchedule(lambda: spec).next_change() is None


def test_what_is_due_goes_live_and_is_staged_no_longer(store: Store) -> None:
    staged(store)
    schedule = schedule_for(store)
    assert schedule.carry_out(DUE) == "certificate public (ecdsa), generation 2"
    assert live_number(store) == 2
    schedule.settle()
    assert store.staged(NAME, "ecdsa") is None
    assert schedule.next_change() is None
    assert schedule.alarms() == ()


def test_what_is_not_due_is_left(store: Store) -> None:
    staged(store)
    assert schedule_for(store).carry_out(DUE - 1) == ""
    assert live_number(store) == 1


def test_what_the_proxy_refuses_is_put_back_told_of_and_not_tried_again(store: Store) -> None:
    staged(store)
    schedule = schedule_for(store)
    schedule.carry_out(DUE)
    schedule.put_back("worker 0: no")
    assert live_number(store) == 1
    assert schedule.next_change() is None
    (alarm,) = schedule.alarms()
    assert "generation 2 was due at 2026-06-02 12:00 UTC: worker 0: no" in alarm


def test_an_alarm_ends_when_it_is_staged_anew_or_no_longer(store: Store) -> None:
    staged(store)
    schedule = schedule_for(store)
    schedule.carry_out(DUE)
    schedule.put_back("no")
    store.stage(store.generation(NAME, "ecdsa", 2), AT, now=NOW)
    assert (schedule.alarms(), schedule.next_change()) == ((), DUE)
    schedule.carry_out(DUE)
    schedule.put_back("no")
    store.unstage(NAME, "ecdsa")
    assert schedule.alarms() == ()


def test_of_several_that_are_due_all_go_live_or_none(store: Store) -> None:
    staged(store)
    store.activate(add_generation(store, "edge"))
    staged(store, "edge", days=90)
    spoilt = store.generation("edge", "ecdsa", 2)
    spoilt.key_path.write_bytes(store.generation(NAME, "ecdsa", 1).key_path.read_bytes())
    schedule = schedule_for(store, NAME, "edge")
    with pytest.raises(ProblemsFound) as found:
        schedule.carry_out(DUE)
    assert found.value.problems[0].code == "certificate.key-does-not-match"
    assert (live_number(store), live_number(store, "edge")) == (1, 1)
    assert len(schedule.alarms()) == 2


def test_one_that_is_damaged_keeps_no_other_from_its_time(store: Store) -> None:
    staged(store)
    store.activate(add_generation(store, "edge"))
    (store.directory / "edge" / "ecdsa" / "staged.json").write_text("damaged")
    schedule = schedule_for(store, "edge", NAME)
    assert schedule.next_change() == DUE
    assert schedule.carry_out(DUE) == "certificate public (ecdsa), generation 2"
    (alarm,) = schedule.alarms()
    assert "nothing will be activated" in alarm


def test_a_staged_generation_that_is_gone_is_told_of_and_never_due(store: Store) -> None:
    staged(store)
    store.generation(NAME, "ecdsa", 2).directory.rename(store.directory / "elsewhere")
    schedule = schedule_for(store)
    assert schedule.next_change() is None
    assert "There is no generation 2" in schedule.alarms()[0]


def test_what_has_expired_meanwhile_does_not_go_live(store: Store) -> None:
    staged(store, days=3)
    schedule = schedule_for(store)
    with pytest.raises(ProblemsFound) as found:
        schedule.carry_out(DUE + 30 * 86400)
    assert found.value.problems[0].code == "certificate.expired"
    assert live_number(store) == 1


def test_a_proxy_that_ended_between_the_link_and_the_rest_goes_on_from_there(store: Store) -> None:
    staged(store)
    schedule_for(store).carry_out(DUE)
    again = schedule_for(store)
    assert again.next_change() == DUE
    assert again.carry_out(DUE) == "certificate public (ecdsa), generation 2"
    again.put_back("no")
    assert live_number(store) == 1


def test_encrypted_keys_are_opened_with_the_passphrase_of_the_file(tmp_path: Path) -> None:
    passphrase_file = tmp_path / "passphrase"
    passphrase_file.write_text("correct horse\n")
    store = Store(tmp_path / "certificates", b"correct horse")
    staged(store)
    assert schedule_for(store, passphrase_file=passphrase_file).carry_out(DUE)
    assert live_number(store) == 1
    store.restore(NAME, "ecdsa", None)
    passphrase_file.write_text("battery staple\n")
    with pytest.raises(ProblemsFound) as found:
        schedule_for(store, passphrase_file=passphrase_file).carry_out(DUE)
    assert found.value.problems[0].code == "key.passphrase-wrong"
    assert live_number(store) is None
