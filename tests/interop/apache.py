"""Apache with mod_auth_gssapi: logins that somebody else wrote, bound to the connection as IIS has it.

NTLM is judged by gss-ntlmssp, and Kerberos with a keytab.
"""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from bridgehead.lab.record import Event
from tests.end_to_end.crowd import PROTECTED
from tests.end_to_end.free_port import free_port
from tests.interop import debian
from tests.interop.ntlm_user_file import write_ntlm_user_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bridgehead.lab.authority import LabAuthority
    from bridgehead.lab.users import User

NAME = "apache.contoso.internal"
_MODULES = (
    *("mpm_event", "authn_core", "authz_core", "authz_user", "auth_gssapi"),
    *("alias", "headers", "socache_shmcb", "ssl"),
)

# Every path is the same page. X-Lab-User says who asked, as it does in the laboratory.
_CONFIGURATION = """
ServerName {name}
PidFile {directory}/pid
Mutex file:{directory}
ErrorLog {directory}/error.log
{identity}
ServerLimit 4
ThreadsPerChild 64
MaxRequestWorkers 256
KeepAlive On
KeepAliveTimeout 300
MaxKeepAliveRequests 0
LogFormat "%{{remote}}p|%k|%u|%m|%{{Host}}i|%U|%{{Authorization}}i|%>s" connections
CustomLog {directory}/access.log connections
DocumentRoot {directory}/pages
AliasMatch ^/ {directory}/pages/page.txt
<Directory {directory}/pages>
    Require all granted
</Directory>
<Location {protected}>
    AuthType GSSAPI
    AuthName "the address book"
    {mechanism}
    GssapiConnectionBound On
    Require valid-user
</Location>
Header always set X-Lab-User "expr=%{{REMOTE_USER}}" "expr=-n %{{REMOTE_USER}}"
Listen 127.0.0.1:{plain}
Listen 127.0.0.1:{tls}
<VirtualHost *:{tls}>
    SSLEngine on
    SSLCertificateFile {chain}
    SSLCertificateKeyFile {key}
</VirtualHost>
"""


class Apache:
    """Runs while its `with` block lasts, on two free ports of 127.0.0.1: `plain` and `tls` (as `NAME`).

    With a keytab it takes Kerberos tickets, and otherwise NTLM of the users.
    """

    def __init__(self, users: Sequence[User], authority: LabAuthority, keytab: Path | None = None) -> None:
        self.plain = free_port()
        self.tls = free_port()
        self._users = users
        self._authority = authority
        self._keytab = keytab
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        program = debian.program("apache2", "apache2")
        debian.file("apache2/modules/mod_auth_gssapi.so", "libapache2-mod-auth-gssapi")
        debian.file("*/gssntlmssp/gssntlmssp.so", "gss-ntlmssp")
        self.directory = self._stack.enter_context(debian.readable_directory())
        configuration = self._write_files()
        command = [program, "-DFOREGROUND", "-f", str(configuration)]
        log = self.directory / "error.log"
        store = {"NTLM_USER_FILE": str(self.directory / "users")}
        try:
            self._stack.enter_context(debian.server(command, self.plain, log, store))
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def events(self) -> list[Event]:
        """What the server saw, request by request, but for the question whether it is up."""
        return [event for event in self._read_log() if event.path != "/"]

    def _read_log(self) -> Iterator[Event]:
        connections: dict[str, int] = {}
        counted = 0
        for line in (self.directory / "access.log").read_text().splitlines():
            port, before, user, method, host, path, authorization, status = line.split("|")
            if before == "0":  # the first request: the port may have been another connection's
                counted += 1
                connections[port] = counted
            yield Event(
                server=NAME,
                connection=connections[port],
                user=None if user == "-" else user.replace(r"\\", "\\"),
                method=method,
                host=host,
                path=path,
                authorization="" if authorization == "-" else authorization.partition(" ")[0],
                status=int(status),
            )

    def _write_files(self) -> Path:
        directory = self.directory
        pages = directory / "pages"
        pages.mkdir(mode=0o755)
        (pages / "page.txt").write_text("the address book\n")
        write_ntlm_user_file(directory / "users", self._users)
        chain, key = self._authority.issue([NAME]).write(directory, "server")
        modules = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n" for name in _MODULES)
        mechanism = "GssapiAllowedMech ntlmssp"
        if self._keytab is not None:
            shutil.copyfile(self._keytab, directory / "keytab")
            (directory / "keytab").chmod(0o644)
            mechanism = f"GssapiAllowedMech krb5\n    GssapiCredStore keytab:{directory}/keytab"
        configuration = directory / "httpd.conf"
        configuration.write_text(
            modules
            + _CONFIGURATION.format(
                name=NAME,
                directory=directory,
                identity="User www-data\nGroup www-data" if os.geteuid() == 0 else "",
                protected=PROTECTED,
                mechanism=mechanism,
                plain=self.plain,
                tls=self.tls,
                chain=chain,
                key=key,
            )
        )
        return configuration
