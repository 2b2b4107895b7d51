"""What coaches bring: a note that stays their own until given, records from files, a figure beside words."""

from playwright.sync_api import expect

from accounts.models import Role
from coaching.models import (
    CoachingRelationship,
    ImportBatch,
    ImportState,
    JointDisplay,
    NoteVisibility,
    PublishedFigure,
    ReflectiveNote,
    WellbeingResponse,
)
from enquiries.models import Contributor, Conversation, ConversationKind, Person
from tests.browser.samples import Spoken
from tests.browser.steps import Way, choose, send
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.enquiries import LinkFactory
from transcripts.models import SourceKind
from wisdoms.demo.paths import COACHING

NOTE = {
    "What happened?": "We sat on the wall by the library. He read the letter out, and then he read it again.",
    "What do you make of it?": "The form asks what is wrong. It has no box for what he can do.",
    "What now?": "Next week we go to the desk together.",
}
FILES = (
    ("Coaching relationships", "relationships.csv"),
    ("Meetings", "sessions.csv"),
    ("Wellbeing, short form (SWEMWBS)", "surveys_swemwbs.csv"),
)
# One line that no file should hold: an answer outside 1 to 5. It is refused, and stops no other.
OUT_OF_RANGE = "\nP001,2026-03-02,alone,9,3,3,3,3,3,3\n"


def write_note(way: Way, spoken: Spoken) -> None:
    """On a phone, in three steps; private from colleagues until the coach gives a copy to the enquiry."""
    page = way.visit("dev", "/coach/")
    page.get_by_role("link", name="Write a note").click()
    page.get_by_role("link", name="Three steps").click()
    for asks, said in NOTE.items():
        page.get_by_label(asks).fill(said)
    way.look(page)
    send(page, "Keep this note")
    note = ReflectiveNote.objects.get()
    assert note.visibility == NoteVisibility.PRIVATE
    page.goto(f"/coach/notes/{note.pk}/")
    expect(page.get_by_text("Managers cannot.")).to_be_visible()
    way.look(page)
    for who in ("asha", "mair", "nia"):
        if who in way.open_windows:
            assert way.page(who).request.get(f"/coach/notes/{note.pk}/").status in (403, 404)


def give_note(way: Way, spoken: Spoken) -> None:
    """The coach agrees as one voice among others, scope by scope, and the copy becomes a source."""
    note = ReflectiveNote.objects.get()
    page = way.visit("dev", f"/coach/notes/{note.pk}/")
    page.get_by_role("link", name="Give it to an enquiry").click()
    way.look(page)
    page.get_by_role("link", name="Give it here").click()
    # Without a yes to the first question the note stays where it is.
    send(page, "Give a copy of this note")
    expect(page.get_by_role("alert").first).to_be_visible()
    way.look(page)
    choose(page, "May the enquiry keep a copy of this note?", "Yes")
    choose(page, "May your words be read with other people’s, to see what they have in common?", "Yes")
    choose(page, "May your words be quoted, with names taken out?", "No")
    page.get_by_label("A name for you in this enquiry").fill("Plover")
    send(page, "Give a copy of this note")
    way.look(page)
    note.refresh_from_db()
    assert note.visibility == NoteVisibility.CONTRIBUTED
    given = Conversation.objects.get(kind=ConversationKind.REFLECTION)
    assert (given.enquiry_id, given.transcript.source) == (way.made["enquiry"], SourceKind.NOTE)
    assert [who.pseudonym for who in given.contributors.all()] == ["Plover"]
    # To the readers it is a source like any other, and waits to be checked.
    page = way.visit("asha", f"/workspace/conversations/{given.pk}/")
    expect(page.get_by_role("link", name="Check the words")).to_be_visible()
    page.get_by_role("link", name="Check the words").click()
    expect(page.get_by_text("It has no box for what he can do.").first).to_be_visible()
    way.look(page)


