"""`bridgehead certificate`: one file for each group of its commands."""
