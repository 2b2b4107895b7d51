"""Work done by the clock."""

from django.core.management import call_command
from procrastinate.contrib.django import app

from accounts import wall
from accounts.models import Partner
from publishing.actions import list_pages_to_mend


@app.periodic(cron="*/5 * * * *", periodic_id="publishing.publish_due_pages")
@app.task(name="publishing.publish_due_pages", queue="default", pass_context=False)
def publish_due_pages(timestamp: int) -> None:
    """Pages whose hour has come go live, if the gate is still open; those whose last day is over leave.

    Pages that rest on a quote which its speaker refused since are listed for their editors.
    """
    # Wagtail looks through the pages of all partners at once; each page still passes its own gate.
    with wall.acting_for(partners=Partner.objects.values_list("pk", flat=True)):
        call_command("publish_scheduled")
    for _partner_id in wall.each_partner():
        list_pages_to_mend()
