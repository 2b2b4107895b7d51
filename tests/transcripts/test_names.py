"""Names offered by the computer, decided by people."""

from collections.abc import Callable

import pytest

from accounts.errors import NotYours
from accounts.models import Role
from enquiries.errors import ConsentMissing
from enquiries.models import Work, WorkState
from nlp.names import FoundName
from tests import paths
from tests.factories.accounts import UserFactory, colleague
from tests.factories.enquiries import LinkFactory, PersonFactory, take_back
from tests.transcripts.texts import text_of
from transcripts import replacing
from transcripts.actions import checking, names
from transcripts.errors import NotPossibleNow, ReplacementRefused, StaleVersion
from transcripts.models import Transcript
from transcripts.models.raw import NameFinding, RawVersion, Replacement
from transcripts.names_page import names_shown, places_of
from transcripts.versions import latest

pytestmark = pytest.mark.django_db

LINES = (
    ("wren", "My sister Sarah lives in Eastmere. I told Sarah so."),
    ("listener", "Did Sarah Hughes come?"),
    ("wren", "No. Will she? I will ask 🙂 Zoë."),
)


def verified(lines=LINES) -> Transcript:
    return text_of(lines, state="verified", checked_by=UserFactory())


def found(version: RawVersion, *wanted: str, kind: str = "person") -> list[NameFinding]:
    """Findings at the first place of each of `wanted`."""
    return names.store_findings(
        version=version,
        found=[
            FoundName(start, start + len(word), word, kind, 0.8, "It looks like a name.")
            for word in wanted
            for start in [version.text.index(word)]
        ],
    )


def decide(finding: NameFinding, decision: str, by, **fields):
    return names.decide_name(
        version=finding.version, start=finding.start, end=finding.end, decision=decision, by=by, **fields
    )


def test_store_findings_twice_adds_nothing():
    version = latest(verified())
    assert len(found(version, "Sarah", "Eastmere")) == 2
    assert found(version, "Sarah", "Eastmere") == []
    assert NameFinding.objects.count() == 2


def test_store_findings_stay_within_turns():
    version = latest(verified())
    start = version.text.index("told Sarah so.")
    end = version.text.index("Sarah Hughes") + len("Sarah Hughes")
    across = FoundName(start, end, version.text[start:end], "person", 0.5, "It looks like a name.")
    stored = names.store_findings(version=version, found=[across])
    assert [finding.text for finding in stored] == ["told Sarah so.", "Did Sarah Hughes"]
    assert all(version.text[f.start : f.end] == f.text for f in stored)


def test_decide_name_accepts_what_is_offered():
    version = latest(verified())
    [finding] = found(version, "Sarah")
    by = colleague(version.partner)
    [row] = decide(finding, "accepted", by)
    assert row.replacement == finding.offered != ""
    assert row.finding == finding
    assert names.undecided(version) == []


def test_decide_name_changes_and_puts_brackets():
    version = latest(verified())
    [finding] = found(version, "Sarah")
    [row] = decide(finding, "changed", colleague(version.partner), replacement=" sister ")
    assert row.replacement == "[sister]"


def test_decide_name_refuses_and_later_thinks_again():
    version = latest(verified())
    [finding] = found(version, "Sarah")
    by = colleague(version.partner)
    decide(finding, "refused", by)
    assert names.undecided(version) == []
    decide(finding, "accepted", by)
    [current] = names.current_replacements(version)
    assert current.decision == "accepted"
    assert Replacement.objects.count() == 2


def test_decide_name_everywhere_leaves_longer_finds_and_other_case_alone():
    version = latest(verified())
    finding, longer = found(version, "Sarah", "Sarah Hughes")
    rows = decide(finding, "changed", colleague(version.partner), replacement="sister", everywhere=True)
    assert [version.text[row.start : row.end] for row in rows] == ["Sarah", "Sarah"]
    assert names.undecided(version) == [longer]
    [will] = found(version, "Will", kind="person")
    assert len(decide(will, "accepted", colleague(version.partner), everywhere=True)) == 1


def test_decide_name_counts_a_find_inside_what_is_taken_out_as_decided():
    version = latest(verified())
    shorter, longer = found(version, "Hughes", "Sarah Hughes")
    decide(longer, "accepted", colleague(version.partner))
    assert names.undecided(version) == []
    with pytest.raises(ReplacementRefused, match="taken out already"):
        decide(shorter, "accepted", colleague(version.partner))


