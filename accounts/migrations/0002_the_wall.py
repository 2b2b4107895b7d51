"""Roles are read behind the wall, and by whom they belong to: that is how a door comes to know its partners."""

from django.db import migrations

from accounts.walling import RaiseWall

OWN = "user_id = nullif((select current_setting('app.user', true)), '')::bigint"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [RaiseWall(besides={"membership": OWN})]
