"""Months and weekdays as English, German, French and Spanish write them, in full and short."""

from __future__ import annotations

from honed.lazily import pl

# fmt: off
_NAMES = (
    "jan january januar jänner janvier janv enero ene",
    "feb february februar février fevrier févr fevr fév febrero",
    "mar march märz maerz mär mrz mars marzo",
    "apr april avril avr abril abr",
    "may mai mayo",
    "jun june juni juin junio",
    "jul july juli juillet juil julio",
    "aug august août aout agosto ago",
    "sep sept september septembre septiembre setiembre",
    "oct october oktober okt octobre octubre",
    "nov november novembre noviembre",
    "dec december dezember dez décembre decembre déc diciembre dic",
)
_WEEKDAYS = (
    "(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?",
    "montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag|mo|di|mi|do|fr|sa|so",
    "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lun|mar|mer|jeu|ven|sam|dim",
    "lunes|martes|mi[ée]rcoles|jueves|viernes|s[áa]bado|domingo|mi[ée]|jue|vie|s[áa]b|dom",
)
# fmt: on
_NUMBERS = {name: number for number, names in enumerate(_NAMES, 1) for name in names.split()}

NAME = "|".join(sorted(_NUMBERS, key=len, reverse=True))  # regular expressions, for any case
WEEKDAY = "|".join(_WEEKDAYS)


def numbers(names: pl.Series) -> pl.Series:
    """1 to 12 for each name in small letters, 0 for any other text."""
    return names.replace_strict(
        list(_NUMBERS), list(_NUMBERS.values()), default=0, return_dtype=pl.Int64
    ).fill_null(0)
