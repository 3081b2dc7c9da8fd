"""Apache, whose parser is of another family, behind the proxy: it reads no request that the proxy has not judged.

The proxy adds a field to each request that it sends on. Apache writes down each request that it reads, with that
field. A request without it, or one more than was sent, would have hidden in another.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

import pytest
import trustme

from bridgehead.proxy.fields import host_of_authority
from bridgehead.spec import Pool, Server
from tests.conformance.catalogue import REQUESTS
from tests.conformance.messages import make_request
from tests.end_to_end.free_port import free_port
from tests.interop import debian
from tests.proxy.wire import Peer, Proxy, eventually, status_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.interop

MADE = 1000
LAST = b"GET /last HTTP/1.1\r\nHost: site.test\r\n\r\n"

_CONFIGURATION = """
ServerName inside.test
PidFile {directory}/pid
Mutex file:{directory}
ErrorLog {directory}/error.log
{identity}
ServerLimit 2
ThreadsPerChild 32
MaxRequestWorkers 64
KeepAlive On
KeepAliveTimeout 300
MaxKeepAliveRequests 0
LogFormat "%>s\\t%{{X-Bridgehead-Instance}}i\\t%{{Host}}i\\t%m\\t%U" judged
CustomLog {directory}/access.log judged
DocumentRoot {directory}/pages
AliasMatch ^/ {directory}/pages/page.txt
<Directory {directory}/pages>
    Require all granted
</Directory>
Listen 127.0.0.1:{port}
"""


@dataclass
class Behind:
    """A proxy, and what Apache behind it has read."""

    proxy: Proxy
    log: Path

    def read_by_apache(self) -> list[list[str]]:
        """Status, the proxy's field, host, method and path of each request, in order."""
        lines = self.log.read_text("utf-8", "backslashreplace").splitlines()
        return [line.split("\t", 4) for line in lines]

    def sent_on(self) -> Counter[tuple[str, str | None]]:
        """Method and host of each request that the proxy says it has sent to a server."""
        return Counter((line["method"], line["host"]) for line in self.proxy.lines() if line.get("server"))


@pytest.fixture
def behind(tmp_path: Path) -> Iterator[Behind]:
    program = debian.program("apache2", "apache2")
    with debian.readable_directory() as directory:
        pages = directory / "pages"
        pages.mkdir(mode=0o755)
        (pages / "page.txt").write_text("a page\n")
        port = free_port()
        modules = ("mpm_event", "authz_core", "alias")
        loaded = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n" for name in modules)
        identity = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
        configuration = directory / "httpd.conf"
        configuration.write_text(loaded + _CONFIGURATION.format(directory=directory, identity=identity, port=port))
        command = [program, "-DFOREGROUND", "-f", str(configuration)]
        with debian.server(command, port, directory / "error.log"):
            pool = Pool(name="pool", servers=(Server(host=debian.LOOPBACK, port=port),), tls=False)
            proxy = Proxy(tmp_path, trustme.CA(), (), pools=(pool,))
            try:
                proxy.start()
                log = directory / "access.log"
                log.write_text("")  # the question whether it is up did not go through the proxy
                yield Behind(proxy, log)
            finally:
                proxy.stop()


def converse(client: Peer, data: bytes) -> None:
    """Send everything and wait for the end, whatever comes."""
    client.send(data)
    client.finish_sending()
    client.ended()
    client.close()


def test_apache_reads_no_request_that_the_proxy_did_not_send(behind: Behind) -> None:
    for data in [*(case.data for case in REQUESTS), *(make_request(Random(number)) for number in range(MADE))]:
        converse(behind.proxy.connect(), data)
    assert status_of(behind.proxy.connect().request(LAST)) == 200
    eventually(lambda: [line for line in behind.read_by_apache() if line[-1] == "/last"], "the last request in its log")
    read = behind.read_by_apache()
    understood = [line for line in read if line[0] not in ("400", "408")]
    assert len(understood) > MADE / 6
    assert [line for line in understood if line[1] == "-"] == [], "it read a request that the proxy never judged"
    asked = Counter((line[3], host_of_authority(line[2].encode("latin-1"))) for line in understood)
    eventually(lambda: not asked - behind.sent_on(), f"{asked - behind.sent_on()} in the proxy's own log")
    assert not [line for line in read if "smuggled" in line[-1]]
    assert len(read) <= behind.sent_on().total(), "it read more requests than were sent"
