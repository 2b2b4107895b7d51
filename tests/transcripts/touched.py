"""What a hand on the disk could do to a sealed file; used by the tests and by `make bench ARGS=store`."""

import random

from transcripts.sealing import HEADER_BYTES, RECORD

KINDS = ("flipped", "cut", "swapped", "reordered", "doubled", "dropped")


def damaged(kind: str, whole: bytes, strangers: list[bytes], rng: random.Random) -> bytes:
    """`whole` with one chunk flipped, cut, exchanged with another file's, moved, doubled or dropped.

    Args:
        strangers: other sealed files of the same length.
    """
    chunks = [whole[at : at + RECORD] for at in range(HEADER_BYTES, len(whole), RECORD)]
    header = whole[:HEADER_BYTES]
    which = rng.randrange(len(chunks))
    if kind == "flipped":
        at = rng.randrange(len(whole))
        return whole[:at] + bytes([whole[at] ^ 1 << rng.randrange(8)]) + whole[at + 1 :]
    if kind == "cut":
        return whole[: rng.choice([rng.randrange(len(whole)), HEADER_BYTES + RECORD * which])]
    if kind == "swapped":
        place = HEADER_BYTES + which * RECORD
        chunks[which] = rng.choice(strangers)[place : place + RECORD]
    elif kind == "reordered":
        second = (which + rng.randrange(1, len(chunks))) % len(chunks)
        chunks[which], chunks[second] = chunks[second], chunks[which]
    elif kind == "doubled":
        chunks.insert(which, chunks[which])
    else:
        del chunks[which]
    return header + b"".join(chunks)
