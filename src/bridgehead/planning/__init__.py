"""What follows from what exists. Pure: no clock, no network, no files."""
