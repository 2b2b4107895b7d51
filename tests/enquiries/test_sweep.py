"""The sweep removes everything a withdrawal leaves behind, in steps that can be stopped anywhere."""

import errno
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core.files.base import ContentFile
from django.core.mail import get_connection, send_mail
from django.db import connection
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from wagtail.admin.models import FormState
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents import get_document_model
from wagtail.log_actions import log
from wagtail.models import Revision

from accounts import wall
from accounts.models import Role
from audit.models import Event
from enquiries import keyring_files, outside, retention, sweep, tombstones, withdrawal
from enquiries.actions import withdraw
from enquiries.models import Contributor, Conversation, Scope, Withdrawal, WithdrawalState
from enquiries.tracing import trace
from publishing.models import SuitePage, WisdomPage, WisdomsReportPage
from tests.factories.accounts import UserFactory, colleague
from tests.factories.enquiries import ContributorFactory, LinkFactory
from tests.factories.publishing import World, world
from tests.sweeping import withdraw_and_sweep
from tests.whole_person import CANARY, NAME, Whole, tables_with, whole_person
from themes.models import Memo, Quote, TopicRun

pytestmark = pytest.mark.django_db
EVERYTHING = [Scope.TAKE_PART, Scope.CONTACT_AGAIN]


@pytest.fixture
def site(db: Any) -> World:
    return world()


@pytest.fixture
def whole(site: World) -> Whole:
    return whole_person(site)


def test_everything_taken_back_leaves_only_the_tombstone(whole: Whole, settings: Any) -> None:
    before = trace(person_id=whole.person.pk)
    kinds = {each.kind for each in before.held}
    assert {"enquiries.link", "store.file", "themes.quote", "wagtailcore.revision", "enquiries.work"} <= kinds
    assert {"transcripts.turn", "transcripts.piece", "themes.topicrun", "publishing.quoteonpage"} <= kinds

    done = withdraw_and_sweep(contributor=whole.contributor, scope=EVERYTHING)

    assert done.is_done
    for after in (trace(person_id=whole.person.pk), trace(handle=whole.contributor.handle)):
        assert after.held == ()
    left = trace(handle=whole.contributor.handle).tombstone
    assert {each.kind for each in left} == {
        "tombstone",
        "enquiries.contributor",
        "enquiries.consentevent",
        "enquiries.withdrawal",
    }
    assert tables_with(CANARY, NAME, "zanzibarine", whole.contributor.pseudonym) == {}
    assert [path for path in Path(settings.STORE_DIR).rglob("*") if path.is_file()] == []
    assert not Conversation.objects.filter(pk=whole.conversation.pk).exists()


def test_a_legal_hold_pauses_clocks_and_nobodys_taking_back(site: World, whole: Whole) -> None:
    guardian = colleague(whole.contributor.partner, Role.DATA_GUARDIAN)
    for held in (whole.contributor, whole.contributor.enquiry):
        retention.place_hold(on=held, reason="Letter of 2 May.", by=guardian)

    assert withdraw_and_sweep(contributor=whole.contributor, scope=EVERYTHING).is_done

    assert trace(person_id=whole.person.pk).held == ()
    assert tables_with(CANARY, NAME) == {}


def test_the_tombstone_says_what_was_done_and_names_nobody(whole: Whole) -> None:
    done = withdraw_and_sweep(contributor=whole.contributor, scope=EVERYTHING)
    [kept] = tombstones.read_all()
    assert (kept.id, kept.handle) == (str(done.tombstone), str(whole.contributor.handle))
    assert kept.is_done
    assert set(kept.scopes) == set(Scope.values)
    assert set(kept.steps) == {name for name, _step in withdrawal.steps()}


def test_quoting_taken_back_goes_from_drafts_old_revisions_and_what_colleagues_typed(
    site: World, whole: Whole
) -> None:
    said = f"That winter {CANARY}, I swear."
    page = WisdomPage.objects.get(pk=whole.page.pk)
    page.heard = [("prose", f"<p>Somebody said: <b>That winter</b> {CANARY}, I swear. And we agree.</p>")]
    page.save_revision(user=site.editor)
    page.heard = [("prose", "<p>Nothing of it.</p>")]
    page.save_revision(user=site.editor)
    assert CANARY in str([each.content for each in Revision.objects.all()])

    withdraw_and_sweep(contributor=whole.contributor, scope=Scope.QUOTE_WORDS)

    held = [str(each.content) for each in Revision.objects.all()]
    assert not any(CANARY in each or said in each for each in held)
    assert any("Somebody said: " in each and "And we agree." in each for each in held)
    assert not {
        each for each in tables_with(CANARY) if each.startswith(("wagtail", "publishing", "coaching"))
    }
    assert Quote.objects.get(contributor=whole.contributor).text == ""


