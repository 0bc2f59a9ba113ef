"""Numbers and settings in words, the same everywhere: `figure`, `in_words`, `counted`, `duration`."""

from __future__ import annotations


def figure(value: float, *, pad: bool = False, digits: int = 4) -> str:
    """A number with so many significant digits, and thousands set apart; `pad` keeps zeros at the end.

    Examples
    --------
    >>> figure(0.041234), figure(12345.6), figure(-3.0), figure(0.5, pad=True), figure(3.2e-8, pad=True)
    ('0.04123', '12,346', '-3', '0.5000', '3.200e-08')
    """
    value += 0.0  # a minus says nothing of a zero
    if 1000 - 0.5 * 10 ** (3 - digits) <= abs(value) < 1e15:
        return f"{value:,.0f}"
    return f"{value:#.{digits}g}".removesuffix(".") if pad else f"{value:.{digits}g}"


def in_words(setting: object) -> str:
    """A setting's value, or several in a row.

    Examples
    --------
    >>> in_words(None), in_words(True), in_words(0.00123456), in_words((256, 64)), in_words("relu")
    ('none', 'on', '0.001235', '256, 64', 'relu')
    """
    if setting is None:
        return "none"
    if isinstance(setting, bool):
        return "on" if setting else "off"
    if isinstance(setting, (list, tuple)):
        return ", ".join(map(in_words, setting))
    return figure(setting) if isinstance(setting, (int, float)) else str(setting)


def capital(text: str) -> str:
    """The text with a capital at its start, and the rest as it is."""
    return text[:1].upper() + text[1:]


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun; `plural` is for nouns that take no s.

    Examples
    --------
    >>> counted(1, "row"), counted(1234, "row"), counted(2, "class", "classes")
    ('1 row', '1,234 rows', '2 classes')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def duration(seconds: float) -> str:
    """A time in the two units that matter.

    Examples
    --------
    >>> duration(0.4), duration(59.7), duration(95), duration(3725)
    ('0 s', '1 min 0 s', '1 min 35 s', '1 h 2 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def size(count: int) -> str:
    """A number of bytes in the unit that fits.

    Examples
    --------
    >>> size(1), size(999), size(34_253), size(999_600), size(2_345_678), size(12_345_678_901)
    ('1 byte', '999 bytes', '34 kB', '1.0 MB', '2.3 MB', '12.3 GB')
    """
    if count < 1000:
        return counted(count, "byte")
    if count < 999_500:
        return f"{count / 1e3:.0f} kB"
    return f"{count / 1e6:.1f} MB" if count < 999_950_000 else f"{count / 1e9:,.1f} GB"
