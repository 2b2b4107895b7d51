"""Passages as vectors, on this machine and offline."""
