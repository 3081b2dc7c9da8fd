"""Web servers of the laboratory as pools of a proxy, on one listener with TLS and one without."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from bridgehead.lab.ntlm_client import NtlmConnection, Scheme
from bridgehead.lab.proxy_process import ProxyProcess
from bridgehead.spec import Certificate, Forward, KeyPair, Listener, Pool, ProxySpec, Rule, Server

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import ExitStack

    from bridgehead.lab.deployment import Deployment
    from bridgehead.lab.web_server import WebServer

LOOPBACK = "127.0.0.1"
EVERYTHING = {"/*": Forward(pool="pool")}


class PublishedServers:
    """`bridgehead serve` on the ports that the deployment's publication names. What it opens closes with `stack`.

    `pools` are the laboratory's servers, by the names that `rules` (a path each, on both listeners) refer to. A pool
    whose servers have TLS is bridged to over TLS, and verified.
    """

    def __init__(
        self,
        deployment: Deployment,
        stack: ExitStack,
        pools: Mapping[str, Sequence[WebServer]],
        rules: Mapping[str, Forward] = EVERYTHING,
        *,
        workers: int = 1,
    ) -> None:
        self._deployment = deployment
        self._names = deployment.publication
        self._stack = stack
        self._trust = ssl.create_default_context(cadata=deployment.outside.root_pem.decode())
        file = deployment.directory / "spec.json"
        file.write_text(self._spec(pools, rules, workers).model_dump_json(), encoding="utf-8")
        stack.enter_context(ProxyProcess(file))

    def connect(
        self, scheme: Scheme = "NTLM", *, preemptive: bool = False, tls: bool = True, timeout: float = 30.0
    ) -> NtlmConnection:
        """A client's connection, able to log in; closed with the stack unless it was closed before."""
        connection = self.connect_unattended(scheme, preemptive=preemptive, tls=tls, timeout=timeout)
        self._stack.callback(connection.close)
        return connection

    def connect_unattended(
        self, scheme: Scheme = "NTLM", *, preemptive: bool = False, tls: bool = True, timeout: float = 30.0
    ) -> NtlmConnection:
        """The same, closed by the caller."""
        port = self._names.https_port if tls else self._names.http_port
        host = self._names.authority(self._names.web, "https" if tls else "http")
        context = self._trust if tls else None
        return NtlmConnection((LOOPBACK, port), host, context, scheme=scheme, preemptive=preemptive, timeout=timeout)

    def _spec(self, pools: Mapping[str, Sequence[WebServer]], rules: Mapping[str, Forward], workers: int) -> ProxySpec:
        directory = self._deployment.directory
        chain, key = self._deployment.outside.issue(self._names.public_names, key="ecdsa").write(directory, "proxy")
        return ProxySpec(
            listeners=(
                Listener(name="https", host=LOOPBACK, port=self._names.https_port, tls=True, certificates=("site",)),
                Listener(name="http", host=LOOPBACK, port=self._names.http_port, tls=False),
            ),
            certificates=(Certificate(name="site", pairs=(KeyPair(chain=str(chain), key=str(key)),)),),
            pools=tuple(self._pool(name, servers) for name, servers in pools.items()),
            rules=tuple(
                Rule(name=path, listeners=("https", "http"), hosts=("*",), path=path, action=action)
                for path, action in rules.items()
            ),
            workers=workers,
            access_log=str(directory / "access.log"),
        )

    def _pool(self, name: str, servers: Sequence[WebServer]) -> Pool:
        return Pool(
            name=name,
            servers=tuple(
                Server(host=LOOPBACK, port=server.port, verify_name=server.name.partition(" ")[0]) for server in servers
            ),
            tls=servers[0].context is not None,
            trust=(str(self._deployment.inside_root),),
        )
