import datetime
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.errors import NotYours
from accounts.models import Role
from audit.models import Event
from coaching.actions import imports
from coaching.errors import FileRefused, NotPossibleNow
from coaching.importing import MOST_ROWS, Outcome, read_sheet
from coaching.models import (
    AssetSurvey,
    CoachingRelationship,
    CoachingSession,
    Ending,
    ImportBatch,
    ImportState,
    WellbeingResponse,
)
from enquiries.models import Person
from tests.factories.accounts import PartnerFactory, UserFactory, colleague
from tests.factories.coaching import AssetDefinitionFactory, coach_at

pytestmark = pytest.mark.django_db

RELATIONSHIPS = "person_ref,called,coach_email,started_on,state,ended_on,ending_kind,housing_tied"
SESSIONS = "person_ref,coach_email,held_on,minutes,place_kind,was_met"
SHORT = "person_ref,completed_on,record_mode,q01,q02,q03,q06,q07,q09,q11"
LONG = "person_ref,completed_on,record_mode," + ",".join(f"q{n:02d}" for n in range(1, 15))
ASSETS = "person_ref,completed_on," + ",".join(f"a{n:02d}" for n in range(1, 13))


@pytest.fixture
def partner():
    return PartnerFactory(slug="eastmere")


@pytest.fixture
def keeper(partner):
    return colleague(partner, Role.PARTNER_LEAD)


@pytest.fixture
def coach(partner):
    coach = coach_at(partner)
    coach.email = "joan@example.org"
    coach.save()
    return coach


@pytest.fixture
def bring(partner, keeper, coach):
    def bring(kind, *lines, dry_run=False, encoding="utf-8", by=None):
        content = "\n".join(lines).encode(encoding)
        return imports.import_file(
            partner=partner, kind=kind, content=content, by=by or keeper, dry_run=dry_run
        )

    return bring


@pytest.fixture
def robin(bring):
    """Robin, whose reference is P1, began with Joan on 6 January 2025."""
    bring("relationships", RELATIONSHIPS, "P1,Robin,joan@example.org,2025-01-06,active,,,no")
    return Person.objects.get(ref="P1")


def outcomes(report):
    return [(row.line, row.outcome.value) for row in report.rows]


def refusals(report):
    return {row.line: row.sentence for row in report.of(Outcome.REFUSED)}


# --- Files --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"PK\x03\x04workbook", "workbook"),
        (b"\xd0\xcf\x11\xe0old workbook", "workbook"),
        ("person_ref,caf\u00e9".encode("latin-1"), "CSV UTF-8"),
        (b"a,b\x00c", "not text"),
        (b"a,,b\n", "no name"),
        (b"a,b,A\n", "twice"),
        (b'a,b\n1,"2', "quotation mark"),
        (b"a\n" + b"x" * 10_001, "too long"),
        (b"x" * 5_000_001, "5 megabytes"),
        (b"a\n" + b"1\n" * (MOST_ROWS + 1), "50,000"),
    ],
)
def test_a_file_that_cannot_be_read_is_answered_with_what_to_do(content, says):
    with pytest.raises(FileRefused, match=says):
        read_sheet(content)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_file_is_read_whatever_the_spreadsheet_wrote(separator, encoding, newline):
    rows = [
        ["Person_Ref", " Called "],
        ["P1", "Siân 🙂"],
        [""],
        ["", ""],
        [f'"P{separator}2"', f'"two{newline}lines"'],
        ["P3", "x", "", ""],
    ]
    text = newline.join(separator.join(row) for row in rows)
    sheet = read_sheet(text.encode(encoding))
    assert sheet.columns == ("person_ref", "called")
    first, second, third = sheet.rows
    assert (first.line, first.cells) == (2, {"person_ref": "P1", "called": "Siân 🙂"})
    assert second.cells is not None
    assert second.cells["person_ref"] == f"P{separator}2"
    assert (second.line, third.line) == (5, 7)
    assert third.cells == {"person_ref": "P3", "called": "x"}


