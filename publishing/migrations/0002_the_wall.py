"""What the gate found lies behind the wall; what stands on published pages is open to everyone.

Shelves and the partners named in a report are Wagtail's pages and their parts: they hold nothing anybody
said and are left to page permissions. Pages of the whole site belong to no partner, and neither does what
was found on them.
"""

from django.db import migrations

from accounts.walling import OpenToPublic, RaiseWall

# Everything follows from the quotes that stand on a live page: whose they are, where they were said, what
# they were tagged with. A sub-select sees only what the public may see of the table it reads.
PUBLISHED = {
    "themes_quote": "id in (select quote_id from publishing_quoteonpage)",
    "publishing_quoteonpage": "true",
    "publishing_frozenshare": "true",
    "publishing_pagechange": "true",
    "enquiries_contributor": "id in (select contributor_id from themes_quote)",
    "enquiries_consentevent": "contributor_id in (select contributor_id from themes_quote)",
    "enquiries_wave": "true",
    "enquiries_enquiry": (
        "id in (select enquiry_id from themes_quote) or id in ("
        "select report.enquiry_id from publishing_wisdomsreportpage report "
        "join wagtailcore_page page on page.id = report.page_ptr_id where page.live)"
    ),
    "transcripts_segment": "id in (select segment_id from themes_quote)",
    "transcripts_pseudonymisedversion": "id in (select version_id from transcripts_segment)",
    "transcripts_transcript": "id in (select transcript_id from transcripts_pseudonymisedversion)",
    "enquiries_conversation": "id in (select conversation_id from transcripts_segment)",
    "themes_theme": (
        "id in (select link.theme_id from themes_themequote link) or id in ("
        "select wisdom.theme_id from publishing_wisdompage wisdom "
        "join wagtailcore_page page on page.id = wisdom.page_ptr_id where page.live)"
    ),
    "themes_themequote": "quote_id in (select id from themes_quote)",
    "themes_tagdecision": "segment_id in (select id from transcripts_segment)",
    "themes_themecode": "theme_id in (select id from themes_theme)",
    "themes_codebook": "enquiry_id in (select id from enquiries_enquiry)",
    "themes_code": "codebook_id in (select id from themes_codebook)",
    "themes_readingmark": "conversation_id in (select id from enquiries_conversation)",
    "coaching_publishedfigure": "published_at is not null",
    "coaching_jointdisplay": "enquiry_id in (select id from enquiries_enquiry)",
    "coaching_jointdisplayquote": "quote_id in (select id from themes_quote)",
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
