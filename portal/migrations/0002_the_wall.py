"""A person's links and questions lie behind the wall; through their own link they see what is their own.

Everything follows from one contributor, whose page is open. A sub-select sees only what the person may see
of the table it reads. Texts of whole conversations, sound's draft words and other people's rows are opened
to nobody here: `own_turns` cuts a person's own words out for them.
"""

from django.conf import settings
from django.db import migrations

from accounts.walling import OpenToPerson, RaiseWall, own_person

BEHIND = "in (select person_id from enquiries_link where person_id is not null)"
OWN = {
    "enquiries_contributor": f"id = {own_person()}",
    "enquiries_enquiry": "id in (select enquiry_id from enquiries_contributor)",
    "enquiries_wave": "enquiry_id in (select enquiry_id from enquiries_contributor)",
    "enquiries_consentform": "enquiry_id in (select enquiry_id from enquiries_contributor)",
    "enquiries_consentevent": f"contributor_id = {own_person()}",
    "enquiries_withdrawal": f"contributor_id = {own_person()}",
    "enquiries_participation": f"contributor_id = {own_person()}",
    "enquiries_conversation": "id in (select conversation_id from enquiries_participation)",
    "enquiries_link": f"contributor_id = {own_person()}",
    "enquiries_person": f"id {BEHIND}",
    "transcripts_transcript": "conversation_id in (select conversation_id from enquiries_participation)",
    "transcripts_struckout": f"contributor_id = {own_person()}",
    "transcripts_segment": f"contributor_id = {own_person()}",
    "themes_quote": f"contributor_id = {own_person()}",
    "themes_quotestep": "quote_id in (select id from themes_quote)",
    "publishing_quoteonpage": "quote_id in (select id from themes_quote)",
    "coaching_wellbeingresponse": f"person_id {BEHIND}",
    "coaching_assetsurvey": f"person_id {BEHIND}",
    "coaching_assetdefinition": "id in (select definition_id from coaching_assetsurvey)",
    "portal_personallink": f"contributor_id = {own_person()}",
    "portal_question": f"contributor_id = {own_person()}",
}

# Whose card bears this code, and which receipt this number. Asked before any door is open; gives numbers alone, and only for a whole digest.
LINK_OF = """
CREATE FUNCTION personal_link_of(wanted text, OUT partner_id bigint, OUT link_id bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT link.partner_id, link.id FROM public.portal_personallink link WHERE link.digest = wanted
$$;
REVOKE ALL ON FUNCTION personal_link_of(text) FROM PUBLIC;
CREATE FUNCTION withdrawal_of(wanted text, OUT partner_id bigint, OUT withdrawal_id bigint, OUT receipt text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT row.partner_id, row.id, row.receipt::text FROM public.enquiries_withdrawal row
    WHERE row.receipt = wanted
$$;
REVOKE ALL ON FUNCTION withdrawal_of(text) FROM PUBLIC;
"""


def person_may_read(apps, schema_editor):
    """A database older than the role gives it what new ones give by default."""
    role = schema_editor.quote_name(settings.DATABASE_PERSON_ROLE)
    schema_editor.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
    schema_editor.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0001_initial"),
        ("publishing", "0002_the_wall"),
        ("coaching", "0003_the_wall"),
        ("themes", "0002_the_wall"),
        ("transcripts", "0004_own_turns"),
        ("enquiries", "0003_the_wall"),
    ]
    operations = [
        RaiseWall(),
        OpenToPerson(OWN),
        migrations.RunSQL(LINK_OF, "DROP FUNCTION withdrawal_of(text); DROP FUNCTION personal_link_of(text)"),
        migrations.RunPython(person_may_read, migrations.RunPython.noop),
    ]
