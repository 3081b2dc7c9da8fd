"""The worker's side of its channel to the supervisor: what it is told, and what it answers."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from bridgehead.problems import ProblemsFound
from bridgehead.proxy.challenges import Challenges
from bridgehead.proxy.channel import Channel, Message, unpacked
from bridgehead.proxy.snapshot import Snapshot
from bridgehead.spec import ProxySpec

if TYPE_CHECKING:
    from bridgehead.proxy.worker import Address, Worker


class Obedience:
    """Takes the supervisor's messages in the worker's loop. A change comes in two steps: `prepare`, then `commit`."""

    def __init__(self, worker: Worker, channel: Channel) -> None:
        self._worker = worker
        self._channel = channel
        self._prepared: tuple[Snapshot, dict[Address, socket.socket]] | None = None
        channel.sock.setblocking(False)
        worker.loop.add_reader(channel.sock.fileno(), self._on_message)

    def _on_message(self) -> None:
        try:
            while True:
                message, descriptors = self._channel.receive()
                self._answer(self._obey(message, descriptors))
        except BlockingIOError:
            return
        except (EOFError, OSError):  # OSError: it died before it had read an answer
            # The supervisor is gone, and with it everything that could replace or stop this worker.
            self._worker.loop.remove_reader(self._channel.sock.fileno())
            self._worker.stop()

    def _obey(self, message: Message, descriptors: list[int]) -> Message:
        match message["do"]:
            case "prepare":
                return self._prepare(message, descriptors)
            case "commit":
                return self._commit()
            case "abort":
                return self._abort()
            case "challenges":
                self._worker.answer_challenges(Challenges.from_message(message))
                return {"answering": True}
            case "status":
                return {"status": self._worker.status()}
            case "report":
                self._worker.reports.flush()
                return {"reported": True}
            case other:
                return {"problem": f"{other} is unknown"}

    def _prepare(self, message: Message, descriptors: list[int]) -> Message:
        sockets = {
            (host, port): socket.socket(fileno=descriptor)
            for (host, port), descriptor in zip(message["addresses"], descriptors, strict=True)
        }
        try:
            spec = ProxySpec.model_validate(message["spec"])
            snapshot = Snapshot.build(spec, unpacked(message["material"]))
        except (ProblemsFound, ValueError) as problem:
            for sock in sockets.values():
                sock.close()
            return {"problem": str(problem)}
        self._prepared = (snapshot, sockets)
        return {"prepared": True}

    def _commit(self) -> Message:
        prepared, self._prepared = self._prepared, None
        if prepared is None:
            return {"problem": "nothing was prepared"}
        self._worker.adopt(*prepared)
        return {"committed": True}

    def _abort(self) -> Message:
        prepared, self._prepared = self._prepared, None
        if prepared is not None:
            for sock in prepared[1].values():
                sock.close()
        return {"aborted": True}

    def _answer(self, message: Message) -> None:
        # Answers are short: the kernel takes them whole, or the supervisor is gone.
        self._channel.send(message)
