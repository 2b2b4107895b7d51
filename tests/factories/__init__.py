"""Rows to test with, one module per app, with a trait for each state that a row can be in."""