def bring_records_in(way: Way, spoken: Spoken) -> None:
    """Three files, each tried out before anything is kept."""
    _coaches_of_the_files(way)
    page = way.visit("mair", "/workspace/partner/records/")
    for label, name in FILES:
        content = (COACHING / name).read_text(encoding="utf-8")
        if name == "surveys_swemwbs.csv":
            content = content.rstrip("\n") + OUT_OF_RANGE
        choose(page, "What is in the file", label)
        page.get_by_label("CSV file").set_input_files(
            {"name": name, "mimeType": "text/csv", "buffer": content.encode()}
        )
        send(page, "Try the file out")
        expect(page.get_by_text("Nothing is kept yet.")).to_be_visible()
        way.look(page)
        assert ImportBatch.objects.latest("pk").state == ImportState.OFFERED
        if name == "surveys_swemwbs.csv":
            expect(page.get_by_role("heading", name="Rows that cannot be kept")).to_be_visible()
            assert not WellbeingResponse.objects.exists()
            send(page, "Take in the rows that can be kept")
        else:
            send(page, "Take these in")
        expect(page.get_by_text("The file itself is erased.")).to_be_visible()
        way.look(page)
        page.get_by_role("link", name="Bring another file").click()
    assert CoachingRelationship.objects.count() >= 40
    assert WellbeingResponse.objects.count() >= 100


def _coaches_of_the_files(way: Way) -> None:
    rows = (COACHING / "relationships.csv").read_text(encoding="utf-8").splitlines()[1:]
    for email in sorted({row.split(",")[2] for row in rows}):
        MembershipFactory(user=UserFactory(email=email), partner=way.partner, role=Role.COACH)


def freeze_figure(way: Way, spoken: Spoken) -> None:
    """Only people who spoke here and agreed to the link are counted, and small groups are hidden."""
    _link_speakers(way)
    page = way.visit("asha", f"/workspace/enquiries/{way.made['enquiry']}/beside/")
    page.get_by_role("link", name="Freeze a figure").first.click()
    send(page, "Freeze it")
    expect(page.get_by_role("alert").first).to_be_visible()
    way.look(page)
    choose(page, "What to count", "Meetings for each person")
    choose(page, "Whom to count", "Only people who took part in this enquiry and agreed to be counted")
    page.get_by_label("A name for lists").fill("Meetings of those we listened to")
    send(page, "Freeze it")
    figure = PublishedFigure.objects.get()
    assert figure.filter["only_linked"] is True
    way.made["figure"] = figure.pk
    way.look(page)


def _link_speakers(way: Way) -> None:
    """The data guardian's link table: who stands behind the voices of the other conversations."""
    others = Contributor.objects.filter(enquiry_id=way.made["enquiry"]).exclude(pk=way.made["contributor"])
    people = Person.objects.filter(partner=way.partner).exclude(ref="").order_by("ref")
    for contributor, person in zip(others.filter(voice="person").order_by("pk"), people, strict=False):
        LinkFactory(contributor=contributor, person=person)


def set_beside(way: Way, spoken: Spoken) -> None:
    page = way.visit("asha", f"/workspace/enquiries/{way.made['enquiry']}/beside/")
    page.get_by_role("link", name="Set words beside a figure").first.click()
    page.get_by_label("What it is about").fill("Starting again with someone new")
    page.get_by_label("Theme").select_option("Told again and again")
    page.get_by_label("What we heard, in a sentence").fill(
        "A few people told it all again to each new worker."
    )
    page.get_by_role("group", name="Quotes that speak for it").get_by_role("checkbox").first.check()
    page.get_by_role("group", name="What was counted").get_by_role("radio").last.check()
    choose(page, "How the two relate", "The count adds to what we heard")
    page.get_by_label("How you read the two together").fill(
        "Meetings with one coach went on for long. The count cannot say what they were like."
    )
    way.look(page)
    send(page, "Keep this")
    expect(page.get_by_role("heading", name="Starting again with someone new")).to_be_visible()
    way.look(page)
    display = JointDisplay.objects.get()
    assert display.figure_id == way.made["figure"]
    assert list(display.quotes.values_list("pk", flat=True)) == [way.made["quote"]]
    way.made["display"] = display.pk
