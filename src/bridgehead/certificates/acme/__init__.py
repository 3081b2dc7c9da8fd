"""Certificates from authorities that speak ACME (RFC 8555): accounts, orders, proofs, and when to renew."""
