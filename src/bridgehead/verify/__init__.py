"""Outside-in verification of any reverse proxy: observations by sockets alone, judged by pure functions.

`targets` says what is verified, `observing` asks the network, `checks` judges, `run` puts them together and `results`
is what comes out. A check never touches a socket, and nothing in `observing` judges.
"""
