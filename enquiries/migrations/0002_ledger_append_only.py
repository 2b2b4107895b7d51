"""The consent ledger can be added to and read; the database itself refuses the rest, emptying it included.

A form is changed only while it is a draft: what somebody was shown stays as it was.
"""

from django.db import migrations

LEDGER = ("enquiries_consentevent", "enquiries_consentcapture")


def _forward(table: str) -> str:
    return f"""
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


def _backward(table: str) -> str:
    return f"DROP TRIGGER {table}_no_truncate ON {table}; DROP TRIGGER {table}_append_only ON {table};"


FORM = """
CREATE TRIGGER enquiries_consentform_append_only BEFORE UPDATE OR DELETE ON enquiries_consentform
    FOR EACH ROW WHEN (OLD.in_use_from IS NOT NULL) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER enquiries_consentform_no_truncate BEFORE TRUNCATE ON enquiries_consentform
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("enquiries", "0001_initial"), ("audit", "0002_refuse_change")]
    operations = [
        *(migrations.RunSQL(_forward(table), _backward(table)) for table in LEDGER),
        migrations.RunSQL(FORM, _backward("enquiries_consentform")),
    ]