def test_a_row_with_other_cells_than_the_heading_is_marked():
    rows = read_sheet(b"a,b\n1\n1,2,3\n").rows
    assert [(row.line, row.cells, row.n_cells) for row in rows] == [(2, None, 1), (3, None, 3)]


# --- Relationships ------------------------------------------------------------------------------------
def test_relationships_come_in_once_however_often_the_file_is_brought(bring):
    lines = [
        RELATIONSHIPS,
        "P1,Robin,JOAN@example.org,2025-01-06,active,,,no",
        "P2,,joan@example.org,06/01/2025,Trying out,,,",
        "P3,Idris,joan@example.org,2025-01-06,ended,2025-03-01,planned together,yes",
    ]
    first, second = bring("relationships", *lines), bring("relationships", *lines)
    assert (first.added, first.refused) == (3, 0)
    assert (second.added, second.unchanged) == (0, 3)
    assert CoachingRelationship.objects.count() == 3
    assert set(Person.objects.values_list("called", flat=True)) == {"Robin", "P2", "Idris"}
    ending = Ending.objects.get()
    assert (ending.kind, ending.relationship.ended_on) == ("planned_together", datetime.date(2025, 3, 1))


def test_one_bad_row_refuses_nothing_else(bring):
    report = bring(
        "relationships",
        RELATIONSHIPS,
        "P1,Robin,joan@example.org,2025-01-06,active,,,no",
        "P2,Idris,nobody@example.org,2025-01-06,active,,,no",
        ",Idris,joan@example.org,2025-01-06,active,,,no",
        "P3,Idris,joan@example.org,6 January,active,,,no",
        "P3,Idris,joan@example.org,2999-01-06,active,,,no",
        "P3,Idris,joan@example.org,1899-01-06,active,,,no",
        "P3,Idris,joan@example.org,2025-01-06,graduated,,,no",
        "P3,Idris,joan@example.org,2025-01-06,ended,,,no",
        "P3,Idris,joan@example.org,2025-01-06,ended,2025-01-01,lost_touch,no",
        "P3,Idris,joan@example.org,2025-01-06,ended,2025-02-01,discharged,no",
        "P3,Idris,joan@example.org,2025-01-06,active,2025-02-01,,no",
        "P3,Idris,joan@example.org,2025-01-06,active,,,perhaps",
        "P3,Idris,joan@example.org",
        "P1,Robin,joan@example.org,2025-02-06,active,,,no",
        "P4,Mrs O,joan@example.org,2025-01-06,paused,,,",
    )
    assert outcomes(report)[0] == (2, "added")
    assert outcomes(report)[-1] == (16, "added")
    found = refusals(report)
    assert list(found) == list(range(3, 16))
    assert "nobody@example.org" in found[3]
    assert "“person_ref” is empty" in found[4]
    assert "2025-03-31" in found[5]
    assert "yet to come" in found[6]
    assert "trying_out, active, paused, ended" in found[8]
    assert "3 cells; the heading has 8" in found[14]
    assert "already" in found[15]
    assert set(Person.objects.values_list("ref", flat=True)) == {"P1", "P4"}


def test_a_later_file_moves_a_relationship_on(bring, robin):
    paused = bring("relationships", RELATIONSHIPS, "P1,Robin,joan@example.org,2025-01-06,paused,,,no")
    assert paused.changed == 1
    ended = "P1,Robin,joan@example.org,2025-01-06,ended,2025-06-01,lost_touch,no"
    assert bring("relationships", RELATIONSHIPS, ended).changed == 1
    assert bring("relationships", RELATIONSHIPS, ended).unchanged == 1
    assert Ending.objects.get().kind == "lost_touch"
    back = bring("relationships", RELATIONSHIPS, "P1,Robin,joan@example.org,2025-01-06,active,,,no")
    assert "come to an end" in refusals(back)[2]
    other = bring(
        "relationships", RELATIONSHIPS, "P1,Robin,joan@example.org,2025-01-06,ended,2025-06-02,too_soon,no"
    )
    assert "another ending" in refusals(other)[2]
    again = bring("relationships", RELATIONSHIPS, "P1,Robin,joan@example.org,2025-09-01,active,,,no")
    assert again.added == 1


