"""What the gate found lies behind the wall; what stands on published pages is open to everyone.

Shelves and the partners named in a report are Wagtail's pages and their parts: they hold nothing anybody
said and are left to page permissions. Pages of the whole site belong to no partner, and neither does what
was found on them.
"""

from django.db import migrations

from accounts.walling import OpenToPublic, RaiseWall, seen

# Everything follows from the quotes that stand on a live page: whose they are, where they were said, what
# they were tagged with. A question sees only what the public may see of the table it is put to.
PUBLISHED = {
    "themes_quote": seen("id", "select quote_id from publishing_quoteonpage"),
    "publishing_quoteonpage": "true",
    "publishing_frozenshare": "true",
    "publishing_pagechange": "true",
    "enquiries_contributor": seen("id", "select contributor_id from themes_quote"),
    "enquiries_consentevent": seen("contributor_id", "select contributor_id from themes_quote"),
    "enquiries_wave": "true",
    "enquiries_enquiry": " or ".join(
        [
            seen("id", "select enquiry_id from themes_quote"),
            seen(
                "id",
                "select report.enquiry_id from publishing_wisdomsreportpage report "
                "join wagtailcore_page page on page.id = report.page_ptr_id where page.live",
            ),
        ]
    ),
    "transcripts_segment": seen("id", "select segment_id from themes_quote"),
    "transcripts_pseudonymisedversion": seen("id", "select version_id from transcripts_segment"),
    "transcripts_transcript": seen("id", "select transcript_id from transcripts_pseudonymisedversion"),
    "enquiries_conversation": seen("id", "select conversation_id from transcripts_segment"),
    "themes_theme": " or ".join(
        [
            seen("id", "select link.theme_id from themes_themequote link"),
            seen(
                "id",
                "select wisdom.theme_id from publishing_wisdompage wisdom "
                "join wagtailcore_page page on page.id = wisdom.page_ptr_id where page.live",
            ),
        ]
    ),
    "themes_themequote": seen("quote_id", "select id from themes_quote"),
    "themes_tagdecision": seen("segment_id", "select id from transcripts_segment"),
    "themes_themecode": seen("theme_id", "select id from themes_theme"),
    "themes_codebook": seen("enquiry_id", "select id from enquiries_enquiry"),
    "themes_code": seen("codebook_id", "select id from themes_codebook"),
    "themes_readingmark": seen("conversation_id", "select id from enquiries_conversation"),
    "coaching_publishedfigure": "published_at is not null",
    "coaching_jointdisplay": seen("enquiry_id", "select id from enquiries_enquiry"),
    "coaching_jointdisplayquote": seen("quote_id", "select id from themes_quote"),
}


class Migration(migrations.Migration):
    dependencies = [("publishing", "0001_initial"), ("coaching", "0003_the_wall")]
    operations = [
        RaiseWall(
            unowned=["gatecheck", "excuse"],
            left_out=["suitepage", "reportpartner"],
        ),
        OpenToPublic(PUBLISHED),
    ]
