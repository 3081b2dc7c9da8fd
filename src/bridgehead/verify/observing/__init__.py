"""Everything that touches the network: bounded in time, size and number of connections. Never judges."""
