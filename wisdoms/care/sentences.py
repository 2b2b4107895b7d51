"""What the record calls its acts, said in plain words. An act without words here is told by its own name."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

# Begins with a verb: who did it stands beside.
ACTS: dict[str, Promise] = {
    # Looks
    "transcript.read": _lazy("Read the unedited words"),
    "recording.heard": _lazy("Heard the sound"),
    "person.read": _lazy("Looked at a person’s page"),
    "people.listed": _lazy("Looked at a list of people"),
    "contributor.read": _lazy("Looked at what a person agreed to"),
    "contributors.listed": _lazy("Looked at the people of an enquiry"),
    "link_table.read": _lazy("Looked at who stands behind a chosen name"),
    "import.read": _lazy("Looked at people in a file before taking it in"),
    "record.read": _lazy("Looked at this record"),
    # Enquiries and people
    "enquiry.framed": _lazy("Framed an enquiry"),
    "enquiry.changed": _lazy("Changed what an enquiry says of itself"),
    "wave.opened": _lazy("Opened another round of listening"),
    "person.added": _lazy("Wrote down who a person is"),
    "contributor.added": _lazy("Added a voice to an enquiry"),
    "conversation.added": _lazy("Set down a conversation"),
    "consent.recorded": _lazy("Kept what somebody agreed to"),
    "consent.withdrawn": _lazy("Took words back for somebody"),
    # Sound and words
    "recording.received": _lazy("Took in a recording"),
    "recording.listened_through": _lazy("Listened through a recording"),
    "transcription.asked": _lazy("Asked for a recording to be written down"),
    "transcription.stopped": _lazy("Stopped the writing down of a recording"),
    "transcript.drafted": _lazy("Wrote a first draft of the words"),
    "transcript.typed": _lazy("Took in words typed elsewhere"),
    "transcript.corrected": _lazy("Put words right"),
    "transcript.turn_checked": _lazy("Checked a turn against the sound"),
    "transcript.doubt_answered": _lazy("Answered a doubt about a word"),
    "transcript.checked": _lazy("Said that a text is checked"),
    "transcript.verified": _lazy("Verified a text"),
    "transcript.reopened": _lazy("Opened a verified text again"),
    "transcript.moved": _lazy("Moved a text on to its next step"),
    "transcript.signed_off": _lazy("Signed off a text without names"),
    "names.requested": _lazy("Asked the computer to look for names"),
    "names.found": _lazy("Found names to take out"),
    "names.decided": _lazy("Decided about a name"),
    "names.taken_out": _lazy("Made the text without names"),
    "segments.cut": _lazy("Cut a text into passages"),
    "segments.embedded": _lazy("Compared passages by their meaning"),
    # Making sense
    "codebook.started": _lazy("Started a code list"),
    "code.added": _lazy("Added a code"),
    "code.changed": _lazy("Changed a code"),
    "code.retired": _lazy("Retired a code"),
    "topics.requested": _lazy("Asked the computer to look for patterns"),
    "topics.finished": _lazy("Finished looking for patterns"),
    "proposal.decided": _lazy("Decided about a pattern"),
    "passage.read": _lazy("Read a passage that fits nowhere"),
    "passages.found": _lazy("Searched passages for words"),
    "reading.finished": _lazy("Finished a reading"),
    "suggestions.requested": _lazy("Asked the computer for offers of tags"),
    "suggestions.made": _lazy("Made offers of tags"),
    "suggestion.answered": _lazy("Answered an offer of a tag"),
    "tag.applied": _lazy("Tagged a passage"),
    "tag.refused": _lazy("Said that a tag does not fit"),
    "tag.removed": _lazy("Took a tag off"),
    "tags.carried_over": _lazy("Carried tags over to a newer text"),
    "memo.kept": _lazy("Kept a memo"),
    "memo.removed": _lazy("Took a memo away"),
    "theme.made": _lazy("Wrote a theme"),
    "theme.changed": _lazy("Changed a theme"),
    "theme.quote_put": _lazy("Put a quote to a theme"),
    "theme.quote_taken": _lazy("Took a quote from a theme"),
    "quote.selected": _lazy("Put a quote forward"),
    "quote.heard_against_audio": _lazy("Heard a quote against its sound"),
    "quote.pseudonymised": _lazy("Checked a quote for names"),
    "quote.offered": _lazy("Offered a quote to its speaker"),
    "quote.approved": _lazy("Kept a speaker’s yes to a quote"),
    "quote.changed": _lazy("Kept a speaker’s change to a quote"),
    "quote.refused": _lazy("Kept a speaker’s no to a quote"),
    "quote.placed": _lazy("Placed a quote in a page"),
    "quote.withdrawn": _lazy("Took a quote back"),
    "quote.attributed": _lazy("Said how a quote is attributed"),
    # Coaching and figures
    "relationship.started": _lazy("Began to walk alongside somebody"),
    "relationship.moved": _lazy("Kept how it stands with somebody"),
    "relationship.ended": _lazy("Kept how it came to an end with somebody"),
    "session.recorded": _lazy("Kept a meeting"),
    "session.changed": _lazy("Put a meeting right"),
    "session.removed": _lazy("Took a meeting away"),
    "note.written": _lazy("Wrote a reflective note"),
    "note.changed": _lazy("Changed a reflective note"),
    "note.removed": _lazy("Threw a reflective note away"),
    "note.visibility_changed": _lazy("Changed who may read a reflective note"),
    "note.contributed": _lazy("Gave a note to an enquiry"),
    "note.taken_back": _lazy("Took a note back from an enquiry"),
    "sighting.recorded": _lazy("Kept a line on what got in the way"),
    "sighting.removed": _lazy("Took away a line on what got in the way"),
    "wellbeing.recorded": _lazy("Kept a wellbeing survey"),
    "asset_survey.defined": _lazy("Set down the questions of a survey"),
    "asset_survey.recorded": _lazy("Kept a survey of assets"),
    "import.offered": _lazy("Brought a file of coaching records"),
    "import.taken_in": _lazy("Took a file of coaching records in"),
    "import.left": _lazy("Left a file of coaching records out"),
    "import.forgotten": _lazy("Erased a file of coaching records"),
    "figure.frozen": _lazy("Froze a figure"),
    "figure.published": _lazy("Published a figure"),
    "figure.made_anew": _lazy("Made a figure anew"),
    "figure.emptied": _lazy("Emptied a figure"),
    "joint_display.made": _lazy("Set a theme beside a figure"),
    "joint_display.removed": _lazy("Took a theme from beside a figure"),
    # Pages
    "gate.run": _lazy("Ran the gate over a page"),
    "gate.signed": _lazy("Signed that a page may go live"),
    "gate.word_kept": _lazy("Kept a word that the language check asked about"),
    "page.went_live": _lazy("Put a page live"),
    "page.left": _lazy("Took a page down"),
    "page.held_back": _lazy("Held a page back"),
    "report.to_mend": _lazy("Listed a report to be mended"),
    "report.mended": _lazy("Mended a report"),
    # The computer's work
    "work.retried": _lazy("Asked for work to be tried again"),
    "work.rescued": _lazy("Took up work again that had stopped"),
    "work.given_up": _lazy("Gave up work that had stopped too often"),
    "work.refused": _lazy("Refused work whose row belongs to another partner"),
    # Signing in and colleagues
    "sign_in.made": _lazy("Signed in"),
    "sign_in.ended": _lazy("Signed out"),
    "sign_in.refused": _lazy("Was refused at signing in"),
    "sign_in.locked": _lazy("Was locked out after too many tries"),
    "tries.refused": _lazy("Was refused after too many tries"),
    "request.refused": _lazy("Was refused a request"),
    "session.ended": _lazy("Ended a sign-in elsewhere"),
    "sessions.ended": _lazy("Ended every other sign-in"),
    "password.changed": _lazy("Changed a password"),
    "second_factor.added": _lazy("Added a second proof of identity"),
    "second_factor.given": _lazy("Gave a second proof of identity"),
    "second_factor.refused": _lazy("Was refused a second proof of identity"),
    "second_factor.removed": _lazy("Removed a second proof of identity"),
    "spare_codes.made": _lazy("Made new spare codes"),
    "invitation.sent": _lazy("Invited a colleague"),
    "invitation.accepted": _lazy("Accepted an invitation"),
    "invitation.withdrawn": _lazy("Took an invitation back"),
    "role.given": _lazy("Gave a colleague a role"),
    "role.ended": _lazy("Ended a colleague’s role"),
    "account.closed": _lazy("Closed an account"),
    "account.opened_again": _lazy("Opened a closed account again"),
    "emergency.asked": _lazy("Asked to see something closed, in an emergency"),
    "emergency.opened": _lazy("Opened something closed, as the second person in an emergency"),
    "emergency.refused": _lazy("Refused sight of something closed"),
    "emergency.ended": _lazy("Ended sight of something closed"),
}

THINGS: dict[str, Promise] = {
    "accounts.partner": _lazy("partner"),
    "accounts.user": _lazy("colleague"),
    "accounts.membership": _lazy("role"),
    "enquiries.enquiry": _lazy("enquiry"),
    "enquiries.wave": _lazy("round"),
    "enquiries.person": _lazy("person"),
    "enquiries.contributor": _lazy("voice"),
    "enquiries.conversation": _lazy("conversation"),
    "enquiries.work": _lazy("work"),
    "transcripts.recording": _lazy("recording"),
    "transcripts.transcript": _lazy("text"),
    "themes.code": _lazy("code"),
    "themes.theme": _lazy("theme"),
    "themes.quote": _lazy("quote"),
    "themes.topicrun": _lazy("pattern run"),
    "themes.topicproposal": _lazy("pattern"),
    "coaching.coachingrelationship": _lazy("walk alongside"),
    "coaching.coachingsession": _lazy("meeting"),
    "coaching.reflectivenote": _lazy("note"),
    "coaching.importbatch": _lazy("file"),
    "coaching.publishedfigure": _lazy("figure"),
    "coaching.jointdisplay": _lazy("theme beside a figure"),
    "publishing.gatecheck": _lazy("check"),
    "publishing.suitepage": _lazy("shelf, page"),
    "publishing.wisdomsreportpage": _lazy("report, page"),
    "publishing.wisdompage": _lazy("Wisdom, page"),
    "publishing.excuse": _lazy("word that stays"),
    "publishing.reporttomend": _lazy("page to mend"),
}

WHY: dict[str, Promise] = {
    "checking": _lazy("to check the words"),
    "names": _lazy("to take names out"),
    "listening": _lazy("to listen"),
    "consent": _lazy("to see what was agreed"),
    "coaching": _lazy("to walk alongside"),
    "import": _lazy("to take a file in"),
    "care": _lazy("to look after the record"),
}


def act(action: str) -> str:
    """What was done, beginning with a verb."""
    return str(ACTS[action]) if action in ACTS else _("Did “%(act)s”") % {"act": action}


def thing(object_type: str, object_id: str) -> str:
    """What it was about, by its number; empty for an act about nothing in particular."""
    if not object_type:
        return ""
    name = str(THINGS.get(object_type, object_type.rpartition(".")[2]))
    return f"{name} {object_id}".strip()


def why(reason: object) -> str:
    """What somebody looked for; empty when nothing was said."""
    text = str(reason or "")
    return str(WHY.get(text, text))
