from __future__ import annotations

import socket

from bridgehead.topology.interfaces import machine_addresses


def test_the_loopback_interface_has_the_loopback_address() -> None:
    assert any("127.0.0.1" in addresses for addresses in machine_addresses().values())


def test_every_address_can_be_bound() -> None:
    for addresses in machine_addresses().values():
        for address in addresses:
            with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as bound:
                bound.bind((address, 0))
                assert bound.getsockname()[0] == address
