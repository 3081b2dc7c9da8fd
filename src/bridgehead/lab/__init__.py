"""The laboratory: a Lync deployment on loopback, to try the proxy on and to prove it against.

What stands here stands only for Microsoft's servers and clients. Nothing of it is meant for production, and the
proxy imports none of it. Names of the deployment end in `.localhost`, which browsers resolve by themselves (RFC 6761).
"""
