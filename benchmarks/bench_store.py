"""Sealed sound beside plain files: writing it, jumping in it, and refusing what was touched on the disk.

Both arms write the same bytes in the same blocks and wait for the disk at the end; they take turns, so that a
busy machine slows both. Jumps are timed from opening the file to the first block, with the file pushed out of
the system's memory before each. Prints what ran and its numbers; 1 where a promise is not kept.

    python -m benchmarks.bench_store            # 2 GiB, 10,000 touched files
    STORE_BENCH_MIB=256 STORE_BENCH_TOUCHED=500 python -m benchmarks.bench_store
"""

import os
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from django.conf import settings

MIB = 1024 * 1024
WHOLE = int(os.environ.get("STORE_BENCH_MIB", "2048")) * MIB
TOUCHED = int(os.environ.get("STORE_BENCH_TOUCHED", "10000"))
ROUNDS, WRITTEN = 7, 256 * MIB
LEAST_SHARE, MOST_JUMP_MS = 0.8, 50.0


def _plain(folder: Path, block: bytes, total: int) -> float:
    path = folder / "plain"
    started = time.perf_counter()
    with path.open("xb") as file:
        for _at in range(0, total, len(block)):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    took = time.perf_counter() - started
    path.unlink()
    return took


def _sealed(_folder: Path, block: bytes, total: int) -> float:
    from transcripts import store

    started = time.perf_counter()
    with store.new_file(holders=[uuid4()]) as file:
        for _at in range(0, total, len(block)):
            file.write(block)
        key = file.keep()
    took = time.perf_counter() - started
    store.remove(key)
    return took


def _plain_parts(folder: Path, block: bytes, total: int) -> float:
    path = folder / "plain"
    started = time.perf_counter()
    for _at in range(0, total, len(block)):
        with path.open("ab") as file:
            file.write(block)
            file.flush()
            os.fsync(file.fileno())
    took = time.perf_counter() - started
    path.unlink()
    return took


def _sealed_parts(_folder: Path, block: bytes, total: int) -> float:
    from transcripts import store

    with store.new_file(holders=[uuid4()]) as file:
        key = file.park()
    started = time.perf_counter()
    for _at in range(0, total, len(block)):
        with store.take_up(key) as file:
            file.write(block)
            file.park()
    took = time.perf_counter() - started
    with store.take_up(key) as file:
        file.discard()
    return took


Arm = Callable[[Path, bytes, int], float]


def _beside(name: str, plain: Arm, sealed: Arm, folder: Path, size: int, total: int) -> bool:
    """Time both arms in turn; whether the sealed one keeps its share of the plain one's speed."""
    block = random.Random(size).randbytes(size)
    plain(folder, block, min(total, 16 * MIB))
    sealed(folder, block, min(total, 16 * MIB))
    times: list[tuple[float, float]] = []
    for number in range(ROUNDS):
        # Who goes first changes: the disk is busier for the second.
        if number % 2:
            second = sealed(folder, block, total)
            times.append((plain(folder, block, total), second))
        else:
            first = plain(folder, block, total)
            times.append((first, sealed(folder, block, total)))
    speeds = [statistics.median(total / MIB / pair[arm] for pair in times) for arm in (0, 1)]
    shares = sorted(pair[0] / pair[1] for pair in times)
    share = statistics.median(shares)
    holds = share >= LEAST_SHARE
    print(
        f"  {name:<46} plain {speeds[0]:7.0f} MiB/s  sealed {speeds[1]:7.0f} MiB/s  share {share:.2f} "
        f"({shares[0]:.2f} to {shares[-1]:.2f}; at least {LEAST_SHARE}){'' if holds else '  TOO LITTLE'}",
        flush=True,
    )
    return holds


def append(folder: Path) -> bool:
    """Whether sealed writing keeps its share, in the shapes in which sound comes in."""
    total = min(WHOLE, WRITTEN)
    print(f"append: {ROUNDS} rounds of {total // MIB} MiB, arms in turn, each waits for the disk", flush=True)
    return all(
        [
            _beside("as an upload arrives, 64 KiB at a time", _plain, _sealed, folder, 64 * 1024, total),
            _beside("1 MiB at a time", _plain, _sealed, folder, MIB, total),
            _beside("odd blocks of 33,333 bytes", _plain, _sealed, folder, 33_333, total),
            _beside(
                "upload in parts of 4 MiB, on the disk after each",
                _plain_parts,
                _sealed_parts,
                folder,
                4 * MIB,
                total,
            ),
        ]
    )


