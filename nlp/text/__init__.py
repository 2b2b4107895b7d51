"""Offsets, sentences, segments and spans in plain text."""
