"""Addresses of databases, such as ``postgresql://ana@host/shop``: what of one may be kept, and its password apart.

A password in an address is taken out before anything is kept or said, and stays in this process for `with_password`.
Another process, such as one that goes on with a run, finds one as libpq does: in ``PGPASSWORD``, in ``~/.pgpass`` or
in a service file.
"""

from __future__ import annotations

import os
import re
from urllib.parse import quote, unquote

from honed.errors import InputError

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_SQLITE = "sqlite:///"
_HOST = r"(?:\[[^\s@/?#\]]*\]|[^\s:@/?#,]*)(?::\d*)?"
_POSTGRESQL = re.compile(
    rf"(?:([^\s:@/?#]*)(?::([^\s@/?#]*))?@)?({_HOST}(?:,{_HOST})*)(?:/([^\s@/?#]*))?(?:\?([^\s@?#]*))?"
)
# Also of an address that was taken for a path, with one slash; but not of words for how to write one.
_WITH_PASSWORD = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://?[^\s:/@]*:)(?!PASSWORD@)\S+@")
_PASSWORD_SAID = re.compile(r"(\bpassword=)[^\s&'\"]+", re.IGNORECASE)
# Of libpq's words for a connection those that hold no secret, and say nothing of what a query gives.
# fmt: off
_KEPT = (
    "application_name", "channel_binding", "client_encoding", "connect_timeout", "gssencmode", "gsslib",
    "host", "hostaddr", "keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval", "krbsrvname",
    "load_balance_hosts", "options", "passfile", "port", "require_auth", "requirepeer", "service",
    "ssl_max_protocol_version", "ssl_min_protocol_version", "sslcert", "sslcrl", "sslcrldir", "sslkey", "sslmode",
    "sslnegotiation", "sslrootcert", "sslsni", "target_session_attrs", "tcp_user_timeout", "user",
)
# fmt: on
_HOW = "postgresql://USER@HOST/DATABASE, or sqlite:///FILE (sqlite:////FILE of an absolute path)"
_passwords: dict[str, str] = {}  # by address; no result depends on them


def is_address(data: str) -> bool:
    """Whether words for data begin as an address does, and are no path."""
    return _SCHEME.match(data) is not None and not os.path.lexists(data)


def asked(data: str, query: str | None = None) -> str:
    """Words for data as they may be kept: a path as it is, an address without its password.

    Parameters
    ----------
    query : what is asked of a database.

    Raises
    ------
    InputError
        An address of no database that honed reads, or one that cannot be taken apart; a query of a file. No message
        holds a part of an address that may be a password.
    """
    if not is_address(data):
        if query is None:
            return data
        raise InputError(
            "--query is asked of a database, and the data are a file or folder. Give the address of one in their "
            f"place ({_HOW}), or leave --query out."
        )
    scheme = data.partition("://")[0].lower()
    if scheme in ("postgresql", "postgres"):
        return _without_password(data.partition("://")[2])
    if scheme != "sqlite":
        raise InputError(
            f"honed reads no addresses that begin with {scheme}://, but those of databases: {_HOW}. Of anything else, "
            "give a file with the rows."
        )
    if not data.lower().startswith(_SQLITE) or data[len(_SQLITE) :] in ("", "/", ":memory:"):
        raise InputError(
            f"An address that begins with {scheme}:// needs the path of a file behind a third slash. Give "
            "sqlite:///FILE, or sqlite:////FILE of an absolute path."
        )
    return _SQLITE + data[len(_SQLITE) :]


def file_of(address: str) -> str | None:
    """The path of an SQLite file; None for another database."""
    return address.removeprefix(_SQLITE) if address.startswith(_SQLITE) else None


def of_file(path: str) -> str:
    """The address of an SQLite file."""
    return _SQLITE + path


def with_password(address: str) -> str:
    """The address for its driver: with the password, where the one that was given had one."""
    password = _passwords.get(address)
    if password is None:
        return address
    return f"{address}{'&' if '?' in address else '?'}password={quote(password, safe='')}"


def without_passwords(text: str) -> str:
    """A text in which no address has a password.

    Examples
    --------
    >>> without_passwords("There is no run postgresql://ana:geheim@host/shop.")
    'There is no run postgresql://ana:***@host/shop.'
    """
    return _PASSWORD_SAID.sub(r"\1***", _WITH_PASSWORD.sub(r"\1***@", text))


def _without_password(rest: str) -> str:
    """An address of PostgreSQL, of which this is what comes behind ://; the password is remembered."""
    parts = _POSTGRESQL.fullmatch(rest)
    if parts is None:
        raise InputError(
            "The address that begins with postgresql:// cannot be taken apart. It is written as "
            "postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with each of @ : / ? # and % in a name or a password as "
            "%40 %3A %2F %3F %23 and %25; or leave the password out and set PGPASSWORD."
        )
    user, password, host, database, said = parts.groups()
    kept = []
    for name, value in (word.partition("=")[::2] for word in (said or "").split("&") if word):
        if name == "password":
            password = value
        elif name in _KEPT and ";" not in value:
            kept.append(f"{name}={value}")
        else:  # which may be the rest of a password whose & is not written as %26
            which = f"the parameter {name[:40]!r}" if password is None else "a parameter"
            raise InputError(
                f"The address has {which}, which honed does not take, as it may hold a secret or is none of libpq's. "
                "Leave it out, or say it in a service file (service=NAME)."
            )
    address = f"postgresql://{user + '@' if user else ''}{host}"
    address += f"/{database}" if database else ""
    address += f"{'' if database else '/'}?{'&'.join(kept)}" if kept else ""
    _passwords.pop(address, None)
    if password:
        _passwords[address] = unquote(password)
    return address
