"""Enquiries, the people in them and their consent lie behind the wall.

A contributor of one partner's enquiry may be somebody whom another partner of that enquiry walks alongside:
the link is the one place where a row leads across.
"""

from django.db import migrations

from accounts.walling import RaiseWall


class Migration(migrations.Migration):
    dependencies = [("enquiries", "0002_ledger_append_only"), ("accounts", "0002_the_wall")]
    operations = [RaiseWall(across=["link.person_id"])]
