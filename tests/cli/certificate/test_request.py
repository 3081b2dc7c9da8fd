from __future__ import annotations

import json
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from bridgehead.certificates.keys import public_key_bytes, read_key
from bridgehead.certificates.store.store import Store
from tests.cli.certificate.requesting import contoso, left_behind, request
from tests.planning.deployments import EDGE

if TYPE_CHECKING:
    from pathlib import Path


def names_in(path: Path) -> list[str]:
    extensions = x509.load_pem_x509_csr(path.read_bytes()).extensions
    return extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)


def flat(text: str) -> str:
    """Without the breaks of lines, which fall anywhere."""
    return " ".join(text.split())


def test_one_command_makes_the_request_from_the_plan(tmp_path: Path) -> None:
    finished = request(tmp_path, contoso(tmp_path))
    assert finished.returncode == 0, finished.stderr
    assert set(names_in(tmp_path / "public.req")) == {
        "webext.contoso.com",
        "webdirext.contoso.com",
        "meet.contoso.com",
        "dialin.contoso.com",
        "officewebapps01.contoso.com",
        "lyncdiscover.contoso.com",
    }
    (waiting,) = Store(tmp_path / "store").requests()
    sent = x509.load_pem_x509_csr((tmp_path / "public.req").read_bytes())
    assert (waiting.name, waiting.kind) == ("public", "rsa")
    assert public_key_bytes(waiting.key()) == public_key_bytes(sent)
    assert stat.S_IMODE(waiting.key_path.stat().st_mode) == 0o600


def test_it_shows_what_was_asked_for_and_why_and_what_to_send_where(tmp_path: Path) -> None:
    said = flat(request(tmp_path, contoso(tmp_path)).stdout)
    for words in (
        "11 Key usage digital signature, key encipherment; critical",
        "Reverse Proxy Listener for Lync Server",
        "Send public.req to your public certification authority",
        "--only-commands",
    ):
        assert words in said
    assert "PRIVATE KEY" not in said


def test_openssl_reads_the_request_of_the_example_with_client_authentication(tmp_path: Path) -> None:
    finished = request(tmp_path, contoso(tmp_path), "--client-authentication")
    assert finished.returncode == 0
    assert "warning: extended key usage: Public authorities are withdrawing" in finished.stderr
    read = ["openssl", "req", "-in", str(tmp_path / "public.req"), "-noout", "-text", "-verify"]
    text = subprocess.run(read, capture_output=True, text=True, check=True, timeout=60).stdout
    assert "Subject: CN=webext.contoso.com\n" in text.replace(" = ", "=")
    assert "Public-Key: (2048 bit)" in text
    assert "X509v3 Key Usage: critical\n                    Digital Signature, Key Encipherment\n" in text
    assert "X509v3 Extended Key Usage: \n" in text
    assert "TLS Web Server Authentication, TLS Web Client Authentication\n" in text


def test_a_private_authority_is_asked_for_client_authentication_and_the_reason_is_shown(tmp_path: Path) -> None:
    finished = request(tmp_path, contoso(tmp_path, '[plan]\nissuer = "private"\n'))
    said = flat(finished.stdout)
    assert "server authentication, client authentication;" in said
    assert "Step 12 adds both; an authority of your own" in said
    assert "Submit public.req to your own authority" in said
    assert "Phones, partners and guests in meetings do not trust it" in said


def test_both_kinds_of_key_are_two_requests_side_by_side(tmp_path: Path) -> None:
    finished = request(tmp_path, contoso(tmp_path), "--also-ecdsa", "-o", "contoso.csr")
    assert finished.returncode == 0, finished.stderr
    assert names_in(tmp_path / "contoso.csr") == names_in(tmp_path / "contoso-ecdsa.csr")
    assert [one.kind for one in Store(tmp_path / "store").requests("public")] == ["rsa", "ecdsa"]


