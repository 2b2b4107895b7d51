"""10,000 sign-in attempts: refused, written down, and the service unharmed.

Half come from one address over many names, half over many addresses for one name, through the whole stack of
the site on a database of its own made as the tests make theirs. Prints JSON: how many passwords were looked
at (each costs a hash), how many were refused without, how long a refusal takes, and how long a colleague's
page takes before and after.

    python -m pytest benchmarks/bench_sign_in.py -q -s -o python_files="bench_*.py"
"""

import json
import os
import statistics
import time

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Role, Try
from audit.models import Event
from tests.accounts.signing import PASSWORD, sign_in, with_password
from tests.conftest import _ground_door, _own_folders, _second_factor_given, django_db_setup  # noqa: F401
from tests.factories.accounts import PartnerFactory, colleague

TRIES = int(os.environ.get("SIGN_IN_TRIES", "10000"))
pytestmark = pytest.mark.django_db
# The real hash, and not the quick one of the tests: it is what a flood could exhaust.
HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]


def _page_ms(client: Client) -> float:
    times = []
    for _ in range(20):
        start = time.perf_counter()
        assert client.get("/workspace/").status_code == 200
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def test_ten_thousand_sign_ins(settings) -> None:
    settings.PASSWORD_HASHERS = HASHERS
    user = with_password(colleague(PartnerFactory(), Role.COACH))
    working = Client(REMOTE_ADDR="198.51.100.9")
    working.force_login(user)
    before = _page_ms(working)
    address, statuses, refused_ms = reverse("account_login"), {200: 0, 429: 0}, []
    for n in range(TRIES):
        one_address = n % 2 == 0
        start = time.perf_counter()
        answer = Client(REMOTE_ADDR="203.0.113.7" if one_address else f"10.{n >> 8 & 255}.{n & 255}.1").post(
            address, {"login": f"guess{n}@example.org" if one_address else user.email, "password": "guess"}
        )
        statuses[answer.status_code] += 1
        if answer.status_code == 429:
            refused_ms.append((time.perf_counter() - start) * 1000)
    print(
        json.dumps(
            {
                "tries": TRIES,
                "passwords_looked_at": statuses[200],
                "refused": statuses[429],
                "refusal_ms_median": round(statistics.median(refused_ms), 1),
                "refusal_ms_p99": round(statistics.quantiles(refused_ms, n=100)[98], 1),
                "counted_in_table": Try.objects.filter(kind="sign_in", was_refused=True).count(),
                "events": Event.objects.filter(action__in=["tries.refused", "sign_in.refused"]).count(),
                "page_ms_before": round(before, 1),
                "page_ms_after": round(_page_ms(working), 1),
            }
        )
    )
    assert statuses[200] <= 90
    assert sign_in(Client(REMOTE_ADDR="192.0.2.1"), colleague_with_password(), PASSWORD).status_code == 302


def colleague_with_password():
    return with_password(colleague(PartnerFactory(), Role.COACH))
