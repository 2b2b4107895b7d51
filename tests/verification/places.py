"""Where words could be left, and how each place is searched for what was planted."""

import base64
import io
import os
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

import av
import numpy as np
from django.core.cache import caches
from django.test import Client

from nlp.audio import SoundUnreadable
from nlp.audio.decoding import decode_mono_16k
from tests.verification.planting import CANARIES, RATE, TONE_HZ, tone
from wisdoms.backups import programs

# A file is read whole up to this size; none of this test's is larger.
MOST_BYTES = 64 * 1024**2
# How much stronger than everything else together the planted sine must be to count as heard.
HEARD = 4.0
_HREF = re.compile(r'(?:href|src|action|data-[a-z-]*url)="(/[^"#]*)')
# Addresses that other machines ask for without a link to them.
UNLINKED = ("/sitemap.xml", "/robots.txt", "/feed/", "/feeds/", "/rss/", "/cy/", "/yours/")
# What stands for ever at one address and differs by one number alone is asked for so often, and no more.
MOST_ALIKE = 20
# A list may be sorted and narrowed in any number of ways, each with an address of its own.
MOST_WAYS_TO_ASK = 9


def variants(word: str) -> set[bytes]:
    """A word as files and rows may hold it: as it is, escaped, in hexadecimal, in base 64."""
    plain = word.encode()
    found = {plain, plain.lower(), quote(word).lower().encode(), plain.hex().encode()}
    # In base 64 a word looks different at each of three places; its first and last letters may be lost.
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + plain)
        found.add(coded[4 : len(coded) - 4 if len(plain) > 9 else None].lower())
    return {one for one in found if len(one) >= 8}


_VARIANTS = {word: variants(word) for word in CANARIES}


def words_in(data: bytes | str) -> set[str]:
    """The planted words in some bytes, whatever their case."""
    low = (data.encode(errors="replace") if isinstance(data, str) else data).lower()
    return {word for word, forms in _VARIANTS.items() if any(form in low for form in forms)}


# --- Database -----------------------------------------------------------------------------------------
def dump() -> bytes:
    """Everything the database holds, as a backup writes it out."""
    return programs.run("pg_dump", role="backup").encode()


# --- Files --------------------------------------------------------------------------------------------
@dataclass
class Files:
    """What lies in some folders: planted words and the planted tone, by path."""

    words: dict[str, set[str]] = field(default_factory=dict)
    tones: list[str] = field(default_factory=list)
    n_files: int = 0


def search_files(folders: Iterable[Path], *, newer_than: float = 0.0, without: Iterable[Path] = ()) -> Files:
    """Every file below some folders, archives and compressed streams opened, sound decoded and heard.

    Args:
        newer_than: only files that were changed after this moment, in seconds since 1970.
        without: folders to leave out: the database's own files are searched as a dump, and the tests' own
            source says every word that was planted.
    """
    found, left_out = Files(), [path.resolve() for path in without]
    for folder in folders:
        for path in [folder] if folder.is_file() else _paths_below(folder):
            try:
                if any(path.resolve().is_relative_to(each) for each in left_out):
                    continue
                if not path.is_file() or path.is_symlink() or path.stat().st_mtime < newer_than:
                    continue
                data = path.read_bytes()[:MOST_BYTES]
            except OSError:
                continue  # gone while we looked
            found.n_files += 1
            if words := words_in_file(data):
                found.words[str(path)] = words
            if holds_tone(data):
                found.tones.append(str(path))
    return found


def _paths_below(folder: Path) -> Iterator[Path]:
    """Not by `rglob`: it ends with an error where another program removes a folder while it looks."""
    for base, _folders, names in os.walk(folder):
        yield from (Path(base, name) for name in names)


def words_in_file(data: bytes) -> set[str]:
    """The planted words in a file, also where it is an archive or compressed."""
    return set().union(*(words_in(part) for part in _unpacked(data)))


def _unpacked(data: bytes) -> Iterator[bytes]:
    yield data
    # What only begins like an archive, or is a broken one, has been looked at as it is.
    if zipfile.is_zipfile(io.BytesIO(data)):
        with (
            suppress(zipfile.BadZipFile, zlib.error, RuntimeError),
            zipfile.ZipFile(io.BytesIO(data)) as archive,
        ):
            for name in archive.namelist():
                yield name.encode()
                yield archive.read(name)
    for start in (b"\x1f\x8b", b"\x78\x9c", b"\x78\xda"):
        if data.startswith(start):
            with suppress(zlib.error):
                yield zlib.decompressobj(47).decompress(data)


