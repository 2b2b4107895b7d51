"""The standard form: plain English, reading age 9, short sentences."""

from enquiries.models import Scope
from enquiries.wording.kinds import Ask, Text

TEXT = Text(
    title="What you agree to when you talk with us",
    paragraphs=(
        ("", "{partner} asks people one question: “{question}” Then we listen."),
        ("why", "Why we ask: {why}"),
        ("who_listens", "Who listens: {who_listens}"),
        (
            "",
            (
                "You choose what happens with your words. We ask about one thing at a time. You can say "
                "yes, say no, or decide another day. A no to one thing changes no other thing that can do "
                "without it."
            ),
        ),
        (
            "",
            (
                "Your coaching does not depend on any answer. Nor does any other help you get. If you are "
                "given something as a thank-you, it is yours even if you stop halfway."
            ),
        ),
        (
            "",
            (
                "You can stop, pause or leave something out at any time while we talk. You can change any "
                "answer later. You never have to say why."
            ),
        ),
        (
            "",
            (
                "One thing we cannot keep to ourselves. If you tell us that you or somebody else is in "
                "danger, we talk with you about who needs to know."
            ),
        ),
        ("adults", "This is for people of 18 and over."),
        ("retention", "How long we keep what: {retention}"),
    ),
    cannot_recall=(
        "You can take your words out of the report until {cut_off}. Numbers that stand in the report on "
        "that day stay in it. They name nobody. Your words can be taken out of the website, and of "
        "everything else we hold, always."
    ),
    printed_copies=(
        "Copies on paper cannot be called back. Nor can copies that somebody else has saved. If we print "
        "again, your words are left out."
    ),
    asks={
        Scope.TAKE_PART: Ask(
            "May we listen to you and keep what you say?",
            "Without this we keep nothing. You go by a name that you choose. Who you are is kept apart "
            "from what you say, and only one person here may join the two. Every other question but the "
            "last needs a yes here.",
        ),
        Scope.AUDIO_RECORD: Ask(
            "May we record the sound?",
            "We keep the sound locked, on our own machine. The team that works on this question can hear it. "
            "If you say no, we can write notes.",
        ),
        Scope.MACHINE_TRANSCRIBE: Ask(
            "May a computer on our own desk write it down?",
            "Nothing is sent to another company. A person listens and puts the computer’s mistakes right.",
        ),
        Scope.ANALYSE: Ask(
            "May we read your words with other people’s, to see what they have in common?",
            "Names, places and dates are taken out first. People decide what it means. A computer may only "
            "offer ideas.",
        ),
        Scope.QUOTE_WORDS: Ask(
            "May we quote your words, with names taken out?",
            "Your exact words may stand in a report or on our website. You can see each quote first and say "
            "yes or no to it.",
        ),
        Scope.AUDIO_CLIP: Ask(
            "May people hear a short part in your own voice?",
            "Somebody who knows you may know your voice. You can hear the part before anybody else does.",
        ),
        Scope.NAMED_CREDIT: Ask(
            "May we name you, if you want that?",
            "Most people are not named. If you say yes, we ask you again which name, and where.",
        ),
        Scope.LINK_COACHING: Ask(
            "May we set your words beside figures from your coaching?",
            "For example, how many people met their coach outdoors. We only show figures about ten people or "
            "more. Your coach does not see what you said.",
        ),
        Scope.PARTNER_SHARE: Ask(
            "May the other partners of this enquiry read your words?",
            "They read them with names taken out. We keep a list of who was given what.",
        ),
        Scope.PRACTICE_LEARNING: Ask(
            "May coaches learn from your words?",
            "We may use them, with names taken out, when coaches learn together.",
        ),
        Scope.ARCHIVE_DEPOSIT: Ask(
            "May an archive keep your words, with names taken out?",
            "People who study how help works could read them, many years from now.",
        ),
        Scope.PAYER_EVIDENCE: Ask(
            "May those who pay for coaching see something good that happened?",
            "Such as a new home or a job, if you told us of it. It never changes what you get.",
        ),
        Scope.CONTACT_AGAIN: Ask(
            "May we ask you again in a year or so?",
            "We would tell you what came of this, and ask the question once more. You can say no then too.",
        ),
    },
    yes="Yes",
    no="No",
    later="Ask me later",
    needs="This can only be a yes together with a yes to: {questions}",
    one_by_one="Asked one by one",
    cannot_heading="What cannot be taken back",
    paper_heading="Copies on paper",
    change_heading="If you change your mind",
    change="Tell whoever you talked with, or anybody at {partner}. You do not have to say why.",
    copy_heading="Your copy: what you said to each question",
    name_line="The name you chose",
    date_line="Date",
)
