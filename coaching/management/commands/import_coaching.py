"""Bring a CSV file of coaching records in, or only try it out."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import wall
from accounts.errors import AccountsError
from accounts.matrix import roles_with
from accounts.models import Partner, User
from coaching.actions.imports import import_file
from coaching.errors import CoachingError
from coaching.importing import Outcome, Report
from coaching.models import ImportKind


class Command(BaseCommand):
    help = "Bring a CSV file of coaching records in. Rows that cannot be kept are listed; the rest come in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--kind", required=True, choices=ImportKind.values)
        parser.add_argument("--partner", required=True, help="The partner's slug.")
        parser.add_argument(
            "--by",
            help="E-mail of the partner lead or data guardian who answers for it; else the first of them.",
        )
        parser.add_argument("--dry-run", action="store_true", help="Report on every row and keep none.")
        parser.add_argument("--json", action="store_true", help="Print the counts and refusals as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        partner = Partner.objects.filter(slug=options["partner"]).first()
        if partner is None:
            raise CommandError(f"No partner has the slug {options['partner']}.")
        try:
            content = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(f"The file cannot be read: {error.strerror}.") from error
        try:
            with wall.acting_for(partners=[partner.pk]):
                report = import_file(
                    partner=partner,
                    kind=options["kind"],
                    content=content,
                    by=self._keeper(partner, options["by"]),
                    dry_run=options["dry_run"],
                )
        except (CoachingError, AccountsError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(report.as_json()) if options["json"] else _in_words(report))

    def _keeper(self, partner: Partner, email: str | None) -> User:
        keepers = User.objects.filter(
            memberships__partner=partner,
            memberships__role__in=roles_with("coaching_file.import"),
            memberships__ended_at=None,
        ).order_by("pk")
        found = (keepers.filter(email=email.lower()) if email else keepers).first()
        if found is None:
            raise CommandError(
                "Nobody who may bring in records was found. Name a partner lead or data guardian with --by."
            )
        return found


def _in_words(report: Report) -> str:
    lines = [f"line {row.line}: {row.sentence}" for row in report.of(Outcome.REFUSED)]
    tried = "would be " if report.dry_run else ""
    lines.append(
        f"{len(report.rows)} rows: {report.added} {tried}added, {report.changed} {tried}changed, "
        f"{report.unchanged} kept already, {report.refused} refused."
    )
    if report.left_aside:
        lines.append(f"Columns left aside: {', '.join(report.left_aside)}.")
    return "\n".join(lines)
