"""The coaching record lies behind the wall.

A partner that goes along with another's enquiry freezes its own figures for it. Such a figure is an output
that disclosure control has made safe, so whoever sees the enquiry, or a joint display that shows the figure,
may read it; nothing of the people behind it is seen with it.
"""

from django.db import migrations

from accounts.walling import RaiseWall, through

OF_ITS_ENQUIRY = (
    "enquiry_id in (select id from enquiries_enquiry) or id in (select figure_id from coaching_jointdisplay)"
)
SEEN_WITH_ITS_ENQUIRY = f"{through()} and ({OF_ITS_ENQUIRY})"


class Migration(migrations.Migration):
    dependencies = [("coaching", "0002_scales_apart"), ("themes", "0002_the_wall")]
    operations = [
        RaiseWall(
            besides={"publishedfigure": SEEN_WITH_ITS_ENQUIRY},
            across=["publishedfigure.enquiry_id", "jointdisplay.figure_id"],
        )
    ]
