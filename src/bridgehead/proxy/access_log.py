"""One JSON line for each request and each event, written in batches, and never a secret in it.

Times are microseconds from the request's head: until its upstream connection was open, until its body had gone there,
until the head of the answer, until the end; -1 where that never came, or where there was no body.

Not logged: bodies, `Authorization`, `Cookie`, `Set-Cookie`, `X-MS-WebTicket`, the `cwt_ucwa` cookie, and queries,
of which Lync puts user names into one (`sipuri`) and tickets into others.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from time import monotonic, time
from typing import TYPE_CHECKING

from bridgehead.proxy.log_output import LogOutput

if TYPE_CHECKING:
    from bridgehead.proxy.client import ClientConnection
    from bridgehead.proxy.refusals import Refusal
    from bridgehead.proxy.request_in_hand import RequestInHand
    from bridgehead.proxy.rules import PublishingRule

    _Asked = tuple[bytes, str, bytes, PublishingRule | None, str, bool]
    # What is kept of a request until its line is made, in the order of `AccessLog._line`.
    _Record = tuple[
        float, str, _Asked, int, int, int,
        float, float, float, float, float, Refusal | None, str,
    ]  # fmt: skip

FORMATTED_AT_ONCE = 100
WRITTEN_AT_ONCE = 300

_ESCAPED = str.maketrans({'"': '\\"', "\\": "\\\\"})
# In a path where a query should be: behind an encoded question mark, or as a parameter.
_SIPURI = re.compile(r"sipuri[^/]*", re.IGNORECASE)
_CLIENT = '"event":"request","client":"%s","listener":"%s",%s"id":"%s-%x-'
_ASKED = '"method":"%s","host":"%s","path":"%s","rule":"%s","server":"%s","bound":%s'
_LINE = (
    '{"time":"%s.%03dZ",%s%x",%s,"status":%d,"received":%d,"sent":%d,'
    '"connect_us":%d,"upload_us":%d,"answer_us":%d,"total_us":%d'
)
REMEMBERED = 512
"""Texts about what was asked, which are kept: clients ask for the same few paths over and over."""


class AccessLog:
    """The log of one worker. Lines are kept until `flush`, which the worker's timer calls."""

    def __init__(self, path: str, prefix: str) -> None:
        self._output = LogOutput(path)
        self._prefix = prefix
        self._waiting: list[str | _Record] = []
        self._lines: list[str] = []
        self._wall_clock = time() - monotonic()
        self._asked: dict[_Asked, str] = {}
        self._second = 0
        self._date = ""
        self._answered = [0] * 10
        """Requests by the first digit of their status."""

    def counts(self) -> dict[str, int]:
        """How many requests were answered, by the class of their status, and how many lines were lost."""
        answered = {f"requests:{digit}xx": count for digit, count in enumerate(self._answered) if count}
        return answered | ({"log-lines-lost": self._output.lost} if self._output.lost else {})

    def use(self, path: str) -> None:
        """Write to this path from now on, about the rules of a new configuration."""
        self._asked.clear()  # its keys hold rules, and they their pools
        if path != self._output.path:
            self.flush()
            self._output.close()
            self._output = LogOutput(path)

    def reopen(self) -> None:
        """Open the path again, after the file was moved away."""
        self.flush()
        self._output.reopen()

    def request_id(self, exchange: RequestInHand) -> str:
        """The id that the log and the page of one request share."""
        return f"{self._prefix}-{exchange.client.number:x}-{int(exchange.started * 1000) & 0xFFFFFFFF:x}"

    def connection_id(self, client: ClientConnection) -> str:
        """The id of a connection whose request was never understood."""
        return f"{self._prefix}-{client.number:x}"

    def exchange(self, exchange: RequestInHand, now: float) -> None:
        """One request, however it ended, at `now` in monotonic seconds."""
        client = exchange.client
        refusal = exchange.refusal
        if refusal is not None:
            client.worker.counters[refusal.code] += 1
        status = exchange.status
        self._answered[status // 100] += 1
        if not self._output.leads_somewhere:
            return
        head = exchange.head
        upstream = exchange.upstream
        self._waiting.append(
            (
                now + self._wall_clock,
                client.logged or self.introduce(client),
                (
                    head.method,
                    head.fields.host,
                    head.target,
                    exchange.rule,
                    upstream.member.name if upstream else "",
                    exchange.was_bound,
                ),
                status,
                exchange.bytes_up,
                exchange.bytes_down,
                exchange.started,
                exchange.connected_at,
                exchange.uploaded_at,
                exchange.answered_at,
                now,
                refusal,
                exchange.detail,
            )
        )
        if len(self._waiting) >= FORMATTED_AT_ONCE:
            self._format()

    def _format(self) -> None:
        """Make lines of what has waited: many at once, which leaves the processor's caches to the requests."""
        waiting, self._waiting = self._waiting, []
        self._lines += [one if isinstance(one, str) else self._line(one) for one in waiting]
        if len(self._lines) >= WRITTEN_AT_ONCE:
            self._write()

    def _line(self, record: _Record) -> str:
        (
            now,
            client,
            asked,
            status,
            received,
            sent,
            started,
            connected,
            uploaded,
            answered,
            ended,
            refusal,
            detail,
        ) = record
        second = int(now)
        if second != self._second:
            self._turn_to(second)
        line = _LINE % (
            self._date,
            (now - second) * 1000,
            client,
            int(started * 1000) & 0xFFFFFFFF,
            self._asked.get(asked) or self._describe(asked),
            status,
            received,
            sent,
            (connected - started) * 1e6 if connected else -1,
            (uploaded - started) * 1e6 if uploaded else -1,
            (answered - started) * 1e6 if answered else -1,
            (ended - started) * 1e6,
        )
        if refusal is not None:
            line += f',"refused":"{refusal.code}","fault":"{refusal.blame}"'
            if (rule := asked[3]) is not None and rule.refuse_reason:
                line += f',"because":{json.dumps(rule.refuse_reason)}'
        elif detail:
            line += ',"fault":"client"'  # it went away, or took nothing more
        if detail:
            line += f',"detail":{json.dumps(detail)}'
        return line + "}\n"

    def introduce(self, client: ClientConnection) -> str:
        """What the lines of all its requests begin with; `user` where somebody has logged in to the proxy there."""
        user = f'"user":{json.dumps(client.logins.names)},' if client.logins else ""
        client.logged = _CLIENT % (client.address, client.listener.logged_name, user, self._prefix, client.number)
        return client.logged

    def _describe(self, asked: _Asked) -> str:
        """What was asked, without the query, and of whom."""
        method, host, target, rule, server, bound = asked
        path = target.partition(b"?")[0].decode("latin-1")
        if "sipuri" in path.lower():
            path = _SIPURI.sub("sipuri", path)
        if '"' in path or "\\" in path:
            path = path.translate(_ESCAPED)
        name = rule.logged_name if rule else ""
        text = _ASKED % (method.decode("latin-1"), host, path, name, server, "true" if bound else "false")
        if len(target) <= 128 and b"?" not in target:
            if len(self._asked) >= REMEMBERED:
                self._asked.clear()
            self._asked[asked] = text
        return text

    def refused_head(self, client: ClientConnection, refusal: Refusal) -> None:
        """A request that could not be read."""
        self._answered[refusal.status // 100] += 1
        self._event(
            "refused",
            id=self.connection_id(client),
            client=client.address,
            listener=client.listener.spec.name,
            status=refusal.status,
            refused=refusal.code,
            fault=refusal.blame,
        )

    def security(self, what: str, client: ClientConnection, detail: str) -> None:
        """Something that must not happen where nobody does wrong."""
        client.worker.counters[f"security:{what}"] += 1
        self._event("security", what=what, id=self.connection_id(client), client=client.address, detail=detail)

    def note(self, event: str, **facts: str | int) -> None:
        """Anything else worth a line."""
        self._event(event, **facts)

    def _event(self, event: str, **facts: str | int) -> None:
        if not self._output.leads_somewhere:
            return
        now = time()
        second = int(now)
        self._turn_to(second)
        moment = f"{self._date}.{int((now - second) * 1000):03d}Z"
        self._waiting.append(json.dumps({"time": moment, "event": event, **facts}) + "\n")

    def flush(self) -> None:
        """Write everything."""
        self._wall_clock = time() - monotonic()
        self._format()
        self._write()

    def _write(self) -> None:
        if self._output.leads_somewhere:
            self._output.write("".join(self._lines))
        self._lines.clear()

    def _turn_to(self, second: int) -> None:
        self._second = second
        self._date = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
