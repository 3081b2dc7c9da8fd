"""Certificate requests: what is asked for, as PKCS #10, as a table to check, and as commands for another machine."""
