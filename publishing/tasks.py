"""Work done by the clock."""

from django.core.management import call_command
from procrastinate.contrib.django import app


@app.periodic(cron="*/5 * * * *", periodic_id="publishing.publish_due_pages")
@app.task(name="publishing.publish_due_pages", queue="default", pass_context=False)
def publish_due_pages(timestamp: int) -> None:
    """Pages whose hour has come go live, if the gate is still open; those whose last day is over leave."""
    call_command("publish_scheduled")
