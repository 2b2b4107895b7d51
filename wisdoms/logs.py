"""What a line of the log must not carry."""

import logging
import re

# A person's link, a receipt and an invitation open by their address alone, or by it and one word more.
_WAY_IN = re.compile(r"(/(?:yours(?:/receipt)?|join)/)[^/\s\"'?]+")


class WithoutWaysIn(logging.Filter):
    """Takes the secret part out of addresses, wherever in the line they stand. Lets every line through."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always True; the line is changed in place."""
        said = record.getMessage()
        plain = _WAY_IN.sub(r"\1…", said)
        if plain != said:
            record.msg, record.args = plain, ()
        return True
