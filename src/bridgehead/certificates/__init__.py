"""Keys, certificates and trust: facts about the files that hold them."""
