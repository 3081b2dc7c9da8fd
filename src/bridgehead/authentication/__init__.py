"""Windows logins that end at the proxy itself: NTLM, SPNEGO and Kerberos from the server's side, and the accounts."""
