"""What the queue runs by the clock. May run twice and may be killed anywhere."""

from procrastinate.contrib.django import app

from accounts import wall
from coaching.actions.imports import drop_forgotten_files


@app.periodic(cron="41 * * * *")
@app.task(name="coaching.tasks.drop_forgotten_files", queueing_lock="coaching.tasks.drop_forgotten_files")
def drop_forgotten(timestamp: int) -> int:
    """Every hour: erase imported files that were tried out and then neither taken in nor left."""
    return sum(drop_forgotten_files() for _partner_id in wall.each_partner())
