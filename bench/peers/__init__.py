"""The proxies that are compared: one module for each, with its configuration as a competent hand would write it.

All of them: one worker, an access log, TLS 1.2 and 1.3, upstream connections kept alive and verified, request bodies
passed on as they come, X-Forwarded-For and X-Forwarded-Proto set.
"""

from __future__ import annotations

from bench.peers.bridgehead import BRIDGEHEAD
from bench.peers.caddy import CADDY
from bench.peers.envoy import ENVOY
from bench.peers.haproxy import HAPROXY
from bench.peers.nginx import NGINX

PEERS = (NGINX, BRIDGEHEAD, HAPROXY, ENVOY, CADDY)
"""In the order in which they take turns and stand in tables; the first is what the others are compared with."""
