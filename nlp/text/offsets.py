"""Offsets between Python, which counts code points, and browsers, which count UTF-16 units."""

from __future__ import annotations


def codepoint_to_utf16(text: str, offset: int) -> int:
    """The offset in UTF-16 units of a code-point offset; 0 to the length of the text.

    Raises:
        ValueError: outside the text.
    """
    if not 0 <= offset <= len(text):
        raise ValueError("The offset lies outside the text.")
    return offset + sum(1 for character in text[:offset] if character > "\uffff")


def utf16_to_codepoint(text: str, offset: int) -> int:
    """The code-point offset of an offset in UTF-16 units.

    Raises:
        ValueError: outside the text, or between the two halves of one character (within an emoji).
    """
    if offset >= 0:
        units = 0
        for index, character in enumerate(text):
            if units == offset:
                return index
            if units > offset:
                raise ValueError("The offset lies in the middle of a character.")
            units += 2 if character > "\uffff" else 1
        if units == offset:
            return len(text)
        if units > offset:
            raise ValueError("The offset lies in the middle of a character.")
    raise ValueError("The offset lies outside the text.")
