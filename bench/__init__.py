"""Bridgehead beside nginx, HAProxy, Envoy and Caddy: `python -m bench` from the repository's root."""
