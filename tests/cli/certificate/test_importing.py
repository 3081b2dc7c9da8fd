"""`bridgehead certificate import` as it is used: what it takes, and every way in which it refuses."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat, pkcs7

from bridgehead.certificates.store.entries import StoredRequest
from bridgehead.certificates.writing.old_windows import as_old_pfx
from bridgehead.certificates.writing.pfx import as_pfx
from tests.certificates.issuing import DAY, NOW, Authority, Wish, der, openssl, outdated, pem
from tests.cli.certificate.deployment import NAMES, Deployment, Finished

NOBODY = 65534


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path)


def answer(deployment: Deployment, request: StoredRequest, name: str = "answer.cer") -> Path:
    """What the authority sends back for a request."""
    signed = deployment.issuing.sign(request.csr.public_key(), NAMES[0], Wish(names=NAMES))
    return deployment.write(name, pem(signed))


# What is taken


def test_an_answer_finds_its_request_and_goes_live(deployment: Deployment) -> None:
    request = deployment.requested()
    deployment.requested()
    finished = deployment.take_in(answer(deployment, request), "--chain", deployment.chain)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert f"the answer to request {request.identifier}" in finished.stdout
    live = deployment.store.live("public", "ecdsa")
    assert live is not None
    assert live.chain[1:] == (deployment.issuing.certificate,)
    assert (live.facts.origin, live.facts.exportable, live.facts.friendly_name) == (
        "request",
        False,
        "Reverse Proxy Listener",
    )
    assert [one.identifier for one in deployment.store.requests()] != [request.identifier]


def test_every_form_is_taken(deployment: Deployment) -> None:
    issued = deployment.issued()
    chain = [issued.certificate, deployment.issuing.certificate]
    deployment.write("pass.txt", b"open sesame\n")
    modern = as_pfx(chain, issued.key, b"open sesame", "Contoso")  # type: ignore[arg-type]
    old = as_old_pfx(chain, issued.key, "open sesame", "Contoso")  # type: ignore[arg-type]
    pfx = ("--passphrase-file", "pass.txt")
    tried = [
        (deployment.write("all.pem", pem(*reversed(chain)) + issued.key_pem), ()),
        (deployment.write("leaf.der", der(issued.certificate)), ("--key", "leaf.key", "--chain", deployment.chain)),
        (deployment.write("all.p7b", pkcs7.serialize_certificates(chain, Encoding.DER)), ("--key", "leaf.key")),
        (deployment.write("modern.pfx", modern), pfx),
        (deployment.write("old.pfx", old), pfx),
    ]
    for path, more in tried:
        finished = deployment.take_in(path, *more)
        assert finished.returncode == 0, (path, finished.stderr)
    assert [one.facts.origin for one in deployment.store.generations("public", "ecdsa")] == [
        "pem",
        "pem",
        "pem",
        "pfx",
        "pfx",
    ]


def test_the_first_is_live_at_once_and_a_later_one_waits_until_it_is_wanted(deployment: Deployment) -> None:
    deployment.with_live()
    deployment.issued("second")
    finished = deployment.take_in("second.pem", "--key", "second.key", "--chain", deployment.chain)
    assert (finished.returncode, deployment.live(), deployment.numbers()) == (0, 1, [1, 2])
    assert "bridgehead certificate activate" in finished.stdout
    assert "bridgehead certificate stage" in finished.stdout
    deployment.issued("third")
    finished = deployment.take_in("third.pem", "--key", "third.key", "--chain", deployment.chain, "--activate")
    assert (finished.returncode, deployment.live()) == (0, 3)


def test_a_certificate_issued_again_for_the_same_key_needs_no_key(deployment: Deployment) -> None:
    first = deployment.with_live()
    again = deployment.issuing.issue(names=(*NAMES, "old.contoso.com"), key=first.key)
    finished = deployment.take_in(deployment.write("again.pem", again.pem), "--chain", deployment.chain)
    assert finished.returncode == 0, finished.stderr
    assert "issued again for the key of generation 1" in finished.stdout


def test_what_does_not_belong_is_left_out_and_so_is_the_root(deployment: Deployment) -> None:
    deployment.issued()
    more = deployment.write("more.pem", Authority("Stranger").pem + deployment.root.pem + deployment.issuing.pem)
    finished = deployment.take_in("leaf.pem", "--key", "leaf.key", "--chain", more)
    assert finished.returncode == 0
    assert "does not belong to this chain: Stranger" in finished.stdout
    assert "The root was left out" in finished.stdout
    live = deployment.store.live("public", "ecdsa")
    assert live is not None
    assert len(live.chain) == 2


def test_a_root_of_ones_own_is_given_once_and_remembered(deployment: Deployment) -> None:
    own = Authority("Contoso Root CA")
    issued = own.issue(names=NAMES)
    deployment.write("own.pem", issued.pem + issued.key_pem)
    root = deployment.write("root.cer", der(own.certificate))
    finished = deployment.take_in("own.pem", "--root", root)
    assert finished.returncode == 0, finished.stderr
    assert "warning" in finished.stderr  # the plan says public
    checked = deployment.run("check", deployment.topology, "--format", "json")
    assert checked.returncode == 0, checked.stderr
    assert [one["code"] for one in json.loads(checked.stdout)["problems"]] == ["certificate.issuer-private"]


def test_json_is_for_programs(deployment: Deployment) -> None:
    deployment.issued()
    finished = deployment.take_in("leaf.pem", "--key", "leaf.key", "--chain", deployment.chain, "--format", "json")
    told = json.loads(finished.stdout)
    assert (told["ok"], told["name"], told["kind"], told["generation"]) == (True, "public", "ecdsa", 1)
    assert told["chain"][0]["names"] == list(NAMES)


# What is refused


def wrong_passphrase(deployment: Deployment) -> list[str | Path]:
    issued = deployment.issued()
    data = as_pfx([issued.certificate], issued.key, b"open sesame", "")  # type: ignore[arg-type]
    deployment.write("wrong.txt", b"open barley\n")
    return [deployment.write("leaf.pfx", data), "--passphrase-file", "wrong.txt"]


def no_passphrase(deployment: Deployment) -> list[str | Path]:
    return wrong_passphrase(deployment)[:1]


def encrypted_key(deployment: Deployment) -> list[str | Path]:
    issued = deployment.issued()
    closed = issued.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"open sesame"))
    return ["leaf.pem", "--key", deployment.write("closed.key", closed)]


def wrong_key(deployment: Deployment) -> list[str | Path]:
    deployment.issued("other")
    deployment.issued()
    return ["leaf.pem", "--key", "other.key", "--chain", deployment.chain]


def no_key(deployment: Deployment) -> list[str | Path]:
    deployment.issued()
    deployment.requested()
    return ["leaf.pem", "--chain", deployment.chain]


def missing_intermediate(deployment: Deployment) -> list[str | Path]:
    deployment.issued()
    return ["leaf.pem", "--key", "leaf.key"]


def expired(deployment: Deployment) -> list[str | Path]:
    deployment.issued(begins=NOW - 100 * DAY)
    return ["leaf.pem", "--key", "leaf.key", "--chain", deployment.chain]


def not_yet_valid(deployment: Deployment) -> list[str | Path]:
    deployment.issued(begins=NOW + DAY)
    return ["leaf.pem", "--key", "leaf.key", "--chain", deployment.chain]


def wrong_names(deployment: Deployment) -> list[str | Path]:
    deployment.issued(names=NAMES[:3])
    return ["leaf.pem", "--key", "leaf.key", "--chain", deployment.chain]


def old(deployment: Deployment, digest: str, bits: int) -> list[str | Path]:
    leaf, key = outdated(deployment.directory, digest, bits, NAMES)
    return [leaf, "--key", key, "--root", "old-root.pem", "--for", "public"]


def only_a_key(deployment: Deployment) -> list[str | Path]:
    deployment.issued()
    return ["leaf.key"]


def key_in_place_of_the_chain(deployment: Deployment) -> list[str | Path]:
    deployment.issued()
    return ["leaf.pem", "--key", "leaf.key", "--chain", "leaf.key"]


def certificate_in_place_of_the_key(deployment: Deployment) -> list[str | Path]:
    deployment.issued()
    return ["leaf.pem", "--key", "leaf.pem", "--chain", deployment.chain]


def the_request_itself(deployment: Deployment) -> list[str | Path]:
    request = deployment.requested()
    return [deployment.write("public.req", request.csr.public_bytes(Encoding.PEM))]


def garbage(deployment: Deployment) -> list[str | Path]:
    return [deployment.write("garbage.pem", b"<html>404 Not Found</html>")]


def missing(deployment: Deployment) -> list[str | Path]:
    return ["none.pem"]


REFUSED: dict[str, tuple[Callable[[Deployment], list[str | Path]], str]] = {
    "wrong password": (wrong_passphrase, "The passphrase does not open this PFX file"),
    "no password": (no_passphrase, "needs a passphrase"),
    "an encrypted key": (encrypted_key, "This private key needs a passphrase"),
    "wrong key": (wrong_key, "does not belong to the certificate"),
    "no key": (no_key, "Requests that wait"),
    "missing intermediate": (missing_intermediate, "The chain is not complete: the certificate of CN=Public Issuing"),
    "expired": (expired, "The certificate expired on"),
    "not yet valid": (not_yet_valid, "valid only from"),
    "wrong names": (wrong_names, "does not have the name lyncdiscover.contoso.com"),
    "SHA-1": (lambda deployment: old(deployment, "sha1", 2048), "signed with SHA-1"),
    "1024 bits": (lambda deployment: old(deployment, "sha256", 1024), "has 1024 bits"),
    "a private key in the wrong file": (only_a_key, "This is a private key, and no certificate"),
    "a private key as chain": (key_in_place_of_the_chain, "This is a private key, and no certificate"),
    "a certificate as key": (certificate_in_place_of_the_key, "There is no private key in this file"),
    "the request itself": (the_request_itself, "This is a certificate request, not the answer to it"),
    "garbage": (garbage, "There is no certificate in this file"),
    "a file that is not there": (missing, "There is no such file"),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_each_fault_is_one_clear_message_and_the_old_generation_is_intact(fault: str, deployment: Deployment) -> None:
    before = deployment.with_live()
    make, message = REFUSED[fault]
    finished = deployment.take_in(*make(deployment))
    assert finished.returncode == (2 if fault == "a file that is not there" else 1)
    assert finished.stderr.count("error: ") == 1, finished.stderr
    assert message in finished.stderr
    assert "barley" not in finished.stderr
    assert (deployment.live(), deployment.numbers()) == (1, [1])
    live = deployment.store.live("public", "ecdsa")
    assert live is not None
    assert live.leaf == before.certificate


def test_a_key_that_everybody_can_read_is_warned_about(deployment: Deployment) -> None:
    issued = deployment.issued()
    deployment.write("leaf.key", issued.key_pem, mode=0o644)
    finished = deployment.take_in("leaf.pem", "--key", "leaf.key", "--chain", deployment.chain)
    assert finished.returncode == 0
    assert finished.stderr.count("warning: ") == 1
    assert "Everybody on this machine can read this private key" in finished.stderr


def test_a_key_that_this_user_may_not_read_is_one_message(deployment: Deployment) -> None:
    deployment.with_live()
    issued = deployment.issued()
    deployment.write("leaf.key", issued.key_pem, mode=0)
    told = as_nobody(deployment, lambda: deployment.take_in("leaf.pem", "--key", "leaf.key"))
    assert told.returncode == 2
    assert told.stderr.count("error: ") == 1, told.stderr
    assert "leaf.key: You may not read this file." in told.stderr
    assert deployment.live() == 1


def as_nobody(deployment: Deployment, work: Callable[[], Finished]) -> Finished:
    """Root reads everything: what is done, is done as a user without rights, to whom the directory belongs."""
    if os.geteuid() != 0:
        return work()
    paths = [deployment.directory, *deployment.directory.rglob("*")]
    for path in paths:
        os.chown(path, NOBODY, NOBODY)
    # pytest's own directories above are closed to others.
    before = {above: above.stat().st_mode for above in deployment.directory.parents}
    closed = {above: mode for above, mode in before.items() if mode & 0o011 != 0o011}
    try:
        for above, mode in closed.items():
            above.chmod(mode | 0o011)  # its group is still root's
        os.seteuid(NOBODY)
        return work()
    finally:
        os.seteuid(0)
        for above, mode in closed.items():
            above.chmod(mode)


def test_force_is_loud_and_remembered(deployment: Deployment) -> None:
    deployment.issued(names=NAMES[:3])
    finished = deployment.take_in("leaf.pem", "--key", "leaf.key", "--chain", deployment.chain, "--force")
    assert finished.returncode == 0
    assert "FORCED" in finished.stderr
    live = deployment.store.live("public", "ecdsa")
    assert live is not None
    assert live.facts.forced == ("certificate.name-missing",)


def test_an_answer_to_another_request_is_not_taken_for_this_one(deployment: Deployment) -> None:
    request = deployment.requested()
    finished = deployment.take_in(answer(deployment, request), "--chain", deployment.chain, "--for", "fabrikam")
    assert finished.returncode == 1
    assert "answers the request for public" in finished.stderr


def test_a_key_of_a_kind_that_clients_do_not_know_is_refused(deployment: Deployment) -> None:
    openssl("genpkey", "-algorithm", "ed25519", "-out", "ed.key", directory=deployment.directory)
    options = ["-key", "ed.key", "-subj", "/CN=x", "-days", "9", "-out", "ed.pem"]
    openssl("req", "-x509", *options, directory=deployment.directory)
    finished = deployment.take_in("ed.pem", "--key", "ed.key")
    assert finished.returncode == 1
    assert "neither RSA nor ECDSA" in finished.stderr


def test_help_shows_examples(deployment: Deployment) -> None:
    assert "bridgehead certificate import public.cer" in deployment.run("import", "--help").stdout


def test_a_pfx_may_bring_back_the_key_of_a_request(deployment: Deployment) -> None:
    request = deployment.requested(exportable=True)
    signed = deployment.issuing.sign(request.csr.public_key(), NAMES[0], Wish(names=NAMES))
    data = as_pfx([signed, deployment.issuing.certificate], request.key(), b"open sesame", "Windows")
    deployment.write("pass.txt", b"open sesame")
    finished = deployment.take_in(deployment.write("back.pfx", data), "--passphrase-file", "pass.txt")
    assert finished.returncode == 0, finished.stderr
    assert deployment.store.requests() == ()


def test_without_a_topology_it_is_said_that_names_were_not_judged(deployment: Deployment) -> None:
    request = deployment.requested()
    came = answer(deployment, request)
    finished = deployment.run("import", came, "--chain", deployment.chain, "--store", deployment.store.directory)
    assert finished.returncode == 0, finished.stderr
    assert "its names were not compared with anything" in finished.stderr
    assert "--topology" in finished.stderr


@pytest.mark.parametrize("option", ["--chain", "--root", "--key", "--passphrase-file"])
def test_a_file_that_is_not_there_keeps_it_from_beginning(option: str, deployment: Deployment) -> None:
    deployment.issued()
    finished = deployment.take_in("leaf.pem", option, "none.pem")
    assert (finished.returncode, finished.stderr.count("error: ")) == (2, 1)


def test_a_wrong_key_is_told_under_its_own_name(deployment: Deployment) -> None:
    deployment.issued()
    deployment.issued("other")
    finished = deployment.take_in("leaf.pem", "--key", "other.key")
    assert "error: other.key: This private key does not belong to the certificate in leaf.pem" in finished.stderr


def test_a_passphrase_from_a_pipe_opens_every_file(deployment: Deployment) -> None:
    first, second = deployment.issued(), deployment.issuing.certificate
    key = first.key
    assert hasattr(key, "private_bytes")
    deployment.write("leaf.key", key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"hop")))
    deployment.write("issuing.pem", pem(second))
    reader, writer = os.pipe()
    os.write(writer, b"hop\n")
    os.close(writer)
    try:
        finished = deployment.take_in(
            "leaf.pem", "issuing.pem", "--key", "leaf.key", "--passphrase-file", f"/dev/fd/{reader}"
        )
    finally:
        os.close(reader)
    assert finished.returncode == 0, finished.stderr
