"""What exists: the file that an administrator writes, and the model of it. Nothing here knows how it is served."""
