"""What is judged. Importing this package registers every check; a new file of checks is imported here.

The functions are pure: they ask `look`, and know no socket.
"""

from bridgehead.verify.checks import (
    behaviour,
    bridge,
    certificate,
    chain,
    dns,
    extended_protection,
    leaks,
    logins,
    plain_http,
    services,
    sign_in,
    simple_urls,
    smuggling,
    tcp,
    tls_versions,
)

FILES = (
    dns,
    tcp,
    tls_versions,
    certificate,
    chain,
    bridge,
    plain_http,
    simple_urls,
    services,
    behaviour,
    smuggling,
    leaks,
    logins,
    sign_in,
    extended_protection,
)
"""In the order in which their checks run within a group."""
