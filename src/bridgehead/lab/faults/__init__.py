"""Seeded faults: the laboratory published wrongly, each time in one way, so that somebody can find out which.

Never for production. What stands here is wrong on purpose; it exists so that verification can be proven, and so that
people can see what a fault looks like before they meet it.
"""
