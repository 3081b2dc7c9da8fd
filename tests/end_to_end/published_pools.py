"""Pools behind a proxy, on one listener with TLS and one without, and clients that can log in."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from bridgehead.lab.ntlm_client import NtlmConnection, Scheme
from bridgehead.lab.proxy_process import ProxyProcess
from bridgehead.spec import Accounts, Certificate, Forward, KeyPair, Listener, Pool, ProxySpec, Rule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import ExitStack
    from pathlib import Path

    from bridgehead.lab.authority import LabAuthority
    from bridgehead.lab.publication import Publication

LOOPBACK = "127.0.0.1"
EVERYTHING = {"/*": Forward(pool="pool")}


class PublishedPools:
    """`bridgehead serve` on the ports of `names`, with files in `directory`. What it opens closes with `stack`.

    `rules` have a path each, are on both listeners, and refer to `pools` by name.
    """

    def __init__(
        self,
        directory: Path,
        stack: ExitStack,
        names: Publication,
        authority: LabAuthority,
        pools: Sequence[Pool],
        *,
        rules: Mapping[str, Forward] = EVERYTHING,
        workers: int = 1,
        accounts: Sequence[Accounts] = (),
    ) -> None:
        self.names = names
        self.root = authority.write_root(directory, "outside-root")
        self._stack = stack
        self._trust = ssl.create_default_context(cafile=self.root)
        self.chain, key = authority.issue(names.public_names, key="ecdsa").write(directory, "proxy")
        spec = ProxySpec(
            listeners=(
                Listener(name="https", host=LOOPBACK, port=names.https_port, tls=True, certificates=("site",)),
                Listener(name="http", host=LOOPBACK, port=names.http_port, tls=False),
            ),
            certificates=(Certificate(name="site", pairs=(KeyPair(chain=str(self.chain), key=str(key)),)),),
            pools=tuple(pools),
            rules=tuple(
                Rule(name=path, listeners=("https", "http"), hosts=("*",), path=path, action=action)
                for path, action in rules.items()
            ),
            accounts=tuple(accounts),
            workers=workers,
            access_log=str(directory / "access.log"),
        )
        file = directory / "spec.json"
        file.write_text(spec.model_dump_json(), encoding="utf-8")
        stack.enter_context(ProxyProcess(file))

    def connect(self, scheme: Scheme = "NTLM", *, preemptive: bool = False, tls: bool = True) -> NtlmConnection:
        """A client's connection, able to log in. The caller closes it."""
        port = self.names.https_port if tls else self.names.http_port
        host = self.names.authority(self.names.web, "https" if tls else "http")
        context = self._trust if tls else None
        return NtlmConnection((LOOPBACK, port), host, context, scheme=scheme, preemptive=preemptive)

    def visit(self, scheme: Scheme = "NTLM") -> NtlmConnection:
        """The same over TLS, closed with the stack."""
        connection = self.connect(scheme)
        self._stack.callback(connection.close)
        return connection
