"""The web services of a Lync front-end server, one file for each family."""
