"""What a verification looks like: made from its events, or from its report."""