def test_a_memo_keeps_what_the_reader_wrote_and_loses_what_was_said(whole: Whole) -> None:
    withdraw_and_sweep(contributor=whole.contributor, scope=Scope.ANALYSE)
    assert [memo.text for memo in Memo.objects.all()] == ["Compare “[…].” with the rest."]


def test_a_topic_run_is_counted_down_exactly(site: World, whole: Whole) -> None:
    TopicRun.objects.update(n_segments=40, n_contributors=12)
    withdraw_and_sweep(contributor=whole.contributor, scope=Scope.ANALYSE)
    run = TopicRun.objects.get()
    assert (run.n_segments, run.n_contributors, run.proposals.get().words) == (39, 11, [])
    assert run.outdated_at is not None


def test_a_real_name_goes_from_pages_when_being_named_is_taken_back(site: World, whole: Whole) -> None:
    page = WisdomPage.objects.get(pk=whole.page.pk)
    page.heard = [("prose", f"<p>We thank {NAME} for coming.</p>")]
    page.save_revision(user=site.editor)
    withdraw_and_sweep(contributor=whole.contributor, scope=Scope.NAMED_CREDIT)
    assert not {each for each in tables_with(NAME) if each.startswith(("wagtail", "publishing"))}
    assert Quote.objects.get(contributor=whole.contributor).text != ""


def test_a_real_name_goes_from_addresses_files_and_pages_of_no_enquiry(
    site: World, whole: Whole, client: Client
) -> None:
    in_addresses = [NAME.lower().replace(" ", sign) for sign in "-_"]
    report = WisdomsReportPage.objects.get(pk=whole.report.pk)
    report.slug = f"what-{in_addresses[0]}-said"
    report.save()
    taken = site.wisdom(report, title="A person", slug="a-person")
    page = WisdomPage.objects.get(pk=whole.page.pk)
    page.slug = in_addresses[0]
    page.save_revision(user=site.editor)
    page.save()
    Redirect.objects.create(old_path=f"/{in_addresses[0]}", redirect_page=page)
    Redirect.objects.create(old_path="/another-way", redirect_page=page)
    document = get_document_model().objects.create(
        title=f"A letter by {NAME}", file=ContentFile(b"%PDF-", name=f"{in_addresses[1]}.pdf")
    )
    log(document, "wagtail.create", user=site.editor)
    SuitePage.objects.update(introduction=f"<p>Read what {NAME} told us.</p>")
    assert client.get(WisdomPage.objects.get(pk=page.pk).url).status_code == 200

    withdraw_and_sweep(contributor=whole.contributor, scope=Scope.NAMED_CREDIT)

    left = tables_with(NAME, *in_addresses)
    assert not {each for each in left if each.startswith(("wagtail", "publishing"))}
    assert not [each.name for each in Path(settings.MEDIA_ROOT).rglob(f"*{in_addresses[1]}*")]
    report.refresh_from_db()
    page.refresh_from_db()
    assert (report.slug, page.slug) == ("what-a-person-said", f"a-person-{page.pk}")
    taken.refresh_from_db()
    for each in (report, page):
        assert client.get(each.url).status_code == 200
    assert taken.url_path == f"{report.url_path}a-person/"
    assert [each.old_path for each in Redirect.objects.all()] == ["/another-way"]
    document.refresh_from_db()
    assert document.title == "A letter by a person"
    with document.file.open() as file:
        assert file.read() == b"%PDF-"


def test_words_and_names_go_from_drafts_in_the_index_of_the_editors_search(site: World, whole: Whole) -> None:
    draft = site.wisdom(
        whole.report, title=f"What {NAME} said", heard=[("prose", f"<p>That winter {CANARY}, I swear.</p>")]
    )
    assert not draft.live
    marks = ("quillfeather", "zanzibarin")
    assert all("wagtailsearch_indexentry" in tables_with(mark) for mark in marks)
    withdraw_and_sweep(contributor=whole.contributor, scope=EVERYTHING)
    assert tables_with(*marks) == {}


