"""A farm: several proxies with one certificate. It travels sealed, and one of them orders it."""
