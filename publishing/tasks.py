"""Work done by the clock."""

from django.core.management import call_command
from procrastinate.contrib.django import app

from publishing.actions import list_pages_to_mend


@app.periodic(cron="*/5 * * * *", periodic_id="publishing.publish_due_pages")
@app.task(name="publishing.publish_due_pages", queue="default", pass_context=False)
def publish_due_pages(timestamp: int) -> None:
    """Pages whose hour has come go live, if the gate is still open; those whose last day is over leave.

    Pages that rest on a quote which its speaker refused since are listed for their editors.
    """
    call_command("publish_scheduled")
    list_pages_to_mend()