@pytest.mark.parametrize("key", ["rsa-3072", "ecdsa-p384"])
def test_the_key_is_as_asked_for(key: str, tmp_path: Path) -> None:
    assert request(tmp_path, contoso(tmp_path), "--key", key).returncode == 0
    size = x509.load_pem_x509_csr((tmp_path / "public.req").read_bytes()).public_key().key_size  # type: ignore[union-attr]  # both kinds have one
    assert str(size) in key


def test_nothing_is_overwritten_unless_it_is_told_to(tmp_path: Path) -> None:
    file = contoso(tmp_path)
    (tmp_path / "public.req").write_bytes(b"precious")
    finished = request(tmp_path, file)
    assert finished.returncode == 2
    assert "public.req: The file exists, and was left as it is." in finished.stderr
    assert (tmp_path / "public.req").read_bytes() == b"precious"
    assert left_behind(tmp_path) == {"public.req"}
    assert request(tmp_path, file, "--force").returncode == 0
    assert len(names_in(tmp_path / "public.req")) == 6


def test_binary_is_written_where_the_authority_wants_it(tmp_path: Path) -> None:
    request(tmp_path, contoso(tmp_path), "--file-format", "binary", "--suppress-default-extensions")
    made = x509.load_der_x509_csr((tmp_path / "public.req").read_bytes())
    assert x509.SubjectKeyIdentifier.oid not in {one.oid for one in made.extensions}


def test_names_may_be_given_by_hand_and_the_key_go_into_a_file(tmp_path: Path) -> None:
    finished = request(
        tmp_path, "--name", "webext.contoso.com", "--name", "Bücher.example", "--output-key", "webext.key"
    )
    assert finished.returncode == 0, finished.stderr
    assert names_in(tmp_path / "webext.contoso.com.req") == ["webext.contoso.com", "xn--bcher-kva.example"]
    assert "(bücher.example)" in finished.stdout
    assert stat.S_IMODE((tmp_path / "webext.key").stat().st_mode) == 0o600
    assert left_behind(tmp_path) == {"webext.contoso.com.req", "webext.key"}


def test_the_key_in_a_file_is_encrypted_where_a_passphrase_is_given(tmp_path: Path) -> None:
    (tmp_path / "phrase").write_text("correct horse\n")
    arguments = ("--name", "a.example.com", "--output-key", "a.key", "--passphrase-file", "phrase")
    finished = request(tmp_path, *arguments)
    assert finished.returncode == 0, finished.stderr
    assert read_key(tmp_path / "a.key", b"correct horse").key_size == 2048
    assert "horse" not in finished.stdout + finished.stderr


def test_a_name_added_to_the_planned_ones_is_told_apart(tmp_path: Path) -> None:
    finished = request(tmp_path, contoso(tmp_path), "--name", "proxy.contoso.local")
    assert "proxy.contoso.local" in names_in(tmp_path / "public.req")
    said = flat(finished.stdout)
    assert "proxy.contoso.local: added by hand; the plan does not know who would use it." in said
    assert "WARNING: public authorities issue no certificate with names that end inside the organisation" in said


def test_several_planned_certificates_are_listed_and_nothing_is_made(tmp_path: Path) -> None:
    file = contoso(tmp_path, EDGE)
    finished = request(tmp_path, file)
    assert finished.returncode == 2
    for name in ("'public'", "'sip.contoso.com external'", "'sip.contoso.com A/V Authentication'"):
        assert name in finished.stderr
    assert left_behind(tmp_path) == set()


def test_the_edges_certificates_are_requested_by_name(tmp_path: Path) -> None:
    file = contoso(tmp_path, EDGE)
    for name in ("sip.contoso.com external", "sip.contoso.com A/V Authentication", "sip.contoso.com internal"):
        assert request(tmp_path, file, name).returncode == 0, name
    assert names_in(tmp_path / "sip.contoso.com-external.req") == ["sip.contoso.com", "webcon.contoso.com"]
    assert {one.facts.exportable for one in Store(tmp_path / "store").requests("sip.contoso.com external")} == {True}
    assert set(Store(tmp_path / "store").names()) == {
        "sip.contoso.com external",
        "sip.contoso.com A-V Authentication",
        "sip.contoso.com internal",
    }


