"""The local socket of a running proxy, and what is left where one ran."""

from __future__ import annotations

from pathlib import Path

from bridgehead.proxy.control import ControlSocket, may_run


def test_a_proxy_runs_where_one_listens_and_nowhere_else(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    assert not may_run(path)
    socket = ControlSocket(path)
    assert may_run(path)
    socket.forget()  # as a killed proxy leaves it: there, and nobody behind it
    assert path.exists()
    assert not may_run(path)
    assert not may_run(path / "below a file")