def jump(folder: Path) -> bool:
    """Whether jumping to any moment of a large recording is quick, from a cold disk."""
    from transcripts import store

    block = random.Random(1).randbytes(4 * MIB)
    with store.new_file(holders=[uuid4() for _speaker in range(3)]) as file:
        for _at in range(0, WHOLE, len(block)):
            file.write(block)
        key = file.keep()
    rng = random.Random(2)
    opened, again = [], []
    for _number in range(200):
        place = rng.randrange(WHOLE - MIB)
        _push_out(store._path(key))
        started = time.perf_counter()
        blocks = store.open_range(key, place, WHOLE)
        next(blocks)
        opened.append((time.perf_counter() - started) * 1000)
        blocks.close()
    with store.open(key) as reader:
        for _number in range(200):
            place = rng.randrange(WHOLE - MIB)
            _push_out(store._path(key))
            started = time.perf_counter()
            reader.seek(place)
            reader.read(4096)
            again.append((time.perf_counter() - started) * 1000)
    store.remove(key)
    print(f"jump: 200 places in {WHOLE // MIB} MiB, the file pushed out of memory before each", flush=True)
    holds = True
    for name, times in (("open, jump, first 256 KiB", opened), ("jump in an open file, 4 KiB", again)):
        usual = statistics.quantiles(times, n=20)[-1]
        holds = holds and usual <= MOST_JUMP_MS
        print(
            f"  {name:<46} median {statistics.median(times):6.2f} ms  19 of 20 in {usual:6.2f} ms  "
            f"worst {max(times):6.2f} ms (19 of 20 in at most {MOST_JUMP_MS:g})",
            flush=True,
        )
    return holds


def _push_out(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def touched(folder: Path) -> bool:
    """Whether every file with one flipped, cut, swapped or moved chunk is refused."""
    from tests.transcripts.touched import KINDS, damaged
    from transcripts import store
    from transcripts.errors import SoundGone
    from transcripts.sealing import CHUNK

    rng = random.Random(3)
    keys = []
    for _number in range(2):
        with store.new_file(holders=[uuid4()]) as file:
            file.write(rng.randbytes(6 * CHUNK + 777))
            keys.append(file.keep())
    with store.new_file(under=keys[0]) as file:
        file.write(rng.randbytes(6 * CHUNK + 777))
        sibling = file.keep()
    path = store._path(keys[0])
    whole = path.read_bytes()
    strangers = [store._path(key).read_bytes() for key in (keys[1], sibling)]
    read: Counter[str] = Counter()
    started = time.perf_counter()
    for number in range(TOUCHED):
        kind = KINDS[number % len(KINDS)]
        path.write_bytes(damaged(kind, whole, strangers, rng))
        try:
            with store.open(keys[0]) as reader:
                reader.read()
            read[kind] += 1
        except SoundGone:
            pass
    took = time.perf_counter() - started
    path.write_bytes(whole)
    with store.open(keys[0]) as reader:
        is_read = len(reader.read()) == 6 * CHUNK + 777
    refused = TOUCHED - read.total()
    print(f"touched: {', '.join(KINDS)} chunks of a file of seven, {took:.0f} s", flush=True)
    print(
        f"  refused {refused} of {TOUCHED}; untouched again it is {'' if is_read else 'NOT '}read", flush=True
    )
    return refused == TOUCHED and is_read


def main() -> int:
    """Run all three and print them; 1 where one does not hold."""
    with tempfile.TemporaryDirectory(prefix="wisdoms-store-") as name:
        folder = Path(name)
        settings.configure(
            STORE_DIR=folder / "store",
            KEYRING_DIR=folder / "keyring",
            KEYRING_BACKEND="enquiries.keyring_files.FileKeyring",
            USE_I18N=False,
        )
        return int(not all([append(folder), jump(folder), touched(folder)]))


if __name__ == "__main__":
    sys.exit(main())
