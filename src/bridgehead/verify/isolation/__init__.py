"""Does a proxy keep identities apart? Conversations over several connections, judged against the rules of NTLM."""
