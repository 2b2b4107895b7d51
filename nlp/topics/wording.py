"""Which words may name a topic: not those of every conversation, and none that stand in for a name."""

from __future__ import annotations

import re

# A letter, then letters and apostrophes: numbers and single letters name nothing.
WORD_PATTERN = r"(?u)\b[^\W\d_][^\W\d_]+(?:['’][^\W\d_]+)?\b"

_BRACKETS = re.compile(r"\[[^\]\[\n]{1,80}\]")


def _words(block: str) -> frozenset[str]:
    return frozenset(block.split())


# Talk itself: what stop-word lists made for written text leave in.
_SPOKEN = _words(
    """
    actually afternoon ah ain aint alright anyway ask asked asking aye basically bit bits bloke came
    cause come comes coming cos couldn couldnt day days did didn didnt does doesn doesnt doing don done
    dont eight eleven er erm feel feller fella felt five folk four gave get gets getting give go goes
    going gone gonna good got gotta gotten hadn hadnt happened happens hasn hasnt haven havent hes hi
    hmm honest honestly hour hours hundred im int isn isnt ive just kind kinda knew know known knows let
    like literally long look looked lot lots made make makes making maybe mean means mhm minute minutes
    mm month months morning much need never night nine nowt oh ok okay one ones owt people person put
    quite really reckon right said saw say saying says see seen seven shes shouldn shouldnt six somebody
    someone something sort stuff summat suppose sure take tell telling ten than thats theres theyre
    thing things think thinking thirty thought three time times today told tomorrow took try trying
    twelve twenty two uh um used wanna want wanted wants wasn wasnt way ways week weeks well went were
    weren werent whats wouldn wouldnt yeah year years yep yes yesterday youre youve
    """
)
_SHORT_FORMS = _words(
    """
    i'm i've i'd i'll you're you've you'd you'll he's he'd he'll she's she'd she'll it's it'd it'll
    we're we've we'd we'll they're they've they'd they'll that's that'd that'll there's there'd here's
    what's who's where's when's how's let's isn't aren't wasn't weren't don't doesn't didn't won't
    wouldn't can't couldn't shouldn't haven't hasn't hadn't mustn't needn't ain't in't y'know d'you
    """
)


def stop_words() -> list[str]:
    """Sorted, in lower case, with straight and curly apostrophes."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    curly = {word.replace("'", "’") for word in _SHORT_FORMS}
    return sorted({*ENGLISH_STOP_WORDS, *_SPOKEN, *_SHORT_FORMS, *curly})


def without_stand_ins(text: str) -> str:
    """The text without `[town]`, `[sister]` and their like, which would otherwise name topics."""
    return _BRACKETS.sub(" ", text)
