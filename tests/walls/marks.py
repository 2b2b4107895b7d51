"""The words planted in secrets, each of which says whose it is and of what kind, and their reader.

A mark is one word such as `zqaxraw`: partner `a`, kind `raw`. It survives slugs, lower case, escaping and
cutting into words, so that finding it in an answer is proof of a leak and tells at once which one.
"""

import re

MARK = re.compile(r"zq([ab])x([a-z]+)", re.IGNORECASE)

# What each kind of mark stands on.
KINDS = {
    "bot": "what a machine wrote down and nobody has checked to its end",
    "raw": "the unedited words, and what was found and replaced in them",
    "sound": "the bytes of a recording",
    "identity": "names and ways to reach the people behind the voices of an enquiry",
    "pseudonym": "who takes part in an enquiry, by chosen name",
    "enquiry": "what an enquiry says of itself",
    "frame": "how an enquiry is framed, for the team alone",
    "passage": "words without names",
    "sense": "codes, memos, offers and decisions",
    "theme": "titles of themes, and what codes are called: editors choose among them",
    "quote": "words chosen for a page and agreed to",
    "figure": "frozen figures and joint displays",
    "walkedone": "a person whom the first coach walks alongside",
    "walkedtwo": "a person whom the second coach walks alongside",
    "privateone": "a private note, or a line, of the first coach",
    "privatetwo": "a private note, or a line, of the second coach",
    "shared": "a note shared with the other coaches",
    "file": "rows of a file that is being brought in",
    "work": "what long work says of itself",
    "draft": "a page that is not live, and pictures of the editors' collection",
    "staff": "names and addresses of colleagues",
    "invited": "addresses of people who are invited",
    "asked": "what people ask or complain about on their own page",
    "urgent": "why a role is asked for in need",
    "withdrawal": "how the removing of what somebody took back comes along",
    "handed": "to whom texts were handed over, and what for",
    "held": "why nothing may be erased",
}
_LONGEST_FIRST = sorted(KINDS, key=len, reverse=True)
TEAM_KINDS = frozenset(
    {
        "raw",
        "sound",
        "pseudonym",
        "enquiry",
        "frame",
        "passage",
        "sense",
        "theme",
        "quote",
        "figure",
        "work",
        "staff",
    }
)


def mark(side: str, kind: str) -> str:
    """The word planted in secrets of this kind at this partner."""
    assert kind in KINDS, kind
    return f"zq{side}x{kind}"


def marks_in(text: str) -> set[tuple[str, str]]:
    """Every mark in a text, as (partner, kind). One that was cut short counts from its fourth letter on."""
    found: set[tuple[str, str]] = set()
    # Most pages hold none, and looking for two letters is quicker by far than looking for a word.
    if "zq" not in text.lower():
        return found
    for side, word in MARK.findall(text):
        kind = next((each for each in _LONGEST_FIRST if _says(word.lower(), each)), None)
        # A random token may hold four letters that look like the beginning of a mark.
        if kind is not None:
            found.add((side.lower(), kind))
    return found


def _says(word: str, kind: str) -> bool:
    return word.startswith(kind) or (len(word) > 3 and kind.startswith(word))
