from __future__ import annotations

import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from bridgehead.certificates.keys import KINDS, public_key_bytes, read_key
from bridgehead.certificates.request.making import KeyFiles, keep, prepare
from bridgehead.certificates.store.lock import NAME as LOCK
from bridgehead.certificates.store.store import Store
from bridgehead.problems import ProblemsFound
from tests.certificates.request.contoso import BOTH_KINDS, contoso

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
BOTH = contoso(key_types=BOTH_KINDS, description="Rack 7", exportable=True)


def files_in(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file() and path.name != LOCK]


def test_keys_go_into_the_store_and_requests_into_files(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    paths = [tmp_path / "public.req", tmp_path / "public-ecdsa.req"]
    made = keep(BOTH, prepare(BOTH), paths, "base64", store, replace=False, now=NOW)
    stored = {one.kind: one for one in store.requests("public")}
    assert set(stored) == {"rsa", "ecdsa"}
    for path, kind, place in zip(paths, KINDS, made, strict=True):
        sent = x509.load_pem_x509_csr(path.read_bytes())
        assert public_key_bytes(sent) == public_key_bytes(stored[kind].key())
        assert place.key == str(stored[kind].key_path)
        assert b"PRIVATE KEY" not in path.read_bytes()


def test_what_the_authority_does_not_see_is_kept_beside_the_key(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    asked = contoso(key_types=("ecdsa-p256",), description="Rack 7", exportable=True)
    keep(asked, prepare(asked), [tmp_path / "a.req"], "binary", store, replace=False, now=NOW)
    facts = store.requests()[0].facts
    assert (facts.friendly_name, facts.description) == ("Reverse Proxy Listener for Lync Server", "Rack 7")
    assert (facts.exportable, facts.made_at, facts.origin) == (True, NOW, "request")
    assert x509.load_der_x509_csr((tmp_path / "a.req").read_bytes()).is_signature_valid


def test_every_request_has_a_new_key(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    asked = contoso(key_types=("ecdsa-p256",))
    for number in range(2):
        keep(asked, prepare(asked), [tmp_path / f"{number}.req"], "base64", store, replace=False, now=NOW)
    first, second = store.requests("public")
    assert first.public_key_bytes != second.public_key_bytes


def test_a_key_may_go_into_a_file_of_its_own(tmp_path: Path) -> None:
    asked = contoso(key_types=("ecdsa-p256",))
    key = tmp_path / "public.key"
    keep(asked, prepare(asked), [tmp_path / "public.req"], "base64", KeyFiles([key]), replace=False, now=NOW)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    sent = x509.load_pem_x509_csr((tmp_path / "public.req").read_bytes())
    assert public_key_bytes(read_key(key, None)) == public_key_bytes(sent)


def test_a_key_in_a_file_is_encrypted_where_there_is_a_passphrase(tmp_path: Path) -> None:
    asked = contoso(key_types=("ecdsa-p256",))
    keys = KeyFiles([tmp_path / "public.key"], b"correct horse")
    keep(asked, prepare(asked), [tmp_path / "public.req"], "base64", keys, replace=False, now=NOW)
    assert b"ENCRYPTED PRIVATE KEY" in keys.paths[0].read_bytes()
    assert read_key(keys.paths[0], b"correct horse").key_size == 256
    assert "horse" not in repr(keys)


def test_a_key_that_is_there_is_never_replaced(tmp_path: Path) -> None:
    key = tmp_path / "public.key"
    key.write_bytes(b"the old key")
    asked = contoso(key_types=("ecdsa-p256",))
    with pytest.raises(ProblemsFound, match="a private key is never replaced"):
        keep(asked, prepare(asked), [tmp_path / "public.req"], "base64", KeyFiles([key]), replace=True, now=NOW)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("public.key", b"the old key")]


def test_where_a_request_cannot_be_written_the_store_stays_as_it_was(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    paths = [tmp_path / "public.req", tmp_path / "none" / "public-ecdsa.req"]
    with pytest.raises(ProblemsFound):
        keep(BOTH, prepare(BOTH), paths, "base64", store, replace=False, now=NOW)
    assert files_in(tmp_path) == []


def test_where_the_store_refuses_nothing_is_left(tmp_path: Path) -> None:
    # Both kinds cannot be kept: the place of the second is taken by a file.
    store = Store(tmp_path / "store")
    taken = tmp_path / "store" / "public" / "ecdsa"
    taken.parent.mkdir(parents=True, mode=0o700)
    (tmp_path / "store").chmod(0o700)
    taken.write_bytes(b"")
    paths = [tmp_path / "public.req", tmp_path / "public-ecdsa.req"]
    with pytest.raises(ProblemsFound):
        keep(BOTH, prepare(BOTH), paths, "base64", store, replace=False, now=NOW)
    assert files_in(tmp_path) == [taken]
