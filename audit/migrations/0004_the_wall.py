"""The record is read through the wall: own partners alone. Acts of the installation (no partner) and its
chain are seen only where a door names 0, which is no partner's id and which no request or job names.

Written out here, since this app knows nothing of the one that keeps the wall. Writing needs no policy: only
the owner writes, through `audit_append`, and row security does not bind the owner.
"""

from django.db import migrations

NAMED = "string_to_array(nullif((select current_setting('app.partners', true)), ''), ',')::bigint[]"
INSIDE = "(select current_setting('app.door', true)) in ('staff', 'job')"

FORWARD = f"""
ALTER TABLE audit_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_event FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON audit_event FOR SELECT
    USING ((partner_id = any({NAMED}) or (partner_id is null and 0 = any({NAMED}))) and {INSIDE});
ALTER TABLE audit_link ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_link FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON audit_link FOR SELECT USING (chain = any({NAMED}) and {INSIDE});
"""
BACKWARD = """
DROP POLICY wall ON audit_link;
ALTER TABLE audit_link NO FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_link DISABLE ROW LEVEL SECURITY;
DROP POLICY wall ON audit_event;
ALTER TABLE audit_event NO FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_event DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_chain")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
