"""Stages of the whole way, in order; each takes the `Way` where the one before left it."""
