"""Conversations over several connections, one after the other. Each begins with every connection closed."""
