"""Every job of the queue and every command: found in their registers, run, and watched."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command, get_commands
from django.db import transaction
from procrastinate.contrib.django import app as queue

from enquiries.models import Enquiry, Link, Scope, Work
from tests.factories.enquiries import WorkFactory, take_back
from tests.factories.transcripts import TranscriptionRunFactory
from tests.gate import instrument
from tests.gate.walk import told
from tests.gate.world import World
from tests.transcripts import sounds
from themes.models import TopicRun
from transcripts.models import PseudonymisedVersion, Segment
from transcripts.models.raw import RawVersion, Recording

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

# A job about one row → that row, of the first voice.
ABOUT: dict[str, Callable[[World], int]] = {
    "transcripts.tasks.listen_through": lambda world: _recording(world).pk,
    "transcripts.tasks.transcribe": lambda world: (
        TranscriptionRunFactory(recording=_recording(world), engine="scripted", model_name="script.json").pk
    ),
    "transcripts.text_tasks.find_names": lambda world: (
        RawVersion.objects.filter(
            transcript__conversation_id=world.walls.a.objects["verified_conversation"][0]
        )
        .order_by("-pk")
        .values_list("pk", flat=True)[0]
    ),
    "transcripts.text_tasks.embed_segments": lambda world: (
        PseudonymisedVersion.objects.get(segments=world.walls.a.objects["segment"][0]).pk
    ),
    "themes.tasks.run_topics": lambda world: _new_run(world).pk,
    "themes.tasks.suggest_codes": lambda world: world.walls.a.objects["enquiry"][0],
}
# A job that is neither about a row of work nor called by the clock → what it is called with.
CALLED_WITH: dict[str, Callable[[World], dict[str, Any]]] = {
    "enquiries.tasks.sweep_withdrawal": lambda world: {
        "withdrawal_id": world.walls.a.objects["withdrawal"][0],
        "partner_id": world.walls.a.partner.pk,
    },
}
# Jobs that touch what somebody said without a question, and why that is right.
MAY = {
    "enquiries.tasks.sweep_withdrawal": "It takes the words away.",
    "enquiries.tasks.sweep_unfinished": "It takes the words away.",
    "enquiries.tasks.keep_clocks": "It erases what was kept long enough.",
}
# What a command is given. One that is not named here is called with nothing.
COMMANDS: dict[str, Callable[[World, Path], list[str]]] = {
    "trace_person": lambda world, folder: [
        str(Link.objects.get(contributor=world.voice("a")).person_id),
        "--json",
    ],
    "import_coaching": lambda world, folder: [
        str(_coaching_file(folder)),
        "--kind",
        "relationships",
        "--partner",
        world.walls.a.partner.slug,
        "--by",
        world.walls.a.first["partner_lead"].email,
    ],
}
# Commands that cannot run inside a test, and why they need not.
NOT_RUN = {
    "backup": "It copies rows by the server's own program and sound as it lies, sealed; nobody reads either.",
    "backup_keyring": "It copies keys.",
    "restore": "It puts a whole installation back by the server's own program; nobody reads it on the way.",
    "restore_keyring": "It brings keys back; what they open is read nowhere.",
    "procrastinate": "It starts a worker, whose jobs are tried one by one above.",
    "build_demo": "It makes a new installation through the same actions, and refuses one that is in use.",
    "prepare_database": "It makes roles as the database's owner, before there is anything to read.",
    "write_reference": "It writes a page of the manual from the table of rights into the repository.",
    "close_site": "It writes a file that says until when the site is closed.",
    "open_site": "It removes that file.",
}


def _recording(world: World) -> Recording:
    return Recording.objects.get(pk=world.walls.a.objects["recording"][-1])


def _new_run(world: World) -> TopicRun:
    enquiry = Enquiry.objects.get(pk=world.walls.a.objects["enquiry"][0])
    made: TopicRun = TopicRun.objects.create(
        partner=enquiry.partner,
        enquiry=enquiry,
        number=77,
        model="bertopic-kmeans",
        versions={},
        parameters={},
        corpus_hash="0" * 64,
        n_segments=3,
        asked_by=enquiry.framed_by,
    )
    return made


def _coaching_file(folder: Path) -> Path:
    path = folder / "rows.csv"
    path.write_text(
        "person_ref,called,coach_email,started_on,state,ended_on,ending_kind,housing_tied\n", encoding="utf-8"
    )
    return path


@dataclass
class Job:
    name: str
    run: Callable[..., Any]
    takes: tuple[str, ...]


def jobs() -> Iterator[Job]:
    """Every task of ours that a worker knows."""
    queue.perform_import_paths()
    ours = {config.name for config in apps.get_app_configs() if "site-packages" not in config.path}
    for name, task in sorted(queue.tasks.items()):
        if task.func.__module__.partition(".")[0] in ours:
            yield Job(name, task.func, tuple(inspect.signature(task.func, follow_wrapped=False).parameters))


def _run(job: Job, world: World) -> instrument.Watch:
    given = {"timestamp": 0} if job.takes == ("timestamp",) else None
    given = CALLED_WITH[job.name](world) if job.name in CALLED_WITH else given
    if given is not None:
        with instrument.watching() as watch:
            job.run(**given)
        return watch
    assert job.name in ABOUT, f"Say in ABOUT which row {job.name} is to be run for, so that it is tried too."
    partner = world.walls.a.partner
    work: Work = WorkFactory(
        partner=partner,
        task=job.name,
        kind=job.name.rpartition(".")[2],
        about_id=ABOUT[job.name](world),
        asked_by=world.walls.a.first["researcher"],
    )
    with instrument.watching() as watch:
        job.run(work_id=work.pk, partner_id=partner.pk)
    work.refresh_from_db()
    print(f"{job.name}: {work.state} {work.reason} {sorted(watch.touched)}")
    return watch


@pytest.fixture(autouse=True)
def _a_script_for_the_engine(settings: Any, tmp_path: Path) -> None:
    path = sounds.script(tmp_path / "script.json", [(0, 90, "They sent me away.")])
    settings.WHISPER_ENGINE, settings.WHISPER_MODEL = "fake", str(path)


def test_every_job_asks_before_it_works(world: World) -> None:
    silent: dict[str, str] = {}
    touched: set[str] = set()
    for job in jobs():
        with transaction.atomic():
            watch = _run(job, world)
            transaction.set_rollback(True)
        touched |= {kind for _letter, kind in watch.touched}
        if job.name not in MAY:
            for (letter, kind), where in watch.unasked(world.voices).items():
                silent[f"{job.name} touches {kind} of {letter}"] = where
    assert {"raw", "sound", "passage"} <= touched
    assert not silent, told(silent)


def test_every_job_stops_on_words_taken_back(world: World) -> None:
    """The gate alone is shut: what a job then writes holds nothing of this voice."""
    wrote: dict[str, Any] = {}
    with transaction.atomic():
        take_back(world.voice("a"), *Scope.values)
        for job in jobs():
            with transaction.atomic():
                before = _derived(world)
                _run(job, world)
                after = _derived(world)
                transaction.set_rollback(True)
            if after != before and job.name not in MAY:
                wrote[job.name] = f"{before} → {after}"
        transaction.set_rollback(True)
    assert not wrote, told(wrote)


def _derived(world: World) -> tuple[int, ...]:
    """How much there is that was made of what the first voice said."""
    (who,) = world.voices["a"]
    said = Segment.objects.filter(contributor=who)
    return (
        RawVersion.objects.count(),
        PseudonymisedVersion.objects.count(),
        said.count(),
        said.exclude(embedding=None).count(),
        *(
            model._default_manager.filter(segment__contributor=who).count()
            for model in apps.get_models()
            if any(field.name == "segment" and field.related_model is Segment for field in model._meta.fields)
        ),
    )


def commands() -> list[str]:
    """Commands of our own apps."""
    ours = {config.name for config in apps.get_app_configs() if "site-packages" not in config.path}
    return sorted(name for name, home in get_commands().items() if home in ours)


def test_every_command_asks_before_it_works(world: World, tmp_path: Path) -> None:
    silent: dict[str, str] = {}
    ran = []
    for name in commands():
        if name in NOT_RUN:
            continue
        arguments = COMMANDS.get(name, lambda _world, _folder: [])(world, tmp_path)
        out = StringIO()
        with transaction.atomic():
            with instrument.watching() as watch:
                try:
                    call_command(name, *arguments, stdout=out, stderr=out)
                except (CommandError, SystemExit) as error:
                    assert name == "verify_audit", f"{name} {arguments}: {error}"
            transaction.set_rollback(True)
        ran.append(name)
        for (letter, kind), where in watch.unasked(world.voices).items():
            silent[f"{name} touches {kind} of {letter}"] = where
    print(f"\n{len(ran)} commands run: {', '.join(ran)}; {len(NOT_RUN)} not run")
    assert not set(NOT_RUN) - set(commands()), "A command that is gone is still named in NOT_RUN."
    assert not silent, told(silent)
