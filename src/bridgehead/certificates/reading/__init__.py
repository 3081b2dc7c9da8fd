"""Certificates, keys and requests, in any form that they come in."""
