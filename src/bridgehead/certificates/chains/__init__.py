"""From a leaf to its root: which certificates belong between them, and in which order."""
