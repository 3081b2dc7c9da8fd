"""Logins that end at the proxy itself: nothing of a request goes inside before its client has proven who they are."""
