"""Codes, proposals, decisions, themes and quotes lie behind the wall."""

from django.db import migrations

from accounts.walling import RaiseWall


class Migration(migrations.Migration):
    dependencies = [("themes", "0001_initial"), ("transcripts", "0002_the_wall")]
    operations = [RaiseWall()]