def test_a_relationship_may_begin_and_end_within_one_file(bring):
    report = bring(
        "relationships",
        RELATIONSHIPS,
        "P1,Robin,joan@example.org,2025-01-06,active,,,no",
        "P1,Robin,joan@example.org,2025-01-06,ended,2025-06-01,lost_touch,no",
        "P1,Robin,joan@example.org,2025-09-01,active,,,no",
    )
    assert outcomes(report) == [(2, "added"), (3, "changed"), (4, "added")]
    assert list(CoachingRelationship.objects.order_by("started_on").values_list("state", flat=True)) == [
        "ended",
        "active",
    ]


# --- Meetings -----------------------------------------------------------------------------------------
def test_meetings_come_in_once_and_two_alike_on_a_day_stay_two(bring, robin):
    lines = [
        SESSIONS,
        "P1,joan@example.org,2025-02-01,60,Café,yes",
        "P1,joan@example.org,2025-02-01,60,cafe,yes",
        "P1,joan@example.org,2025-02-08,,,no",
    ]
    assert bring("sessions", *lines).added == 3
    assert bring("sessions", *lines).unchanged == 3
    assert bring("sessions", *lines, lines[1]).added == 1
    assert CoachingSession.objects.filter(was_met=True).count() == 3


def test_meetings_that_cannot_be_are_refused(bring, robin):
    found = refusals(
        bring(
            "sessions",
            SESSIONS,
            "P9,joan@example.org,2025-02-01,60,cafe,yes",
            "P1,joan@example.org,2025-01-05,60,cafe,yes",
            "P1,joan@example.org,2025-02-01,,cafe,yes",
            "P1,joan@example.org,2025-02-01,0,cafe,yes",
            "P1,joan@example.org,2025-02-01,1e3,cafe,yes",
            "P1,joan@example.org,2025-02-01,60,pub,yes",
            "P1,joan@example.org,2025-02-01,60,cafe,maybe",
        )
    )
    assert list(found) == [2, 3, 4, 5, 6, 7, 8]
    assert "Bring in the coaching relationships first" in found[2]
    assert "not walking alongside" in found[3]
    assert not CoachingSession.objects.exists()


# --- Surveys ------------------------------------------------------------------------------------------
def test_short_wellbeing_is_scored_as_it_comes_in(bring, robin):
    report = bring(
        "swemwbs",
        SHORT,
        "P1,2025-01-10,alone,3,3,3,3,3,3,3",
        "P1,2025-02-10,with help,3,3,,3,3,3,3",
        "P1,2025-02-20,alone,3,3,3,3,3,3,3",
        "P1,2025-03-10,alone,3,3,6,3,3,3,3",
        "P1,2025-03-10,alone,3,3,2.5,3,3,3,3",
        "P1,2025-03-10,guessed,3,3,3,3,3,3,3",
        "P9,2025-03-10,alone,3,3,3,3,3,3,3",
        "P1,2025-01-10,alone,3,3,3,3,3,3,4",
        "P1,2025-01-10,alone,3,3,3,3,3,3,3",
    )
    assert [outcome for _line, outcome in outcomes(report)] == [
        *("added", "added", "refused", "refused", "refused", "refused", "refused", "refused", "unchanged")
    ]
    first, second = WellbeingResponse.objects.order_by("completed_on")
    assert (str(first.raw), str(first.metric)) == ("21.00", "19.25")
    assert (second.is_complete, second.raw, second.record_mode) == (False, None, "with_help")
    assert "two weeks" in refusals(report)[4]
    assert "between 1 and 5" in refusals(report)[5]