def test_an_unknown_name_is_told_with_those_that_are_planned(tmp_path: Path) -> None:
    finished = request(tmp_path, contoso(tmp_path), "other")
    assert finished.returncode == 1
    assert "No certificate 'other' is planned." in finished.stderr
    assert "Planned: 'public'." in finished.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ((), 2, "a FILE is needed"),
        (("none.toml",), 2, "none.toml"),
        (("--name", "https://meet.contoso.com"), 1, "is not a host name"),
        (("--name", "192.0.2.1"), 1, "is an IP address"),
        (("--common-name", f"{'a' * 50}.{'b' * 20}.com"), 1, "a common name has 64 at most"),
        (("--name", "a.example.com", "--country", "Germany"), 1, "two capital letters"),
        (("--name", "a.example.com", "--output-key", "a.key", "--store", "s"), 2, "not to both"),
        (("--name", "a.example.com", "--output-key", "none/a.key"), 2, "There is no directory none"),
        (("--name", "a.example.com", "--key", "rsa-1024"), 2, "rsa-1024"),
        (("--name", "a.example.com", "--output-key", "a.key", "-o", "."), 2, "This is a directory"),
        (("--name", "a.example.com", "--output-key", "a.key", "-o", "/"), 2, "This is a directory"),
        (("--name", "a.example.com", "--output-key", "a.key", "-o", ""), 2, "This is a directory"),
        (("--name", "a.example.com", "--output-key", "a.key", "-o", "n" * 300), 2, "File name too long"),
        (("--name", "a.example.com", "--output-key", "k", "--passphrase-file", "/dev/zero"), 2, "larger than 4 MiB"),
        (("--name", "a.example.com", "--as", "../../etc"), 1, "cannot be the name of a certificate"),
    ],
)
def test_what_is_wrong_is_one_message_and_makes_nothing(
    arguments: tuple[str, ...], status: int, words: str, tmp_path: Path
) -> None:
    finished = request(tmp_path, *arguments)
    assert finished.returncode == status
    assert words in flat(finished.stderr.replace("│", ""))
    assert left_behind(tmp_path) == set()


def test_only_commands_makes_no_key_and_both_commands_are_there(tmp_path: Path) -> None:
    finished = request(tmp_path, contoso(tmp_path), "--only-commands", "--certreq", "public.inf")
    assert finished.returncode == 0, finished.stderr
    assert left_behind(tmp_path) == {"public.inf"}
    inf = (tmp_path / "public.inf").read_text(encoding="ascii")
    assert "KeySpec = 1" in inf
    assert "Exportable = TRUE" in inf
    assert "must be exportable to travel there" in flat(finished.stdout)
    assert "_continue_ = " in finished.stdout


def test_the_openssl_command_that_is_printed_makes_the_request_when_it_is_run(tmp_path: Path) -> None:
    finished = request(tmp_path, contoso(tmp_path), "--only-commands")
    _, _, printed = finished.stdout.partition("openssl req ")
    lines = [line.strip() for line in ("openssl req " + printed).splitlines()]
    end = next(number for number, line in enumerate(lines) if not line.endswith("\\"))
    subprocess.run(["sh", "-c", "\n".join(lines[: end + 1])], cwd=tmp_path, check=True, capture_output=True, timeout=60)
    assert len(names_in(tmp_path / "public.req")) == 6


def test_a_key_that_stays_where_it_is_born_need_not_be_exportable(tmp_path: Path) -> None:
    finished = request(tmp_path, contoso(tmp_path), "--only-commands", "--not-exportable")
    assert "Exportable = FALSE" in finished.stdout


