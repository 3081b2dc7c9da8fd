"""The local socket of a running proxy, and what is left where one ran."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from bridgehead.proxy.control import ControlSocket, ask, may_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.proxy.wire import Proxy, ScriptedServer


def test_a_proxy_runs_where_one_listens_and_nowhere_else(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    assert not may_run(path)
    control = ControlSocket(path)
    assert may_run(path)
    control.forget()  # as a killed proxy leaves it: there, and nobody behind it
    assert path.exists()
    assert not may_run(path)
    assert not may_run(path / "below a file")


@pytest.mark.parametrize(
    "question",
    [
        b"{}\n",
        b"hello\n",
        b"[" * 3000 + b"\n",
        b"\xff\n",
        b'{"do": ["status"]}\n',
        b'{"do": "challenges"}\n',
        b'{"do": "challenges", "answers": [{"host": null}]}\n',
        b"\n",
    ],
)
def test_what_is_not_understood_is_said_and_the_proxy_goes_on(
    start: Callable[..., Proxy], server: ScriptedServer, question: bytes
) -> None:
    proxy = start(server)
    with socket.socket(socket.AF_UNIX) as asking:
        asking.connect(str(proxy.control))
        asking.sendall(question)
        assert b'"ok": false' in asking.makefile("rb").readline()
    assert ask(proxy.control, "status")["ok"]
