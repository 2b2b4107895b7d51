"""What each thing that can be agreed to means, said so that everybody can follow it.

One place for all pages and letters to people. Sentences stay under fifteen words or so.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enquiries.models import ReviewChoice, Scope

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Said:
    """`title` heads it; `means` says what a yes allows; `goes` what happens when it is taken back."""

    title: Text
    means: Text
    goes: Text


SAID: dict[str, Said] = {
    Scope.TAKE_PART: Said(
        _("Taking part"),
        _("We may keep what you told us, and learn from it."),
        _("Everything you told us goes: your words, your sound, your name and how to reach you."),
    ),
    Scope.AUDIO_RECORD: Said(
        _("Recording my voice"),
        _("We may record you, and keep the sound locked away."),
        _("The sound goes, and every copy of it. What was written down stays."),
    ),
    Scope.MACHINE_TRANSCRIBE: Said(
        _("Letting a computer write it down"),
        _("A computer of ours writes down what you say. A person checks it."),
        _("What the computer wrote goes. Words that a person checked stay."),
    ),
    Scope.ANALYSE: Said(
        _("Reading my words to learn from them"),
        _("We read your words next to other people’s, to see what they share."),
        _("Your words leave everything we learned from. Words of yours on the website go too."),
    ),
    Scope.QUOTE_WORDS: Said(
        _("Using my words, without my name"),
        _("We may show some of your words. You see them first."),
        _("Your words go from the website, and from everything we have not printed yet."),
    ),
    Scope.AUDIO_CLIP: Said(
        _("Letting people hear my voice"),
        _("We may play a short piece of your voice to others."),
        _("Every piece of your voice goes from the website."),
    ),
    Scope.NAMED_CREDIT: Said(
        _("Being named"),
        _("We may say that these are your words, with your own name."),
        _("Your name goes everywhere we have put it."),
    ),
    Scope.LINK_COACHING: Said(
        _("Putting my words beside my coaching"),
        _("We may look at your words next to your surveys and meetings."),
        _("The tie between your words and your coaching goes. Your coaching goes on as before."),
    ),
    Scope.PARTNER_SHARE: Said(
        _("Sharing my words with our partners"),
        _("We may give your words, without names, to groups we work with."),
        _("We share no more, and tell those who had a copy to delete it."),
    ),
    Scope.PRACTICE_LEARNING: Said(
        _("Helping coaches learn"),
        _("We may use your words, without names, to train coaches."),
        _("Your words leave what we use for training."),
    ),
    Scope.ARCHIVE_DEPOSIT: Said(
        _("Keeping my words for later"),
        _("We may keep your words, without names, so that others can learn later."),
        _("Your words leave the archive."),
    ),
    Scope.PAYER_EVIDENCE: Said(
        _("Showing those who pay what changed"),
        _("We may tell those who pay for the work one thing that changed for you."),
        _("We show it to nobody any more."),
    ),
    Scope.CONTACT_AGAIN: Said(
        _("Getting in touch again"),
        _("We may ask you again later how things are."),
        _("We will not get in touch to ask you again."),
    ),
}

# A preference and no scope: how each of the three is said, as somebody's own choice.
SEEING_FIRST: dict[str, Text] = {
    ReviewChoice.QUOTES: _("Show me each piece first"),
    ReviewChoice.TRANSCRIPT: _("Let me read all that I said first"),
    ReviewChoice.NONE: _("You need not show me first"),
}
