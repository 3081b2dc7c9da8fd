"""Certificates and keys as files for other machines."""