def test_long_wellbeing_gets_its_sum_and_the_metric_of_the_short_one(bring, robin):
    line = "P1,2025-01-10,read_aloud," + ",".join(["3"] * 14)
    assert bring("wemwbs", LONG, line).added == 1
    assert bring("wemwbs", LONG, line).unchanged == 1
    response = WellbeingResponse.objects.get()
    assert (str(response.raw), str(response.metric)) == ("42.00", "19.25")
    short = bring("swemwbs", SHORT, "P1,2025-01-20,alone,3,3,3,3,3,3,3")
    assert "two weeks" in refusals(short)[2]


def test_assets_use_the_starter_set_unless_the_partner_has_its_own(bring, robin, partner):
    line = "P1,2025-01-10," + ",".join(["5"] * 12)
    assert bring("assets", ASSETS, line, dry_run=True).added == 1
    assert bring("assets", ASSETS, line).added == 1
    assert bring("assets", ASSETS, line).unchanged == 1
    assert str(AssetSurvey.objects.get().total) == "60.00"
    with pytest.raises(FileRefused, match="a13"):
        bring("assets", ASSETS + ",a13", line + ",5")
    AssetDefinitionFactory(partner=partner, slug="own", items=AssetSurvey.objects.get().definition.items[:8])
    with pytest.raises(FileRefused, match="a09"):
        bring("assets", ASSETS, line)


def test_assets_with_too_few_answers_are_kept_without_a_total(bring, robin):
    report = bring(
        "assets",
        ASSETS,
        "P1,2025-01-10,5,5,5" + "," * 9,
        "P1,2025-04-10" + "," * 12,
        "P1,2025-05-10,9" + "," * 11,
    )
    assert [outcome for _line, outcome in outcomes(report)] == ["added", "refused", "refused"]
    assert AssetSurvey.objects.get().total is None


# --- Trying out, taking in ----------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["sessions", "swemwbs", "wemwbs", "assets", "relationships"])
def test_a_file_without_its_columns_is_refused_whole(bring, kind):
    with pytest.raises(FileRefused, match="lacks the column"):
        bring(kind, "something,else", "1,2")


def test_columns_nobody_asked_for_are_left_aside_and_never_kept(bring):
    report = bring(
        "relationships",
        RELATIONSHIPS + ",diagnosis",
        "P1,Robin,joan@example.org,2025-01-06,active,,,no,private",
    )
    assert report.left_aside == ("diagnosis",)
    assert "private" not in str(list(CoachingRelationship.objects.values()))


def test_a_dry_run_keeps_nothing(bring):
    report = bring(
        "relationships", RELATIONSHIPS, "P1,Robin,joan@example.org,2025-01-06,active,,,no", dry_run=True
    )
    assert (report.added, report.dry_run) == (1, True)
    assert not Person.objects.exists()
    assert not ImportBatch.objects.exists()


def test_a_file_is_held_until_it_is_decided_and_then_erased(partner, keeper, coach):
    content = f"{RELATIONSHIPS}\nP1,Robin,joan@example.org,2025-01-06,active,,,no".encode()
    left, _report = imports.offer_file(partner=partner, kind="relationships", content=content, by=keeper)
    batch, report = imports.offer_file(partner=partner, kind="relationships", content=content, by=keeper)
    left.refresh_from_db()
    assert (left.state, left.content) == (ImportState.DROPPED, None)
    assert (report.added, batch.n_added, Person.objects.count()) == (1, 1, 0)
    imports.take_in(batch=batch, by=keeper)
    batch.refresh_from_db()
    assert (batch.state, batch.content, batch.n_added) == (ImportState.IMPORTED, None, 1)
    assert CoachingRelationship.objects.get().batch == batch
    with pytest.raises(NotPossibleNow):
        imports.take_in(batch=batch, by=keeper)
    imports.drop_file(batch=batch, by=keeper)
    batch.refresh_from_db()
    assert batch.state == ImportState.IMPORTED
    assert "Robin" not in str(list(Event.objects.values_list("detail", flat=True)))


