"""The consent ledger can be added to and read; the database itself refuses the rest."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER enquiries_consentevent_append_only BEFORE UPDATE OR DELETE ON enquiries_consentevent
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
BACKWARD = "DROP TRIGGER enquiries_consentevent_append_only ON enquiries_consentevent;"


class Migration(migrations.Migration):
    dependencies = [("enquiries", "0001_initial"), ("audit", "0002_refuse_change")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
