"""Every five minutes: write down the end of emergencies whose hours are over."""

from procrastinate.contrib.django import app

from accounts import wall
from accounts.actions import emergencies


@app.periodic(cron="*/5 * * * *")
@app.task(name="accounts.tasks.end_emergencies", queueing_lock="accounts.tasks.end_emergencies")
def end_emergencies(timestamp: int) -> dict[str, int]:
    """End what has run out, partner by partner; gives back how many."""
    ended = 0
    for partner_id in wall.each_partner():
        ended += emergencies.end_run_out(partner_id)
    return {"ended": ended}