def test_a_colleagues_name_stays_where_it_says_whom_to_ask(site: World) -> None:
    coach = site.contributor(voice="coach")
    LinkFactory(contributor=coach, person=None, user=UserFactory(name=NAME))
    SuitePage.objects.update(introduction=f"<p>Ask {NAME}.</p>")
    report = site.report(in_short=f"{NAME} told us so.")
    withdraw_and_sweep(contributor=coach, scope=Scope.TAKE_PART)
    assert NAME in SuitePage.objects.get().introduction
    report.refresh_from_db()
    assert report.in_short == "a person told us so."


def test_what_an_editor_was_shown_without_saving_it_goes_at_once(site: World, whole: Whole) -> None:
    page = WisdomPage.objects.get(pk=whole.page.pk)
    FormState.objects.create(
        user=site.editor,
        content_object=page,
        data=urlencode({"title": CANARY}),
        last_updated_at=timezone.now(),
    )
    withdraw(contributor=whole.contributor, scope=Scope.QUOTE_WORDS, by=None)
    assert not FormState.objects.exists()


def test_letters_that_were_never_sent_go_with_who_they_were_for(whole: Whole, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    whole.person.email = "Wren@example.org"
    whole.person.save(update_fields=["email"])
    # Both kept: a file is named by the second and by where its connection lies in memory.
    connections = [get_connection() for _letter in range(2)]
    for address, letters in zip(("wren@example.org", "jenny-wren@example.org"), connections, strict=True):
        send_mail("Your page", "It opens by the word we agreed on.", None, [address], connection=letters)
    folder = Path(settings.EMAIL_FILE_PATH)
    assert len(list(folder.iterdir())) == 2
    assert "mail.letter" in {each.kind for each in trace(person_id=whole.person.pk).held}
    withdraw_and_sweep(contributor=whole.contributor, scope=EVERYTHING)
    (left,) = folder.iterdir()
    assert "jenny-wren@example.org" in left.read_text()
    assert trace(handle=whole.contributor.handle).held == ()


def test_waiting_messages_go_and_sign_ins_stay(whole: Whole) -> None:
    session = SessionStore()
    session["_auth_user_id"] = "1"
    session["_messages"] = f"{whole.contributor.pseudonym} has not agreed to this."
    session.save()
    withdraw_and_sweep(contributor=whole.contributor, scope=Scope.QUOTE_WORDS)
    kept = SessionStore(session.session_key)
    assert dict(kept.items()) == {"_auth_user_id": "1"}


@pytest.mark.parametrize("full", [(keyring_files, "_overwrite"), (outside.json, "dump")])
def test_a_full_disk_stops_a_sweep_and_leaves_nothing_half_ended(
    whole: Whole, monkeypatch: pytest.MonkeyPatch, full: tuple[Any, str]
) -> None:
    def no_room(*_args: object, **_more: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    key = Path(settings.KEYRING_DIR) / "people" / whole.contributor.handle.hex
    assert key.is_file()
    asked = withdraw(contributor=whole.contributor, scope=EVERYTHING, by=None)
    with monkeypatch.context() as patched:
        patched.setattr(*full, no_room)
        assert not sweep.sweep_or_note(asked.pk)
    asked.refresh_from_db()
    assert (asked.problem, asked.is_done) == ("OSError", False)

    assert sweep.sweep_or_note(asked.pk)
    folders = (Path(settings.KEYRING_DIR), Path(settings.TOMBSTONES_DIR))
    left = {path.name for folder in folders for path in folder.rglob("*") if path.is_file()}
    assert left == {"lock", ".lock", f"{asked.tombstone}.json"}


@pytest.mark.django_db(transaction=True)
def test_a_database_that_goes_away_stops_a_sweep_and_the_next_try_ends_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    who = ContributorFactory(agreed=True)
    asked = withdraw(contributor=who, scope=EVERYTHING, by=None)
    steps = withdrawal.steps()

    def goes_away(contributor: Contributor, scopes: frozenset[str]) -> Any:
        steps[-1][1](contributor, scopes)
        with connection.cursor() as cursor:
            cursor.execute("select pg_terminate_backend(pg_backend_pid())")

    with monkeypatch.context() as patched:
        patched.setattr(withdrawal, "steps", lambda: [*steps[:-1], (steps[-1][0], goes_away)])
        with wall.acting_for(partners=[asked.partner_id]):
            assert not sweep.sweep_or_note(asked.pk)
    asked.refresh_from_db()
    assert (asked.problem, asked.is_done) == ("OperationalError", False)
    assert len(asked.steps) == len(steps) - 1
    assert sweep.sweep_or_note(asked.pk)


def test_a_sweep_stopped_in_any_step_goes_on_there(whole: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    """The step that stops has done its work already; its transaction takes it back, its files stay gone."""
    asked = withdraw(contributor=whole.contributor, scope=EVERYTHING, by=None)
    steps = withdrawal.steps()
    for at, (name, step) in enumerate(steps):

        def broken(contributor: Contributor, scopes: frozenset[str], step: Any = step) -> Any:
            step(contributor, scopes)
            raise RuntimeError("The power went.")

        stopped = [*steps[:at], (name, broken), *steps[at + 1 :]]
        monkeypatch.setattr(withdrawal, "steps", lambda stopped=stopped: stopped)
        assert not sweep.sweep_or_note(asked.pk)
        asked.refresh_from_db()
        assert set(asked.steps) == {done for done, _step in steps[:at]}
        assert (asked.problem, asked.tries) == ("RuntimeError", at + 1)
    monkeypatch.setattr(withdrawal, "steps", lambda: steps)
    assert asked.pk not in sweep.unfinished()
    assert sweep.unfinished(now=timezone.now() + timedelta(hours=1)) == [asked.pk]
    assert sweep.sweep_or_note(asked.pk)
    assert trace(handle=whole.contributor.handle).held == ()
    assert tables_with(CANARY, NAME) == {}


def test_every_step_may_run_twice(whole: Whole) -> None:
    scopes = frozenset(Scope.values)
    for _name, step in withdrawal.steps():
        step(whole.contributor, scopes)
        step(whole.contributor, scopes)
    assert tables_with(CANARY, NAME) == {}


def test_sweeping_twice_changes_nothing(whole: Whole) -> None:
    done = withdraw_and_sweep(contributor=whole.contributor, scope=EVERYTHING)
    again = sweep.sweep(done.pk)
    assert (again.steps, again.finished_at) == (done.steps, done.finished_at)
    assert Event.objects.filter(action="withdrawal.swept").count() == 1


def test_the_sweep_is_queued_in_its_own_queue_with_ids_alone(whole: Whole, run_jobs: Any) -> None:
    asked = withdraw(contributor=whole.contributor, scope=EVERYTHING, by=None)
    job = ProcrastinateJob.objects.get(queue_name="withdrawal")
    assert job.args == {"withdrawal_id": asked.pk, "partner_id": asked.partner_id}
    run_jobs("withdrawal")
    asked.refresh_from_db()
    assert asked.state == WithdrawalState.DONE


def test_what_was_left_in_the_middle_is_taken_up_by_the_clock(whole: Whole) -> None:
    asked = withdraw(contributor=whole.contributor, scope=EVERYTHING, by=None)
    assert sweep.sweep_unfinished() == 1
    asked.refresh_from_db()
    assert asked.is_done
    assert sweep.unfinished() == []


def test_a_voice_of_two_rounds_goes_from_both(site: World, whole: Whole) -> None:
    from tests.factories.enquiries import ConversationFactory, WaveFactory, grant
    from tests.factories.transcripts import TranscriptFactory

    wave = WaveFactory(enquiry=site.enquiry)
    grant(whole.contributor, wave=wave)
    later = ConversationFactory(enquiry=site.enquiry, wave=wave, contributors=[whole.contributor])
    TranscriptFactory(conversation=later, pseudonymised=True, turns=[(whole.contributor, CANARY)])
    withdraw_and_sweep(contributor=whole.contributor, scope=EVERYTHING)
    assert tables_with(CANARY) == {}
    assert not whole.contributor.participations.exists()


def test_somebody_elses_words_stay_whole(site: World, whole: Whole) -> None:
    other = whole_person(site, is_live=False)
    before = trace(person_id=other.person.pk)
    withdraw_and_sweep(contributor=whole.contributor, scope=EVERYTHING)
    after = trace(person_id=other.person.pk)
    assert [each for each in before.held if each not in after.held] == []
    assert Withdrawal.objects.count() == 1
    assert not ContributorFactory._meta.model.objects.filter(pseudonym=whole.contributor.pseudonym).exists()
