"""Both wellbeing scales look back two weeks, so two completions by one person are never closer than that.

A row constraint cannot compare rows, and an exclusion constraint would need an extension that the embedded
database does not carry. The lock makes two writers for the same person wait for one another; it is one of 64, so
that a file of thousands of people does not use up the server's locks.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION coaching_wellbeing_apart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('coaching_wellbeing'), (NEW.person_id % 64)::int);
    IF EXISTS (
        SELECT 1 FROM coaching_wellbeingresponse other
        WHERE other.person_id = NEW.person_id AND other.id IS DISTINCT FROM NEW.id
          AND abs(other.completed_on - NEW.completed_on) < 14
    ) THEN
        RAISE EXCEPTION 'wellbeing responses of one person are less than 14 days apart'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'wellbeing_fourteen_days_apart';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER coaching_wellbeing_fourteen_days_apart
    BEFORE INSERT OR UPDATE OF person_id, completed_on ON coaching_wellbeingresponse
    FOR EACH ROW EXECUTE FUNCTION coaching_wellbeing_apart();
"""
BACKWARD = """
DROP TRIGGER coaching_wellbeing_fourteen_days_apart ON coaching_wellbeingresponse;
DROP FUNCTION coaching_wellbeing_apart();
"""


class Migration(migrations.Migration):
    dependencies = [("coaching", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
