"""The certificates of the servers behind the bridge: looked at, compared, trusted."""
