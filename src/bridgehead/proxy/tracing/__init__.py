"""What became of each login: noted by the workers, kept by the supervisor, told by `bridgehead explain`."""