def test_json_says_everything_but_the_key(tmp_path: Path) -> None:
    finished = request(tmp_path, contoso(tmp_path), "--format", "json", "--also-ecdsa", "--description", "Rack 7")
    said = json.loads(finished.stdout)
    assert [one["key_type"] for one in said["requests"]] == ["rsa-2048", "ecdsa-p256"]
    assert said["requests"][0]["pem"].encode() == (tmp_path / "public.req").read_bytes()
    assert {line["step"] for line in said["requests"][0]["review"]} == {5, 7, 8, 9, 11, 12, 13, 14}
    assert set(said["elsewhere"]["rsa-2048"]) == {"certreq_inf", "openssl"}
    assert said["description"] == "Rack 7"
    assert "PRIVATE KEY" not in finished.stdout


def test_json_of_commands_alone_has_no_request(tmp_path: Path) -> None:
    said = json.loads(request(tmp_path, contoso(tmp_path), "--format", "json", "--only-commands").stdout)
    assert said["requests"] == []
    assert "openssl req" in said["elsewhere"]["rsa-2048"]["openssl"]
    assert left_behind(tmp_path) == set()


def test_a_renewal_has_a_new_key_and_says_what_waits(tmp_path: Path) -> None:
    file = contoso(tmp_path)
    request(tmp_path, file)
    finished = request(tmp_path, file, "-o", "again.req")
    assert "Other requests for public wait for an answer" in flat(finished.stdout)
    first, second = Store(tmp_path / "store").requests("public")
    assert first.public_key_bytes != second.public_key_bytes


def test_a_file_that_does_not_use_the_store_yet_is_told(tmp_path: Path) -> None:
    file = contoso(tmp_path)
    text = file.read_text(encoding="utf-8").replace("store = true", 'chain = "chain.pem"\nkey = "key.pem"')
    file.write_text(text, encoding="utf-8")
    assert "write store = true below [certificate.public]" in flat(request(tmp_path, file).stdout)


def test_a_name_that_is_wrong_is_told_once(tmp_path: Path) -> None:
    finished = request(tmp_path, "--name", "192.0.2.1")
    assert finished.stderr.count("error: ") == 1


def test_the_import_that_is_told_of_knows_file_and_store(tmp_path: Path) -> None:
    finished = request(tmp_path, contoso(tmp_path), "--store", "elsewhere")
    assert f"import ANSWER --topology {tmp_path}/contoso.toml --store elsewhere" in flat(finished.stdout)


def test_an_inf_that_cannot_be_written_leaves_neither_request_nor_key(tmp_path: Path) -> None:
    file = contoso(tmp_path)
    (tmp_path / "public.inf").write_bytes(b"precious")
    assert request(tmp_path, file, "--certreq", "public.inf").returncode == 2
    assert left_behind(tmp_path) == {"public.inf"}
    assert Store(tmp_path / "store").requests() == ()


def test_request_and_inf_are_not_one_file(tmp_path: Path) -> None:
    file = contoso(tmp_path)
    (tmp_path / "x").write_bytes(b"precious")
    finished = request(tmp_path, file, "--force", "-o", "x", "--certreq", "x")
    assert finished.returncode == 1
    assert (tmp_path / "x").read_bytes() == b"precious"


@pytest.mark.parametrize(("more", "says"), [((), "TRUE"), (("--not-exportable",), "FALSE")])
def test_the_inf_beside_a_request_is_for_a_key_that_travels(more: tuple[str, ...], says: str, tmp_path: Path) -> None:
    assert request(tmp_path, contoso(tmp_path), "--certreq", "public.inf", *more).returncode == 0
    assert f"Exportable = {says}" in (tmp_path / "public.inf").read_text(encoding="ascii")
    assert [one.facts.exportable for one in Store(tmp_path / "store").requests()] == [False]
