"""One person's words, voice and name are taken through the whole house, then taken back, then looked for.

The same searching is done before and after: what it does not find when all is there, it could not miss when
all is gone.
"""

import base64
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from wagtail.models import Revision

from enquiries import keyring
from enquiries.errors import KeyGone
from enquiries.models import Withdrawal
from tests.browser.steps import wait_until, worker
from tests.factories.portal import a_card, come_in
from tests.factories.publishing import world
from tests.paths import REPOSITORY, SPACY_PORT
from tests.verification import places
from tests.verification.planting import CANARIES, SAID, SECOND_WORD, WORD, Planted, plant, write_script
from transcripts import store
from transcripts.models import Export

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.django_db(transaction=True)]

# By then nothing may be left anywhere.
EVERYTHING_GONE_S = 60
# So many browsers look again, right after the press.
AT_ONCE = 4
# The code, with the words in its tests, and the database under it. What else is ours lies elsewhere.
OURS = (REPOSITORY,)
STARTS = {
    "public": ("/", *places.UNLINKED),
    "person": (),
    "researcher": ("/workspace/", "/workspace/search/?q=lampshade"),
    "reviewer": ("/workspace/", "/cms/"),
    "guardian": ("/workspace/", "/workspace/care/people/", "/workspace/care/record/"),
    "editor": ("/cms/", "/cms/to-mend/"),
}


@pytest.fixture
def planted(settings: Any, tmp_path: Path) -> Iterator[Planted]:
    """Everything planted, and a worker that goes on for as long as the test does."""
    settings.WHISPER_ENGINE = "fake"
    script = write_script(tmp_path.parent / f"{tmp_path.name}-script.json")
    settings.WHISPER_MODEL = str(script)
    if SPACY_PORT.is_dir():
        settings.SPACY_MODEL = str(SPACY_PORT)
    with worker(settings, tmp_path / "worker.log"):
        made = plant(world())
        # It stands for what an engine hears, and would be found in their stead.
        script.unlink()
        yield made


def _visitors(planted: Planted) -> dict[str, Client]:
    found = {who: Client(raise_request_exception=False) for who in ("public", "person")}
    for who, user in planted.staff.items():
        found[who] = Client(raise_request_exception=False)
        found[who].force_login(user)
    return found


def test_after_taking_everything_back_nothing_is_found_anywhere(
    planted: Planted, settings: Any, tmp_path: Path
) -> None:
    began = time.time()
    visitors = _visitors(planted)
    more = _addresses_of(planted)
    page = _own_page(planted, visitors["person"])
    more["person"] = (page,)

    # --- Everything is there, and the searching finds it ----------------------------------------------
    before = {
        who: places.crawl(client, (*STARTS[who], *more.get(who, ()))) for who, client in visitors.items()
    }
    assert WORD in places.words_in(places.dump())
    held = {who: sorted(crawled.words) for who, crawled in before.items()}
    assert all(held[who] for who in STARTS), held
    for who in ("person", "researcher"):
        assert before[who].tones, f"The {who} could not hear the sound."
    entries = sorted((planted.recording.stored_as, planted.recording.playback_as))
    assert all(not places.holds_tone(_sealed(entry)) for entry in entries if entry)
    lying = places.search_files(_folders(tmp_path, settings), newer_than=began - 300, without=OURS)
    assert not lying.words
    assert not lying.tones
    keyring.data_key(planted.recording.stored_as)
    assert WORD in _export(planted, visitors["researcher"])

    # --- Taken back -----------------------------------------------------------------------------------
    asked = time.monotonic()
    answer = visitors["person"].post(f"{page}everything/")
    assert answer.status_code == 302
    shut = time.monotonic() - asked
    answers = _ask_at_once(visitors, held)
    looked = time.monotonic() - asked
    showing = [(at - asked, told) for at, told in answers if told]
    print(
        f"Gate shut after {shut:.2f} s; {len(answers)} pages that held words asked for again, {AT_ONCE} at a "
        f"time, by {looked:.1f} s; the last that still held one was asked for after "
        f"{max(showing)[0] if showing else 0:.2f} s ({len(showing)} did)."
    )
    assert not showing

    # --- Gone -----------------------------------------------------------------------------------------
    taken = Withdrawal.objects.get(contributor=planted.speaker)

    def is_done() -> bool:
        taken.refresh_from_db()
        return taken.is_done

    wait_until(is_done, "The end of the sweep", EVERYTHING_GONE_S)
    swept = time.monotonic() - asked
    left: dict[str, Any] = {}
    left["database"] = places.words_in(places.dump())
    left["page versions"] = {
        word for row in Revision.objects.all() for word in places.words_in(str(row.content))
    }
    for who, client in visitors.items():
        after = places.crawl(client, (*STARTS[who], *more.get(who, ()), *held[who]))
        left[f"pages for the {who}"] = after.words
        left[f"sound for the {who}"] = after.tones
    files = places.search_files(_folders(tmp_path, settings), newer_than=began - 300, without=OURS)
    left["files"] = files.words
    left["logs of the database"] = places.search_files(_logs(settings)).words
    left["sound in files"] = files.tones
    left["a new export"] = _export(planted, visitors["researcher"])
    left["exports nobody is to be told of"] = set(
        Export.objects.filter(recalls=None).exclude(pk=Export.objects.latest("pk").pk)
    )
    left["caches"] = places.words_in(places.cached())
    left["recordings in the store"] = [entry for entry in entries if entry and _is_stored(entry)]
    left["keys"] = [entry for entry in entries if _has_key(entry)]
    found = {place: what for place, what in left.items() if what}
    print(
        f"{len(CANARIES)} words and a tone; {sum(len(one.read) for one in before.values())} pages read "
        f"before; swept after {swept:.1f} s; {files.n_files} files searched."
    )
    assert not found


