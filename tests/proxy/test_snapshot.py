from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridgehead.problems import ProblemsFound
from bridgehead.proxy.snapshot import Snapshot
from bridgehead.spec import Certificate, Forward, KeyPair, Listener, Pool, ProxySpec, Relay, Rule, Server

if TYPE_CHECKING:
    from pathlib import Path

    import trustme

TLS = Listener(name="tls", host="127.0.0.1", port=443, tls=True, certificates=("site",))
PLAIN = Listener(name="plain", host="127.0.0.1", port=80, tls=False)
POOL = Pool(name="pool", servers=(Server(host="inside.test", port=4443),), tls=True)


@pytest.fixture
def pair(tmp_path: Path, authority: trustme.CA) -> KeyPair:
    return written(tmp_path, authority, "site")


def written(directory: Path, authority: trustme.CA, name: str) -> KeyPair:
    issued = authority.issue_cert(f"{name}.test")
    chain, key = directory / f"{name}.pem", directory / f"{name}.key"
    issued.cert_chain_pems[0].write_to_path(str(chain))
    issued.private_key_pem.write_to_path(str(key))
    return KeyPair(chain=str(chain), key=str(key))


def spec(*pairs: KeyPair, **parts: object) -> ProxySpec:
    certificates = (Certificate(name="site", pairs=pairs),) if pairs else ()
    return ProxySpec(**{"listeners": (PLAIN,), "certificates": certificates, "access_log": "", **parts})


def problems(one: ProxySpec) -> dict[str, str]:
    """Codes and messages of what is wrong."""
    with pytest.raises(ProblemsFound) as found:
        Snapshot.read(one)
    return {problem.code: problem.message for problem in found.value.problems}


def test_what_is_right_is_built(pair: KeyPair) -> None:
    snapshot = Snapshot.read(spec(pair, listeners=(PLAIN, TLS), pools=(POOL,)))
    assert snapshot.tables["tls"].choose("site.test") is not None
    assert snapshot.upstream_contexts["pool"] is not None


def test_names_that_nothing_has_are_told_all_at_once(pair: KeyPair) -> None:
    rule = Rule(name="r", listeners=("nowhere",), hosts=("*",), action=Forward(pool="nothing"))
    wrong = spec(pair, listeners=(TLS.model_copy(update={"certificates": ("none",)}),), rules=(rule,))
    assert set(problems(wrong)) == {"listener.unknown-certificate", "rule.unknown-listener", "rule.unknown-pool"}


def test_a_tls_listener_needs_a_certificate() -> None:
    assert "listener.no-certificate" in problems(spec(listeners=(TLS.model_copy(update={"certificates": ()}),)))


def test_a_tls_listener_that_only_relays_needs_none() -> None:
    pool = POOL.model_copy(update={"tls": False})
    rule = Rule(name="r", listeners=("tls",), hosts=("a.test",), action=Relay(pool="pool"))
    Snapshot.read(spec(listeners=(TLS.model_copy(update={"certificates": ()}),), pools=(pool,), rules=(rule,)))


def test_a_key_that_does_not_belong_is_told_with_both_files(
    tmp_path: Path, authority: trustme.CA, pair: KeyPair
) -> None:
    other = written(tmp_path, authority, "other")
    wrong = pair.model_copy(update={"key": other.key})
    message = problems(spec(wrong, listeners=(TLS,)))["certificate.unusable"]
    assert "does not belong" in message
    assert wrong.chain in message
    assert wrong.key in message


def test_a_file_that_is_missing_is_told_by_its_path(pair: KeyPair) -> None:
    missing = pair.chain + ".missing"
    with pytest.raises(ProblemsFound) as found:
        Snapshot.read(spec(pair.model_copy(update={"chain": missing}), listeners=(TLS,)))
    assert [problem.where for problem in found.value.problems] == [missing]


def test_a_file_that_holds_something_else_is_told_without_its_content(tmp_path: Path, pair: KeyPair) -> None:
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("a secret")
    for part in ("chain", "key"):
        message = problems(spec(pair.model_copy(update={part: str(nonsense)}), listeners=(TLS,)))[
            "certificate.unusable"
        ]
        assert "nonsense.pem" in message
        assert "secret" not in message


def test_a_root_that_is_none_is_told_by_its_pool(tmp_path: Path) -> None:
    nonsense = tmp_path / "root.pem"
    nonsense.write_text("nonsense")
    wrong = spec(pools=(POOL.model_copy(update={"trust": (str(nonsense),)}),))
    assert "root.pem" in problems(wrong)["pool.trust-unusable"]


def test_a_log_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    assert "log.unwritable" in problems(spec(access_log=str(tmp_path)))
