"""Asking for a topic run, and carrying it out. What the model offers is stored and never changed."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from typing import TypeVar

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import check
from audit.actions import record
from enquiries import consent
from enquiries import work as works
from enquiries.models import Enquiry, Work, WorkState
from nlp.topics import MIN_PASSAGES, Passage, TopicRunResult, run_topics
from themes.actions.suggestions import ask_for_offers
from themes.embedding import current_embedder, embed_missing, vectors_of
from themes.errors import RunRefused, WordsTakenBackMeanwhile
from themes.models import TopicAssignment, TopicProposal, TopicRun
from themes.passages import open_passages
from transcripts.models import Segment

TASK = "themes.tasks.run_topics"
KIND = "topics"
# The rescue takes a worker for dead after a minute and a half of silence.
SAY_ALIVE_EVERY_S = 20.0
UNDER_WAY = (WorkState.QUEUED, WorkState.RUNNING)

T = TypeVar("T")


@transaction.atomic
def request_topic_run(*, enquiry: Enquiry, by: User, seed: int = 42) -> TopicRun:
    """Queue a new run over the passages that may be read now. Earlier runs and decisions stay.

    Raises:
        RunRefused: fewer passages than a model can say anything about, or a run is under way.
    """
    check(by, "pattern.ask", enquiry)
    Enquiry.objects.select_for_update().get(pk=enquiry.pk)
    if enquiry.topic_runs.filter(finished_at=None, work__state__in=UNDER_WAY).exists():
        raise RunRefused(_("The computer is already looking for patterns here. Wait until it has ended."))
    n = open_passages(enquiry).count()
    if n < MIN_PASSAGES:
        raise RunRefused(
            _(
                "There are %(n)d passages that may be read, and the computer needs at least %(least)d to "
                "find patterns. Code by hand: open a conversation and read."
            )
            % {"n": n, "least": MIN_PASSAGES}
        )
    number = (enquiry.topic_runs.aggregate(latest=Max("number"))["latest"] or 0) + 1
    run = TopicRun.objects.create(
        partner_id=enquiry.partner_id,
        enquiry=enquiry,
        number=number,
        seed=seed,
        n_segments=n,
        asked_by=by,
    )
    run.work = works.start(
        kind=KIND,
        task=TASK,
        about_id=run.pk,
        partner_id=enquiry.partner_id,
        enquiry=enquiry,
        by=by,
        unit="passages",
        total=2 * n,
    )
    run.save(update_fields=["work"])
    record("topics.requested", by=by, about=run, number=number, seed=seed, n_segments=n)
    return run


def carry_out_run(work: Work) -> None:
    """Do a claimed run. Done twice, the second gives the same rows: nothing is kept before the very end.

    Raises:
        NlpError: the model refuses the passages.
        WordsTakenBackMeanwhile: somebody took their words back while it ran; nothing of it is kept.
    """
    run = TopicRun.objects.select_related("enquiry").get(pk=work.about_id)
    if run.finished_at:
        return
    segments = list(open_passages(run.enquiry).order_by("pk"))
    n = len(segments)
    works.progress(work, done=0, total=2 * n)
    embedder = current_embedder()
    embed_missing(segments, embedder, on_progress=lambda done: works.progress(work, done=done))
    works.progress(work, done=n)
    passages = [Passage(id=str(one.pk), text=one.text) for one in segments]
    vectors = vectors_of(segments)
    result = _while_saying_alive(
        lambda: run_topics(passages, vectors, seed=run.seed, embedder=embedder), work=work, done=n
    )
    _keep(run, segments, result)
    if hasattr(run.enquiry, "codebook"):
        ask_for_offers(enquiry=run.enquiry, by=work.asked_by)


def _while_saying_alive(job: Callable[[], T], *, work: Work, done: int) -> T:
    """Run `job` beside us and keep telling the rescue that we live: the model itself says nothing for
    minutes. The job touches no database."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="topics") as pool:
        future: Future[T] = pool.submit(job)
        while True:
            try:
                return future.result(timeout=SAY_ALIVE_EVERY_S)
            except NotYet:
                if future.done():
                    raise
                works.progress(work, done=done)


@transaction.atomic
def _keep(run: TopicRun, segments: list[Segment], result: TopicRunResult) -> None:
    """Store what the model offers, all or nothing.

    Either somebody took their words back first and we see it here, or they wait and our rows are found.
    """
    speakers = {one.contributor_id for one in segments}
    consent.hold(speakers)
    still_open = set(open_passages(run.enquiry).values_list("pk", flat=True))
    if any(one.pk not in still_open for one in segments):
        raise WordsTakenBackMeanwhile(
            _("Some passages may no longer be used. Nothing of this run was kept. Make a new run.")
        )
    run.proposals.all().delete()
    run.assignments.all().delete()
    proposals = TopicProposal.objects.bulk_create(
        TopicProposal(
            partner_id=run.partner_id,
            run=run,
            number=topic.id + 1,
            words=[[word, weight] for word, weight in topic.words],
        )
        for topic in result.topics
    )
    home: dict[str, tuple[TopicProposal, bool]] = {}
    for proposal, topic in zip(proposals, result.topics, strict=True):
        near = set(topic.representatives)
        home.update({member: (proposal, member in near) for member in topic.members})
    TopicAssignment.objects.bulk_create(
        _assignment(run, one, home.get(str(one.pk)), result.coordinates.get(str(one.pk), (0.0, 0.0)))
        for one in segments
    )
    run.method = "k-means" if "kmeans" in result.run.model else "hdbscan"
    run.model = result.run.model
    run.versions = result.run.versions
    run.parameters = result.run.parameters
    run.corpus_hash = result.run.corpus_hash
    run.n_segments = len(segments)
    run.n_contributors = len(speakers)
    run.finished_at = timezone.now()
    run.save()
    record(
        "topics.finished",
        by=None,
        about=run,
        n_segments=run.n_segments,
        n_groups=len(proposals),
        n_outside=len(result.outliers),
    )


def _assignment(
    run: TopicRun, segment: Segment, home: tuple[TopicProposal, bool] | None, place: tuple[float, float]
) -> TopicAssignment:
    proposal, is_near = home or (None, False)
    return TopicAssignment(
        partner_id=run.partner_id,
        run=run,
        proposal=proposal,
        segment=segment,
        is_representative=is_near,
        x=place[0],
        y=place[1],
    )
