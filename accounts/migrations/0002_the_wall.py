"""Roles are read behind the wall, and by whom they belong to: that is how a door comes to know its partners."""

from django.db import migrations

from accounts.walling import RaiseWall

OWN = "user_id = nullif((select current_setting('app.user', true)), '')::bigint"

# Held now, as `Membership.objects.current()` has it. The moment is given, so that both go by one clock.
PARTNERS_OF_USER = """
CREATE FUNCTION partners_of_user(someone bigint, at timestamptz) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(string_agg(DISTINCT held.partner_id::text, ','), '') FROM public.accounts_membership held
    WHERE held.user_id = someone AND held.ended_at IS NULL AND (held.ends_at IS NULL OR held.ends_at > at)
$$;
REVOKE ALL ON FUNCTION partners_of_user(bigint, timestamptz) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [
        RaiseWall(besides={"membership": OWN}),
        migrations.RunSQL(PARTNERS_OF_USER, "DROP FUNCTION partners_of_user(bigint, timestamptz)"),
    ]
