"""Python's requests with requests-ntlm, as clients outside: logins over pyspnego, bound to the TLS connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests
from requests_ntlm import HttpNtlmAuth

from tests.end_to_end.published_pools import LOOPBACK

if TYPE_CHECKING:
    from bridgehead.lab.publication import Publication
    from tests.end_to_end.published_pools import PublishedPools


class ToProxy(requests.adapters.HTTPAdapter):
    """Finds every name at the proxy, and has its certificate verified by that name."""

    def __init__(self, names: Publication) -> None:
        self._names = names
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - passed on as it is
        name = self._names.web
        super().init_poolmanager(*arguments, **options, server_hostname=name, assert_hostname=name)

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override] # noqa: ANN401 - as above
        host = self._names.authority(self._names.web)
        request.url = (request.url or "").replace(host, f"{LOOPBACK}:{self._names.https_port}")
        request.headers["Host"] = host
        return super().send(request, **options)


def session_as(proxy: PublishedPools, user: str, password: str) -> requests.Session:
    """Somebody's session; the caller closes it."""
    session = requests.Session()
    session.trust_env = False  # or a bundle of roots that the environment names takes the place of ours
    session.mount("https://", ToProxy(proxy.names))
    session.verify = str(proxy.root)
    session.auth = HttpNtlmAuth(user, password)
    return session
