"""The questions, answered by a pipe, and over a terminal as people do."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Self

import pytest
from cryptography import x509

from bridgehead.certificates.store.store import Store
from tests.cli.certificate.requesting import command, contoso, left_behind, request
from tests.planning.deployments import EDGE

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE_SECONDS = 30
QUESTIONS = (
    "Suppress default extensions",
    "Friendly name",
    "Description",
    "Common name",
    "Add an organization, locality or country",
    "Another DNS name",
    "Add client authentication",
    "Key (rsa-2048",
    "A second request for an ECDSA key",
    "Make the private key exportable",
    "Keep this request and its key",
    "File name",
    "File format",
)
"""In the order of the document's steps 5, 7, 7, 8, 8, 9, 12, 13, 13, 13, 16, 18, 19."""


class Terminal:
    """The command on a pseudo-terminal: waits for a question, then types."""

    def __init__(self, directory: Path, *arguments: str | Path) -> None:
        self._ours, theirs = pty.openpty()
        self.said = ""
        # A session of its own, with the terminal as its own, so that Ctrl-C reaches it as from a keyboard.
        self.process = subprocess.Popen(
            ["setsid", "--ctty", "--wait", *command(*arguments)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=directory,
            env={**os.environ, "COLUMNS": "120", "TERM": "dumb"},
        )
        os.close(theirs)

    def answer(self, question: str, text: str) -> None:
        self.wait_for(question)
        os.write(self._ours, text.encode())

    def interrupt(self, question: str, then: str) -> None:
        """Press Ctrl-C at a question until these words are said."""
        self.wait_for(question)
        self.wait_for(": ")
        # Python overlooks a signal that comes in the instant before it waits for input; a person presses once more.
        while not self._heard(then, 1):
            os.write(self._ours, b"\x03")

    def wait_for(self, words: str) -> None:
        """Read until these words were said, after all that was waited for before."""
        assert self._heard(words, PATIENCE_SECONDS), f"{words!r} did not come after {self.said!r}"

    def _heard(self, words: str, patience: float) -> bool:
        ends = time.monotonic() + patience
        while words not in self.said:
            if not select.select([self._ours], [], [], max(0.0, ends - time.monotonic()))[0]:
                return False
            try:
                self.said += os.read(self._ours, 65536).decode()
            except OSError:  # the other side is gone
                raise AssertionError(f"{words!r} did not come, but the end, after {self.said!r}") from None
        self.said = self.said.partition(words)[2]
        return True

    def status(self) -> int:
        """Its exit status; what it says until then is read, so that it can end."""
        while True:
            try:
                if not os.read(self._ours, 65536):
                    break
            except OSError:  # EIO: the terminal has no other side any more
                break
        return self.process.wait(PATIENCE_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._ours)


def test_over_a_terminal_enter_takes_what_is_planned_at_every_question(tmp_path: Path) -> None:
    with Terminal(tmp_path, contoso(tmp_path), "--interactive") as terminal:
        for question in QUESTIONS:
            terminal.answer(question, "\n")
        terminal.wait_for("What to send where")
        assert terminal.status() == 0
    made = x509.load_pem_x509_csr((tmp_path / "public.req").read_bytes())
    assert made.subject.rfc4514_string() == "CN=webext.contoso.com"
    assert len(Store(tmp_path / "store").requests("public")) == 1


@pytest.mark.parametrize("question", [QUESTIONS[0], QUESTIONS[10], QUESTIONS[11]])
def test_ctrl_c_at_a_question_leaves_nothing_behind(question: str, tmp_path: Path) -> None:
    with Terminal(tmp_path, contoso(tmp_path), "--interactive") as terminal:
        for before in QUESTIONS[: QUESTIONS.index(question)]:
            terminal.answer(before, "\n")
        terminal.interrupt(question, "Broken off: nothing was made.")
        assert terminal.status() == 2
    assert left_behind(tmp_path) == set()


def test_the_end_of_the_answers_leaves_nothing_behind(tmp_path: Path) -> None:
    file = contoso(tmp_path)
    for answers in range(len(QUESTIONS)):
        finished = request(tmp_path, file, "-i", answers="\n" * answers)
        assert (finished.returncode, left_behind(tmp_path)) == (2, set()), answers


def test_answers_change_what_was_planned(tmp_path: Path) -> None:
    given = {
        "Suppress": "y",
        "Friendly name": "Front door",
        "Description": "Rack 7",
        "Common name": "webdirext.contoso.com",
        "Add an organization": "y\nContoso\n\nZürich\n\nCH",
        "Another DNS name": "more.contoso.com\n-dialin.contoso.com\n",
        "client": "y",
        "Key": "ecdsa-p384",
        "exportable": "y",
        "Keep": "y",
        "File name": "mine.req",
        "File format": "binary",
    }
    finished = request(tmp_path, contoso(tmp_path), "-i", answers="\n".join(given.values()) + "\n")
    assert finished.returncode == 0, finished.stderr
    made = x509.load_der_x509_csr((tmp_path / "mine.req").read_bytes())
    assert [one.value for one in made.subject] == ["CH", "Zürich", "Contoso", "webdirext.contoso.com"]
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    listed = names.get_values_for_type(x509.DNSName)
    assert listed[0] == "webdirext.contoso.com"
    assert "more.contoso.com" in listed
    assert "dialin.contoso.com" not in listed
    assert len(list(made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)) == 2
    assert made.public_key().key_size == 384  # type: ignore[union-attr]  # an EC key has one
    facts = Store(tmp_path / "store").requests()[0].facts
    assert (facts.friendly_name, facts.description, facts.exportable) == ("Front door", "Rack 7", True)
    assert "extra care" in finished.stderr


def test_a_wrong_answer_is_asked_again(tmp_path: Path) -> None:
    answers = [
        *("maybe", "n", "", "", "192.0.2.1", "webext.contoso.com", "n"),
        *("https://x", "-nobody.contoso.com", "", "n", "rsa-1024", "rsa-2048", "n", "n", "y", "", "paper", "base64"),
    ]
    finished = request(tmp_path, contoso(tmp_path), "-i", answers="\n".join(answers) + "\n")
    assert finished.returncode == 0, finished.stderr
    assert "is an IP address" in finished.stderr
    assert "is not a host name" in finished.stderr
    assert "-nobody.contoso.com".removeprefix("-") + " cannot be taken out" in finished.stderr
    assert (tmp_path / "public.req").exists()


def test_a_file_that_exists_is_asked_about(tmp_path: Path) -> None:
    (tmp_path / "public.req").write_bytes(b"precious")
    usual = "\n" * QUESTIONS.index("File name")
    finished = request(tmp_path, contoso(tmp_path), "-i", answers=f"{usual}public.req\nn\nother.req\n\n")
    assert finished.returncode == 0, finished.stderr
    assert (tmp_path / "public.req").read_bytes() == b"precious"
    assert (tmp_path / "other.req").exists()


def test_of_several_certificates_one_is_chosen(tmp_path: Path) -> None:
    answers = "9\n2\n" + "\n" * len(QUESTIONS)
    finished = request(tmp_path, contoso(tmp_path, EDGE), "-i", answers=answers)
    assert finished.returncode == 0, finished.stderr
    assert Store(tmp_path / "store").names() == ("sip.contoso.com external",)


def test_a_request_that_is_not_kept_leaves_nothing_behind(tmp_path: Path) -> None:
    usual = "\n" * QUESTIONS.index("Keep this request and its key")
    finished = request(tmp_path, contoso(tmp_path), "-i", answers=f"{usual}n\n")
    assert (finished.returncode, left_behind(tmp_path)) == (2, set())


def test_a_signal_ends_it_without_a_trace(tmp_path: Path) -> None:
    with Terminal(tmp_path, contoso(tmp_path), "--interactive") as terminal:
        terminal.wait_for(QUESTIONS[0])
        terminal.process.send_signal(signal.SIGTERM)
        terminal.status()
    assert left_behind(tmp_path) == set()


def test_what_no_answer_could_mend_is_not_asked_for_ever(tmp_path: Path) -> None:
    usual = "\n" * len(QUESTIONS)
    finished = request(tmp_path, contoso(tmp_path), "-i", "--name", "192.0.2.1", answers=usual)
    assert finished.returncode == 1
    assert "is an IP address" in finished.stderr


def test_a_place_without_a_directory_is_asked_for_again(tmp_path: Path) -> None:
    usual = "\n" * QUESTIONS.index("File name")
    finished = request(tmp_path, contoso(tmp_path), "-i", answers=f"{usual}none/a.req\n.\nother.req\n\n")
    assert finished.returncode == 0, finished.stderr
    assert "There is no directory none" in finished.stderr
    assert "is a directory; name a file in it" in finished.stderr
    assert (tmp_path / "other.req").exists()
