"""The local socket to ask a running proxy on.

`status`, `spec`, `reload`, `schedule`, `challenges`, `explain`, `shield`, `shield-clear`, `drain`: one JSON object each
way, ended by a line feed. Who may write to the socket may change the proxy: mode 0600.
"""

from __future__ import annotations

import json
import os
import socket
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridgehead.problems import Problem, ProblemsFound
from bridgehead.proxy.challenges import read_challenges

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgehead.proxy.supervisor import Supervisor

ANSWER_SECONDS = 60.0
_LONGEST_QUESTION = 131072
"""The answers to 200 challenges take up to 120 KB, everything else a line."""
_QUESTION_SECONDS = 1.0


def default_path() -> Path:
    """Where the socket is, unless somebody says otherwise: systemd's runtime directory, or the user's own."""
    given = os.environ.get("BRIDGEHEAD_CONTROL")
    if given:
        return Path(given)
    directory = os.environ.get("RUNTIME_DIRECTORY") or ("/run/bridgehead" if os.geteuid() == 0 else "")
    if directory:
        return Path(directory) / "control.sock"
    fallback = os.environ.get("XDG_RUNTIME_DIR") or "/tmp"  # noqa: S108 - named by user, and of mode 0600
    return Path(fallback) / f"bridgehead-{os.geteuid()}.sock"


class ControlSocket:
    """The supervisor's end."""

    def __init__(self, path: Path) -> None:
        """Listen. Raises ProblemsFound where another proxy listens there, or the place cannot be used."""
        self._path = path
        if _somebody_listens(path):
            message = f"another running proxy listens on {path}."
            hint = "Stop it, or give each its own --control PATH."
            raise ProblemsFound([Problem("control.in-use", str(path), message, hint)])
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            before = os.umask(0o177)
            try:
                self._listener.bind(str(path))
            finally:
                os.umask(before)
            self._listener.listen(8)
        except OSError as error:
            message = f"the control socket cannot be made: {error.strerror or error}."
            raise ProblemsFound(
                [Problem("control.unusable", str(path), message, "Give another --control PATH.")]
            ) from None
        self._clients: list[socket.socket] = []

    def descriptors(self) -> list[socket.socket]:
        """What the supervisor waits on."""
        return [self._listener, *self._clients]

    def serve(self, readable: list[Any], supervisor: Supervisor) -> None:
        """Take new connections, and answer those that have asked."""
        for client in [client for client in self._clients if client in readable]:
            self._clients.remove(client)
            with client, suppress(OSError):
                question = _question(client)
                if question:
                    client.settimeout(ANSWER_SECONDS)
                    client.sendall(json.dumps(_answer(question, supervisor)).encode() + b"\n")
        if self._listener in readable:
            with suppress(OSError):
                self._clients.append(self._listener.accept()[0])

    def forget(self) -> None:
        """In a worker: close the copies that came with the fork."""
        for sock in self.descriptors():
            sock.close()

    def close(self) -> None:
        """Stop listening and remove the socket."""
        self.forget()
        self._path.unlink(missing_ok=True)


def _question(client: socket.socket) -> bytes:
    """One line. Nobody else is served meanwhile, so it has to come at once."""
    end = time.monotonic() + _QUESTION_SECONDS
    question = b""
    while b"\n" not in question and len(question) < _LONGEST_QUESTION:
        client.settimeout(max(end - time.monotonic(), 0.001))
        more = client.recv(65536)
        if not more:
            break
        question += more
    return question


def _answer(question: bytes, supervisor: Supervisor) -> dict[str, Any]:
    try:
        asked = json.loads(question)
        wanted = asked["do"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return _refused([Problem("control.unknown", "", "not understood")])
    try:
        return {"ok": True, **_carry_out(wanted, asked, supervisor)}
    except ProblemsFound as found:
        return _refused(found.problems)
    except Exception as error:  # noqa: BLE001 - whatever it is, the proxy outlives it
        traceback.print_exc()
        return _refused([Problem(f"{wanted}.failed", "", f"nothing has changed: {error}")])


def _refused(problems: Sequence[Problem]) -> dict[str, Any]:
    return {"ok": False, "problems": [problem.as_json() for problem in problems]}


def _carry_out(wanted: object, asked: dict[str, Any], supervisor: Supervisor) -> dict[str, Any]:
    match wanted:
        case "status":
            supervisor.gather_reports()
            return supervisor.status()
        case "spec":
            return {"spec": supervisor.snapshot.spec.model_dump(mode="json")}
        case "reload":
            return {"said": supervisor.reload()}
        case "schedule":
            # Being asked has woken the supervisor, and it looks at its schedule each time it wakes.
            return {"next_change": supervisor.timekeeper.next_change(time.time())}
        case "challenges":
            return {"listeners": supervisor.answer_challenges(read_challenges(asked, time.monotonic()))}
        case "explain":
            return _explain(asked, supervisor)
        case "shield":
            supervisor.gather_reports()
            return {"shield": supervisor.shield.status(supervisor.snapshot.spec.shield)}
        case "shield-clear":
            return _clear(asked, supervisor)
        case "drain":
            supervisor.stop()
            return {"said": "no new connections are taken; it ends when those in hand have finished"}
        case other:
            raise ProblemsFound([Problem("control.unknown", "", f"{other!r} is unknown")])


def _explain(asked: dict[str, Any], supervisor: Supervisor) -> dict[str, Any]:
    whom, last = asked.get("whom"), asked.get("last")
    if not isinstance(whom, str) or not isinstance(last, int) or last < 1:
        raise ProblemsFound([Problem("control.unknown", "", "`explain` needs whom, and of how many connections")])
    supervisor.gather_reports()
    return supervisor.logins.find(whom, last)


def _clear(asked: dict[str, Any], supervisor: Supervisor) -> dict[str, Any]:
    wanted = asked.get("whose")
    if wanted is not None and not isinstance(wanted, str):
        raise ProblemsFound([Problem("control.unknown", "", "`shield-clear` takes an account's name, or an address")])
    supervisor.gather_reports()
    return supervisor.shield.clear(supervisor.snapshot.spec.shield, wanted)


def may_run(path: Path) -> bool:
    """Whether a proxy may be running there: false where nothing is, or what is there was left behind by one."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        try:
            sock.connect(str(path))
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
            return False
        except OSError:
            return True
        return True


def _somebody_listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        try:
            sock.connect(str(path))
        except OSError:
            return False
        return True


def ask(path: Path, wanted: str, **more: object) -> dict[str, Any]:
    """Ask a running proxy, with whatever else belongs to the question. Raises ProblemsFound where none answers."""
    hint = "Is `bridgehead serve` running, by this user? --control PATH says where its socket is."
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            sock.settimeout(ANSWER_SECONDS)
            sock.connect(str(path))
            sock.sendall(json.dumps({"do": wanted, **more}).encode() + b"\n")
            answer = b""
            while piece := sock.recv(65536):
                answer += piece
        told: dict[str, Any] = json.loads(answer)
    except (OSError, ValueError) as error:
        message = f"no proxy answers on this socket: {error}."
        raise ProblemsFound([Problem("control.no-answer", str(path), message, hint)]) from None
    return told