def test_a_file_nobody_decides_on_is_erased_after_a_day(partner, keeper, coach):
    content = f"{SESSIONS}\n".encode()
    batch, _report = imports.offer_file(partner=partner, kind="sessions", content=content, by=keeper)
    assert imports.drop_forgotten_files() == 0
    ImportBatch.objects.update(offered_at=timezone.now() - datetime.timedelta(hours=25))
    assert imports.drop_forgotten_files() == 1
    batch.refresh_from_db()
    assert (batch.state, batch.content) == (ImportState.DROPPED, None)


@pytest.mark.parametrize("role", [Role.COACH, Role.RESEARCHER, Role.EDITOR, Role.REVIEWER])
def test_only_those_who_keep_records_bring_files(bring, partner, role):
    for dry_run in (True, False):
        with pytest.raises(NotYours):
            bring("sessions", SESSIONS, dry_run=dry_run, by=colleague(partner, role))
    with pytest.raises(NotYours):
        bring("sessions", SESSIONS, by=colleague(PartnerFactory(), Role.PARTNER_LEAD))


def test_an_unknown_kind_is_refused(bring):
    with pytest.raises(FileRefused, match="kind of file"):
        bring("diaries", "a", "1")


def test_ten_thousand_rows_come_in_with_few_queries(bring, robin, django_assert_max_num_queries):
    day = datetime.date(2025, 1, 6)
    lines = [
        f"P1,joan@example.org,{day + datetime.timedelta(days=n % 365)},{1 + n // 365},cafe,yes"
        for n in range(10_000)
    ]
    with django_assert_max_num_queries(60):
        report = bring("sessions", SESSIONS, *lines)
    assert report.added == 10_000
    assert bring("sessions", SESSIONS, *lines).unchanged == 10_000


# --- The command --------------------------------------------------------------------------------------
def command(path, *more):
    out = StringIO()
    call_command("import_coaching", str(path), "--partner", "eastmere", *more, stdout=out)
    return out.getvalue()


def test_command_prints_json_and_may_only_try(tmp_path, keeper, coach):
    file = tmp_path / "relationships.csv"
    file.write_text(
        f"{RELATIONSHIPS}\nP1,Robin,joan@example.org,2025-01-06,active,,,no\nP2,,x,2025-01-06,active,,,no\n"
    )
    tried = json.loads(command(file, "--kind", "relationships", "--dry-run", "--json"))
    assert (tried["dry_run"], tried["added"], tried["refused"]) == (True, 1, 1)
    assert tried["refusals"][0]["line"] == 3
    assert not Person.objects.exists()
    said = command(file, "--kind", "relationships", "--by", keeper.email)
    assert "line 3:" in said
    assert "2 rows: 1 added, 0 changed, 0 kept already, 1 refused." in said
    assert Person.objects.count() == 1


def test_command_fails_with_a_sentence(tmp_path, partner):
    file = tmp_path / "empty.csv"
    file.write_text("")
    with pytest.raises(CommandError, match="Nobody who may"):
        command(file, "--kind", "sessions")
    keeper = colleague(partner, Role.DATA_GUARDIAN)
    with pytest.raises(CommandError, match="Nobody who may"):
        command(file, "--kind", "sessions", "--by", UserFactory().email)
    with pytest.raises(CommandError, match="empty"):
        command(file, "--kind", "sessions", "--by", keeper.email)
    with pytest.raises(CommandError, match="cannot be read"):
        command(tmp_path / "missing.csv", "--kind", "sessions")
    with pytest.raises(CommandError, match="slug"):
        call_command("import_coaching", str(file), "--partner", "nowhere", "--kind", "sessions")