@pytest.mark.parametrize(
    ("replacement", "sentence"),
    [
        ("", "Say what should stand"),
        ("[ ]", "Say what should stand"),
        ("my SARAH", "still hold the name"),
        ("x" * 130, "fewer words"),
    ],
)
def test_decide_name_refuses_words_that_cannot_stand(replacement: str, sentence: str):
    version = latest(verified())
    [finding] = found(version, "Sarah")
    with pytest.raises(ReplacementRefused, match=sentence):
        decide(finding, "changed", colleague(version.partner), replacement=replacement)


def test_add_name_takes_out_what_was_missed():
    version = latest(verified())
    start = version.text.index("Zoë")
    [row] = names.add_name(
        version=version, start=start, end=start + 3, replacement="friend", by=colleague(version.partner)
    )
    assert (row.original, row.replacement, row.finding) == ("Zoë", "[friend]", None)


def test_add_name_refuses_words_of_two_speakers_and_of_nobody():
    version = latest(verified())
    by = colleague(version.partner)
    for start, end in ((30, 70), (5, 5), (0, 10_000)):
        with pytest.raises(ReplacementRefused):
            names.add_name(version=version, start=start, end=end, replacement="x", by=by)


def test_decide_name_refuses_an_older_version():
    transcript = verified()
    old = latest(transcript)
    [finding] = found(old, "Sarah")
    by = colleague(old.partner)
    checking.reopen(transcript=transcript, by=by)
    checking.correct_turn(
        transcript=transcript,
        base_number=1,
        index=1,
        text="Did she come?",
        speaker=checking.Speaker(is_listener=True),
        is_right=True,
        by=by,
    )
    with pytest.raises(NotPossibleNow, match="verified"):
        decide(finding, "accepted", by)
    checking.verify(transcript=transcript, has_heard=True, by=by)
    with pytest.raises(StaleVersion):
        decide(finding, "accepted", by)


def test_store_findings_offers_what_was_chosen_before_for_the_same_name():
    version = latest(verified())
    [finding] = found(version, "Sarah")
    decide(finding, "changed", colleague(version.partner), replacement="sister")
    again = version.text.index("Sarah", finding.end)
    [second] = names.store_findings(
        version=version, found=[FoundName(again, again + 5, "Sarah", "person", 0.7, "Again.")]
    )
    assert second.offered == "[sister]"


def test_store_findings_offers_again_what_people_took_out_of_the_version_before():
    transcript = verified()
    by = colleague(transcript.partner)
    old = latest(transcript)
    start = old.text.index("Eastmere")
    names.add_name(version=old, start=start, end=start + 8, replacement="town", by=by)
    checking.reopen(transcript=transcript, by=by)
    checking.correct_turn(
        transcript=transcript,
        base_number=1,
        index=0,
        text="Oh, my sister Sarah lives in Eastmere. I told Sarah so.",
        speaker=checking.Speaker(transcript.conversation.contributors.get().pk),
        is_right=True,
        by=by,
    )
    checking.verify(transcript=transcript, has_heard=True, by=by)
    version = latest(transcript)
    [finding] = names.store_findings(version=version, found=[])
    assert version.text[finding.start : finding.end] == finding.text == "Eastmere"
    assert finding.offered == "[town]"
    assert names.not_carried(version) == []


def test_names_shown_says_what_could_not_be_carried_over():
    transcript = verified()
    by = colleague(transcript.partner)
    old = latest(transcript)
    start = old.text.index("Eastmere")
    names.add_name(version=old, start=start, end=start + 8, replacement="town", by=by)
    checking.reopen(transcript=transcript, by=by)
    checking.take_out_turn(transcript=transcript, base_number=1, index=0, by=by)
    checking.correct_turn(
        transcript=transcript,
        base_number=2,
        index=1,
        text="He was never seen again, not even by those who once in eastmere or elsewhere had known him.",
        speaker=checking.Speaker(is_listener=True),
        is_right=True,
        by=by,
    )
    checking.verify(transcript=transcript, has_heard=True, by=by)
    version = latest(transcript)
    names.store_findings(version=version, found=[])
    assert "“Eastmere” was taken out before" in names_shown(version).warnings[0]