def _folders(tmp_path: Path, settings: Any) -> list[Path]:
    """Where files may lie, as it is at this moment."""
    return [tmp_path, Path(settings.MEDIA_ROOT), *places.temporary_folders()]


def _logs(settings: Any) -> list[Path]:
    """What the database's server and its keeper write down."""
    return sorted(Path(settings.EMBEDDED_HOME).glob("*.log"))


def _own_page(planted: Planted, person: Client) -> str:
    """The address of the person's own page, confirmed in this browser with the word they agreed on."""
    card = a_card(planted.speaker, by=planted.guardian)
    come_in(person, card)
    return card.way("start")


def _addresses_of(planted: Planted) -> dict[str, tuple[str, ...]]:
    """Pages that no link of the crawl's beginnings may lead to in so few steps."""
    conversation, enquiry = planted.conversation.pk, planted.enquiry.pk
    own = f"/workspace/conversations/{conversation}"
    assert planted.wisdom is not None
    return {
        "researcher": (
            f"{own}/",
            f"{own}/checking/",
            f"{own}/names/",
            f"{own}/text/",
            f"{own}/reading/",
            f"/workspace/recordings/{planted.recording.pk}/sound",
            f"/workspace/enquiries/{enquiry}/people/",
            f"/workspace/enquiries/{enquiry}/quotes/",
            f"/workspace/enquiries/{enquiry}/patterns/",
        ),
        "guardian": (f"/workspace/care/people/{planted.speaker.pk}/",),
        "editor": (
            f"/cms/pages/{planted.wisdom.pk}/edit/",
            f"/cms/pages/{planted.wisdom.pk}/history/",
            f"/cms/pages/{planted.wisdom.pk}/view_draft/",
            f"/cms/gate/{planted.wisdom.pk}/",
            f"/cms/gate/{planted.wisdom.pk}/read/",
        ),
    }


def _ask_at_once(visitors: dict[str, Client], held: dict[str, list[str]]) -> list[tuple[float, str]]:
    """Ask for every page that held words, by several browsers at once.

    Returns:
        For each: when it was asked for, and what is wrong with the answer; nothing where no word is in it.
    """

    def ask(part: list[tuple[str, str]]) -> list[tuple[float, str]]:
        found = []
        for who, address in part:
            browser = Client(raise_request_exception=False)
            browser.cookies = visitors[who].cookies.copy()
            at = time.monotonic()
            shown = places.words_in(_body(browser.get(address))) & {WORD, SECOND_WORD}
            found.append((at, f"{address} shows words to the {who}" if shown else ""))
        connections.close_all()
        return found

    known = [(who, address) for who, addresses in held.items() for address in addresses]
    with ThreadPoolExecutor(AT_ONCE) as browsers:
        parts = browsers.map(ask, (known[at::AT_ONCE] for at in range(AT_ONCE)))
        return [each for part in parts for each in part]


def _export(planted: Planted, client: Client) -> set[str]:
    """The words in the file that somebody outside is handed now."""
    asked = {"recipient": "A university", "reach": "someone@example.org", "purpose": "A thesis"}
    answer = client.post(f"/workspace/enquiries/{planted.enquiry.pk}/exports/", asked)
    assert answer.headers["Content-Type"] == "application/zip"
    return places.words_in_file(_body(answer))


def _body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else bytes(answer.content)


def _sealed(entry: str) -> bytes:
    return store._path(entry).read_bytes()


def _is_stored(entry: str) -> bool:
    return store._path(entry).exists()


def _has_key(entry: str) -> bool:
    try:
        keyring.data_key(entry)
    except KeyGone:
        return False
    return True


def test_the_search_knows_each_way_in_which_words_may_be_kept() -> None:
    """A search that finds nothing must not be one that cannot find."""
    for word in CANARIES:
        for form in places.variants(word):
            assert word in places.words_in(b"..." + form + b"...")
    for shift in range(3):
        coded = base64.b64encode(b"x" * shift + SAID[0].encode())
        assert WORD in places.words_in(coded)
