"""What is remembered between attempts."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bridgehead.certificates.acme.state import Attempt, Ledger, OrderState, Proof, RenewalState
from bridgehead.certificates.store.store import Store

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ORDER = OrderState(
    name="public",
    kind="rsa",
    names=("webext.contoso.com",),
    authority="first",
    directory="https://acme.contoso.com/directory",
    request="2026-11-20-3f9ac1d2",
    url="https://acme.contoso.com/order/1",
    proofs=(Proof(name="webext.contoso.com", challenge="http-01", token="t", value="t.thumbprint"),),
)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "certificates"


def test_an_order_is_there_until_it_is_over(store: Path) -> None:
    ledger = Ledger(store)
    assert ledger.order("public", "rsa") is None
    ledger.keep_order(ORDER)
    assert Ledger(store).order("public", "rsa") == ORDER
    assert Ledger(store).orders() == (ORDER,)
    assert ledger.order("public", "ecdsa") is None
    ledger.drop_order("public", "rsa")
    assert ledger.order("public", "rsa") is None
    ledger.drop_order("public", "rsa")


def test_a_damaged_order_is_none(store: Path) -> None:
    ledger = Ledger(store)
    ledger.keep_order(ORDER)
    (file,) = ledger.directory.glob("orders/*/*.json")
    file.write_bytes(file.read_bytes()[:20])
    assert ledger.order("public", "rsa") is None
    assert ledger.orders() == ()


def test_dates_and_failures_are_remembered(store: Path) -> None:
    ledger = Ledger(store)
    assert ledger.renewal("public", "rsa") == RenewalState()
    problem = {"code": "acme.refused", "message": "it refuses"}
    state = RenewalState(
        serial="1f", renew_at=NOW, attempts={"first": Attempt(failures=2, last=NOW, next=NOW, problems=(problem,))}
    )
    ledger.keep_renewal("public", "rsa", state)
    assert Ledger(store).renewal("public", "rsa") == state


def test_trials_are_apart(store: Path) -> None:
    Ledger(store, trial=True).keep_order(ORDER)
    assert Ledger(store).orders() == ()
    assert Ledger(store).account("first") != Ledger(store, trial=True).account("first")


def test_nobody_else_reads_it_and_the_store_knows_it_as_its_own(store: Path) -> None:
    Ledger(store).keep_order(ORDER)
    made = [store, *store.rglob("*")]
    assert {stat.S_IMODE(path.stat().st_mode) for path in made if path.is_dir()} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in made if path.is_file()} == {0o600}
    assert Store(store).problems() == ()
    assert Store(store).names() == ()


def test_the_name_of_an_authority_does_not_lead_out_of_the_store(store: Path) -> None:
    accounts = Ledger(store).directory / "accounts"
    assert [Ledger(store).account(label).parent for label in ("../../etc", "..", "a/b")] == [accounts] * 3


def test_the_record_of_dns_01_stands_below_the_name() -> None:
    proof = Proof(name="contoso.com", challenge="dns-01", token="t", value="v")
    assert proof.record == "_acme-challenge.contoso.com"
