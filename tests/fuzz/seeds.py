"""What the fuzzer begins with, made by code: the catalogue, and words that messages are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conformance.catalogue import ANSWERS, REQUESTS
from tests.fuzz.logins import LOGINS

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST = 2000

WORDS = (
    b"Content-Length: ", b"Transfer-Encoding: chunked", b"Host: site.test", b"Connection: ", b"Upgrade: websocket",
    b"Expect: 100-continue", b"HTTP/1.1", b"HTTP/1.0", b"GET ", b"POST ", b"HTTP/1.1 200 OK", b"HTTP/1.1 204 ",
    b"\r\n", b"\r\n\r\n", b"0\r\n\r\n", b"1\r\nZ\r\n", b";a=b", b';a="b"', b"chunked", b"close", b"keep-alive",
    b"NTLMSSP\0\1\0\0\0", b"NTLMSSP\0\3\0\0\0", b"\x60\x48\6\6+\6\1\5\5\2\xa0", b"\xa1\x82\1",
    b"\6\n+\6\1\4\1\x827\2\2\n",
    b"http://site.test", b"\r\n ", b" :", b"\x00", b"\x0b", b"\xa0", b"+", b"0x", b"_",
)  # fmt: skip


def seeds(target: str) -> list[bytes]:
    """Some bytes of each kind for one target."""
    match target:
        case "request-head":
            return [case.data[:_LONGEST] for case in REQUESTS]
        case "logins":
            return LOGINS
        case "response-head":
            return [case.data[:_LONGEST] for case in ANSWERS]
        case _:
            messages = [case.data for case in (*REQUESTS, *ANSWERS) if b"hunked\r\n\r\n" in case.data]
            return [data.partition(b"\r\n\r\n")[2][:_LONGEST] for data in messages]


def write_seeds(target: str, directory: Path) -> None:
    """One file each."""
    for number, data in enumerate(seeds(target)):
        (directory / f"seed-{number:04}").write_bytes(data)


def write_words(path: Path) -> None:
    r"""The words as a dictionary of libFuzzer: one quoted string a line, all but letters as `\xNN`."""
    quoted = [
        "".join(chr(byte) if chr(byte).isalnum() and byte < 128 else f"\\x{byte:02x}" for byte in word)
        for word in WORDS
    ]
    path.write_text("".join(f'"{word}"\n' for word in quoted), "ascii")
