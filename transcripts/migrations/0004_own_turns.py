"""A person reads their own turns, and nothing of the texts these stand in.

A whole text holds what others said, so its row is opened to nobody through a person's door; this function
cuts out the turns of the one contributor whose page is open, of the newest version of each text.
"""

from django.conf import settings
from django.db import migrations

OWN_TURNS = """
CREATE FUNCTION own_turns(
    OUT turn_id bigint, OUT conversation_id bigint, OUT transcript_id bigint, OUT version_number integer,
    OUT number integer, OUT starts integer, OUT said text, OUT start_ms integer, OUT end_ms integer,
    OUT words jsonb, OUT is_checked boolean
) RETURNS SETOF record
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT turn.id, text.conversation_id, text.id, version.number, turn.number, turn.start,
        substring(version.text from turn.start + 1 for turn."end" - turn.start),
        turn.start_ms, turn.end_ms, turn.words,
        turn.checked_by_id IS NOT NULL OR text.source <> 'sound' OR text.state <> 'draft'
    FROM public.transcripts_turn turn
    JOIN public.transcripts_rawversion version ON version.id = turn.version_id
    JOIN public.transcripts_transcript text ON text.id = version.transcript_id
    WHERE turn.contributor_id = nullif(current_setting('app.person', true), '')::bigint
        AND current_setting('app.door', true) = 'person'
        AND NOT turn.is_listener
        AND NOT EXISTS (
            SELECT FROM public.transcripts_rawversion newer
            WHERE newer.transcript_id = version.transcript_id AND newer.number > version.number
        )
    ORDER BY text.conversation_id, turn.number
$$;
REVOKE ALL ON FUNCTION own_turns() FROM PUBLIC;
"""


def person_may_ask(apps, schema_editor):
    """The application becomes the person's role for their pages, so that role calls it."""
    role = schema_editor.quote_name(settings.DATABASE_PERSON_ROLE)
    schema_editor.execute(f"GRANT EXECUTE ON FUNCTION own_turns() TO {role}")


class Migration(migrations.Migration):
    dependencies = [("transcripts", "0003_search_passages")]
    operations = [
        migrations.RunSQL(OWN_TURNS, "DROP FUNCTION own_turns()"),
        migrations.RunPython(person_may_ask, migrations.RunPython.noop),
    ]
