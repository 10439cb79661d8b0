"""The comm key as it is sent.

It is scrambled, not protected: anybody who hears one exchange can reverse it.
"""

_MASK = b"ZKSO"
DEFAULT_TICKS = 0x32


def scramble(key: int, session: int, ticks: int = DEFAULT_TICKS) -> bytes:
    """Return the 4 bytes for AUTH. key: 0 to 999999; the sum wraps at 2^32."""
    reversed_bits = int(f"{key:032b}"[::-1], 2)
    mixed = ((reversed_bits + session) & 0xFFFFFFFF).to_bytes(4, "little")
    a, b, c, d = (byte ^ mask for byte, mask in zip(mixed, _MASK, strict=True))
    b0, b1, _, b3 = c, d, a, b  # the halves are swapped, then the third byte is replaced
    return bytes((b0 ^ ticks, b1 ^ ticks, ticks, b3 ^ ticks))


def matches(answer: bytes, key: int, session: int) -> bool:
    """Check an answer, as the unit does: scramble again with the byte that the client chose."""
    return len(answer) == 4 and scramble(key, session, answer[2]) == answer
