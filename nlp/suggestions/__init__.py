"""Codes offered for passages, from what people tagged before."""
