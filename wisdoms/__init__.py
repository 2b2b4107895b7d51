"""Composition only: settings, addresses, the embedded database and the workspace shell."""
