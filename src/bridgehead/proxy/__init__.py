"""The data plane. Read `exchange.py` first: one request, from its head to the last byte of the answer."""