def test_decide_name_is_closed_to_other_roles_and_after_somebody_left():
    version = latest(verified())
    [finding] = found(version, "Sarah")
    with pytest.raises(NotYours):
        decide(finding, "accepted", colleague(version.partner, Role.EDITOR))
    take_back(version.transcript.conversation.contributors.get(), "take_part")
    with pytest.raises(ConsentMissing):
        decide(finding, "accepted", colleague(version.partner))


def test_request_names_asks_once_for_a_version():
    transcript = verified()
    by = colleague(transcript.partner)
    first = names.request_names(transcript=transcript, by=by)
    assert names.request_names(transcript=transcript, by=by) == first
    assert Work.objects.count() == 1


def test_request_names_refuses_a_draft():
    transcript = text_of()
    with pytest.raises(NotPossibleNow, match="verified"):
        names.request_names(transcript=transcript, by=colleague(transcript.partner))


def test_find_names_finds_the_name_behind_the_pseudonym(run_jobs: Callable[..., int], settings):
    settings.SPACY_MODEL = ""
    transcript = verified((("wren", "They call me Jackie, and I rang 07700 900123."),))
    contributor = transcript.conversation.contributors.get()
    person = PersonFactory(partner=transcript.partner, called="Jackie")
    LinkFactory(contributor=contributor, person=person)
    asked = names.request_names(transcript=transcript, by=colleague(transcript.partner))
    run_jobs()
    asked.refresh_from_db()
    assert (asked.state, asked.reason) == (WorkState.FINISHED, "")
    kinds = {finding.text: finding.kind for finding in NameFinding.objects.all()}
    assert kinds["Jackie"] == "person"
    assert any("900123" in text for text in kinds)
    run_jobs()
    assert NameFinding.objects.count() == len(kinds)


def test_find_names_says_which_pipeline_is_missing(run_jobs: Callable[..., int], settings):
    settings.SPACY_MODEL = "no_such_pipeline"
    transcript = verified()
    asked = names.request_names(transcript=transcript, by=colleague(transcript.partner))
    run_jobs()
    asked.refresh_from_db()
    assert asked.state == WorkState.FAILED
    assert "no_such_pipeline" in asked.reason


def test_find_names_with_the_real_pipeline(run_jobs: Callable[..., int], settings):
    settings.SPACY_MODEL = str(paths.spacy_port())
    transcript = verified((("wren", "Sarah Hughes and David Cole moved from Manchester to London."),))
    names.request_names(transcript=transcript, by=colleague(transcript.partner))
    run_jobs()
    texts = " ".join(NameFinding.objects.values_list("text", flat=True))
    assert "David" in texts
    assert "London" in texts


def test_names_shown_puts_each_offer_in_its_sentence(django_assert_num_queries):
    version = latest(verified())
    found(version, "Sarah", "Zoë")
    with django_assert_num_queries(6):
        shown = names_shown(version)
    offer = shown.offers[0]
    assert (offer.place.before, offer.place.words, offer.place.after) == (
        "My sister ",
        "Sarah",
        " lives in Eastmere.",
    )
    assert offer.twins == 3
    assert shown.offers[1].place.speaker == "Wren"


def test_names_shown_warns_of_a_name_treated_in_two_ways():
    version = latest(verified())
    by = colleague(version.partner)
    [finding] = found(version, "Sarah")
    decide(finding, "changed", by, replacement="sister")
    again = version.text.index("Sarah", finding.end)
    names.add_name(version=version, start=again, end=again + 5, replacement="friend", by=by)
    assert "[sister] and [friend]" in names_shown(version).warnings[0]


def test_places_of_finds_words_as_written_before_others():
    version = latest(verified())
    assert len(places_of(version, "Will")) == 1
    assert len(places_of(version, "WILL")) == 2
    assert places_of(version, "Sar") == []


def test_apply_and_the_way_back():
    text = "My sister Sarah lives in Eastmere."
    new, offsets = replacing.apply(
        text, [replacing.Change(25, 33, "[town]"), replacing.Change(10, 15, "[my own sister]")]
    )
    assert new == "My sister [my own sister] lives in [town]."
    assert new[slice(*offsets[0][2:])] == "[my own sister]"
    for raw in (0, 9, 16, 24, 33, 34):
        assert replacing.to_raw(replacing.to_new(raw, offsets), offsets) == raw
    assert replacing.to_new(12, offsets) == 10
    assert replacing.to_new(12, offsets, is_end=True) == 25
    with pytest.raises(ValueError, match="overlap"):
        replacing.apply(text, [replacing.Change(0, 5, "a"), replacing.Change(4, 8, "b")])
