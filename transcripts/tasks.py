"""What the queue runs: ids in, one action, done. Each may run twice and may be killed anywhere."""

from procrastinate.contrib.django import app

import transcripts.text_tasks  # noqa: F401  (the queue knows only what is imported from here)
from accounts import wall
from enquiries import work as works
from transcripts import store
from transcripts.actions.listening import run_listen_through
from transcripts.actions.silencing import end_replaced
from transcripts.actions.striking import carry_out_due
from transcripts.actions.transcribing import QUEUE, run_transcription
from transcripts.models.raw import Recording


@app.task(name="transcripts.tasks.listen_through")
@works.for_its_partner
def listen_through(work_id: int) -> None:
    run_listen_through(work_id)


@app.task(name="transcripts.tasks.transcribe", queue=QUEUE)
@works.for_its_partner
def transcribe(work_id: int) -> None:
    run_transcription(work_id)


@app.periodic(cron="47 * * * *")
@app.task(name="transcripts.tasks.carry_out_strikes", queueing_lock="transcripts.tasks.carry_out_strikes")
def carry_out_strikes(timestamp: int) -> int:
    """Every hour: remove for good what people struck out long enough ago."""
    return sum(carry_out_due() for _partner_id in wall.each_partner())


@app.periodic(cron="17 * * * *")
@app.task(name="transcripts.tasks.sweep_store", queueing_lock="transcripts.tasks.sweep_store")
def sweep_store(timestamp: int) -> int:
    """Every hour: remove sound that no row names or that was replaced, as a killed process leaves it."""
    known: set[str] = set()
    for _partner_id in wall.each_partner():
        for recording_id in Recording.objects.exclude(ending=[]).values_list("pk", flat=True):
            end_replaced(recording_id)
        for keys in Recording.objects.values_list("stored_as", "playback_as"):
            known.update(filter(None, keys))
    return store.sweep(known)
