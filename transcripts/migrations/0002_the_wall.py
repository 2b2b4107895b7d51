"""Recordings, transcripts and their passages lie behind the wall."""

from django.db import migrations

from accounts.walling import RaiseWall


class Migration(migrations.Migration):
    dependencies = [("transcripts", "0001_initial"), ("enquiries", "0003_the_wall")]
    operations = [RaiseWall()]
