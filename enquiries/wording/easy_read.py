"""The Easy Read form: at most fifteen words and one idea a sentence."""

from enquiries.models import Scope
from enquiries.wording.kinds import Ask, Text

TEXT = Text(
    title="Talking with us",
    paragraphs=(
        ("", "We are {partner}."),
        ("", "We ask one question:\n“{question}”\nThen we listen to you."),
        ("why", "This is why we ask.\n{why}"),
        ("who_listens", "This is who listens.\n{who_listens}"),
        ("", "You choose what happens with your words.\nWe ask you about each thing."),
        ("", "You can say yes.\nYou can say no.\nYou can say: ask me later."),
        (
            "",
            (
                "Your coaching stays the same.\nAny other help stays the same.\nA thank-you gift is yours to "
                "keep."
            ),
        ),
        ("", "You can stop at any time.\nYou can take a break.\nYou can change your mind later."),
        ("", "You do not have to say why."),
        (
            "",
            "If somebody is in danger, we cannot keep it secret.\nWe will talk with you about who to tell.",
        ),
        ("adults", "This is for people of 18 and over."),
        ("retention", "This is how long we keep things.\n{retention}"),
    ),
    cannot_recall=(
        "You can take your words out of the report.\nYou can do this until {cut_off}.\nAfter that, numbers "
        "in the report stay.\nThe numbers do not name you.\nYou can always take your words off the website."
    ),
    printed_copies=(
        "We cannot get paper copies back.\nOther people may have saved a copy.\nWe cannot get that back.\nWe "
        "will leave your words out next time."
    ),
    asks={
        Scope.TAKE_PART: Ask(
            "Can we listen to you, and keep what you say?",
            "If you say no, we keep nothing.\nYou choose a name for us to use.\nWe keep your real name "
            "apart.\nThe other questions need a yes here.\nThe last question does not.",
        ),
        Scope.AUDIO_RECORD: Ask(
            "Can we record your voice?",
            "We keep the recording safe.\nOur team can hear it.\nIf you say no, we can write notes.",
        ),
        Scope.MACHINE_TRANSCRIBE: Ask(
            "Can a computer write your words down?",
            "The computer is ours.\nNo other company gets your words.\nA person checks what it wrote.",
        ),
        Scope.ANALYSE: Ask(
            "Can we look at your words next to other people’s words?",
            "We take out names and places first.\nPeople decide what the words mean.",
        ),
        Scope.QUOTE_WORDS: Ask(
            "Can we show your words to other people?",
            "We do not use your name.\nYou can see the words first.\nThen you say yes or no.",
        ),
        Scope.AUDIO_CLIP: Ask(
            "Can other people hear a bit of your voice?",
            "People may know it is you.\nYou can hear it first.",
        ),
        Scope.NAMED_CREDIT: Ask(
            "Do you want us to use your name?",
            "Most people say no.\nIf you say yes, we ask you again.",
        ),
        Scope.LINK_COACHING: Ask(
            "Can we look at your words next to numbers about coaching?",
            "We only show numbers about ten people or more.\nYour coach does not see what you said.",
        ),
        Scope.PARTNER_SHARE: Ask(
            "Can the groups we work with read your words?",
            "We take your name out first.\nWe write down who got them.",
        ),
        Scope.PRACTICE_LEARNING: Ask(
            "Can coaches learn from your words?",
            "We take your name out first.",
        ),
        Scope.ARCHIVE_DEPOSIT: Ask(
            "Can we keep your words for people to study later?",
            "We take your name out first.\nPeople may read them in many years.",
        ),
        Scope.PAYER_EVIDENCE: Ask(
            "Can we tell those who pay about something good?",
            "It could be a new home or a job.\nIt does not change your help.",
        ),
        Scope.CONTACT_AGAIN: Ask(
            "Can we get in touch again in about a year?",
            "We tell you what came of this.\nYou can say no then too.",
        ),
    },
    yes="Yes",
    no="No",
    later="Ask me later",
    needs="You need to say yes to this first: {questions}",
    one_by_one="Our questions",
    cannot_heading="What we cannot undo",
    paper_heading="Copies on paper",
    change_heading="If you change your mind",
    change="Tell us at {partner}.\nYou do not have to say why.",
    copy_heading="Your copy: what you said",
    name_line="The name you chose",
    date_line="Date",
)
