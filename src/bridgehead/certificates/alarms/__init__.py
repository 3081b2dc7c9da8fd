"""Alarms: what somebody has to know of in time, each told once for each change of its state."""
