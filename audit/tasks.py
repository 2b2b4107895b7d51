from procrastinate.contrib.django import app

from audit import anchor


@app.periodic(cron="* * * * *", periodic_id="audit.anchor_heads")
@app.task(name="audit.anchor_heads", queueing_lock="audit.anchor_heads", pass_context=False)
def anchor_heads(timestamp: int) -> None:
    """Each minute: keep outside the database where every chain of the record ends."""
    anchor.anchor_heads()