def temporary_folders() -> list[Path]:
    """What lies in the machine's temporary folders now, without what other tests keep there for themselves:
    this one may run beside another copy of it, which plants the same words."""
    folders = [Path(tempfile.gettempdir()), Path("/dev/shm")]  # noqa: S108
    return [
        each
        for folder in folders
        if folder.is_dir()
        for each in sorted(folder.iterdir())
        if not each.name.startswith("pytest-of-")
    ]


_TONE = tone(12)
# Stretches of the file as it came: their bytes in any file are the sound itself, whatever stands around them.
_STRETCHES = tuple(_TONE[at : at + 512] for at in range(44, len(_TONE) - 512, 31_111))


def holds_tone(data: bytes) -> bool:
    """Whether bytes are, or hold, the planted sound: as it came, or as any sound file that plays it."""
    if any(stretch in data for stretch in _STRETCHES):
        return True
    if len(data) < 1_000:
        return False
    try:
        samples = decode_mono_16k(io.BytesIO(data))
    except (SoundUnreadable, av.FFmpegError, ValueError, OSError):
        return False
    return is_tone(np.asarray(samples, dtype=np.float32))


def is_tone(samples: np.ndarray) -> bool:
    """Whether the planted sine stands out of a second somewhere in mono samples at 16 kHz."""
    for start in range(0, max(1, len(samples) - RATE + 1), RATE):
        second = samples[start : start + RATE]
        if len(second) < RATE // 2 or not np.abs(second).max(initial=0.0) > 0.001:
            continue
        power = np.abs(np.fft.rfft(second * np.hanning(len(second)))) ** 2
        at = round(TONE_HZ * len(second) / RATE)
        near = power[max(0, at - 4) : at + 5].sum()
        if near > HEARD * max(1e-12, power.sum() - near):
            return True
    return False


# --- Pages --------------------------------------------------------------------------------------------
@dataclass
class Crawled:
    """Pages one visitor came to: planted words by address, and whether a sound that plays the tone came."""

    words: dict[str, set[str]] = field(default_factory=dict)
    tones: list[str] = field(default_factory=list)
    read: list[str] = field(default_factory=list)


def crawl(client: Client, starts: Iterable[str], *, most: int = 600) -> Crawled:
    """Ask for `starts`, and for each address that links lead to from there. GET alone: nothing is changed."""
    found = Crawled()
    waiting, always, seen = list(starts), set(starts), set(starts)
    alike, asked = dict[str, int](), dict[str, int]()
    while waiting and len(found.read) < most:
        address = waiting.pop(0)
        kind = re.sub(r"\d+", "0", address)
        page = kind.partition("?")[0]
        alike[kind] = alike.get(kind, 0) + 1
        if alike[kind] > MOST_ALIKE:
            continue
        if kind != page and address not in always:
            asked[page] = asked.get(page, 0) + 1
            if asked[page] > MOST_WAYS_TO_ASK:
                continue
        answer = client.get(address)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[arg-type]
        found.read.append(address)
        if words := words_in(body) | words_in("\n".join(f"{k}: {v}" for k, v in answer.headers.items())):
            found.words[address] = words
        content_type = answer.headers.get("Content-Type", "")
        if content_type.startswith(("audio/", "video/", "application/octet-stream", "application/zip")):
            if any(holds_tone(part) for part in _unpacked(body)):
                found.tones.append(address)
            continue
        links = [answer.headers["Location"]] if "Location" in answer.headers else []
        links += [_unescaped(link) for link in _HREF.findall(body.decode(errors="replace"))]
        for link in links:
            path = urlsplit(link)
            target = path.path + (f"?{path.query}" if path.query else "")
            if not target.startswith("/") or target in seen or _is_left_out(target):
                continue
            seen.add(target)
            waiting.append(target)
    return found


def _unescaped(link: str) -> str:
    return link.replace("&amp;", "&")


def _is_left_out(address: str) -> bool:
    """Files that are the same for everyone, and the way out."""
    return address.startswith(("/static/", "/accounts/logout")) or "/jsi18n" in address


# --- Caches -------------------------------------------------------------------------------------------
def cached() -> bytes:
    """What this process keeps in its caches, as it is kept there."""
    kept = []
    for name in caches:
        store = getattr(caches[name], "_cache", {})
        kept += [f"{key}: ".encode() + bytes(value) for key, value in dict(store).items()]
    return b"\n".join(kept)
