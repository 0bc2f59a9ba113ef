"""Addresses of databases: what may be kept of one, and that no password is."""

from pathlib import Path

import pytest

from honed import addresses
from honed.errors import InputError


@pytest.mark.parametrize(
    ("given", "kept", "rest"),
    [
        ("postgresql://ana:geheim@host/shop", "postgresql://ana@host/shop", "?password=geheim"),
        ("postgres://ana:geheim@host:5433/shop", "postgresql://ana@host:5433/shop", "?password=geheim"),
        ("postgresql://a:b%2Fc%40d@[::1]:5/x", "postgresql://a@[::1]:5/x", "?password=b%2Fc%40d"),
        ("postgresql://h/x?password=geheim&user=ana", "postgresql://h/x?user=ana", "&password=geheim"),
        ("postgresql://ana@h1:1,h2:2/x?sslmode=require", "postgresql://ana@h1:1,h2:2/x?sslmode=require", ""),
        ("postgresql:///shop?host=/run/pg", "postgresql:///shop?host=/run/pg", ""),
        ("postgresql://?service=shop", "postgresql:///?service=shop", ""),
        ("sqlite:///shop.db", "sqlite:///shop.db", ""),
    ],
)
def test_an_address_is_kept_without_the_password_that_its_driver_gets(
    given: str, kept: str, rest: str
) -> None:
    assert addresses.asked(given) == kept
    assert addresses.with_password(kept) == kept + rest


def test_the_address_without_a_password_has_none_though_it_had_one_before() -> None:
    addresses.asked("postgresql://ana:geheim@host/shop")
    kept = addresses.asked("postgresql://ana@host/shop")
    assert addresses.with_password(kept) == kept


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("postgresql://ana:ge@geheim@host/x", "cannot be taken apart"),
        ("postgresql://ana:ge/geheim@host/x", "cannot be taken apart"),
        ("postgresql://ana:ge?geheim@host/x", "cannot be taken apart"),
        ("postgresql://ana:ge#geheim@host/x", "cannot be taken apart"),
        ("postgresql://ana:ge geheim@host/x", "cannot be taken apart"),
        ("postgresql://ana:geheim/x", "cannot be taken apart"),
        ("postgresql://ana@host/x?pasword=geheim", "'pasword', which honed does not take"),
        ("postgresql://ana@host/x?sslpassword=geheim", "'sslpassword', which honed does not take"),
        ("mysql://root:geheim@host/x", "no addresses that begin with mysql://"),
        ("https://ana:geheim@host/x.csv", "no addresses that begin with https://"),
        ("sqlite://geheim.db", "a third slash"),
        ("sqlite:///:memory:", "a third slash"),
    ],
)
def test_an_address_that_is_refused_is_not_told(given: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as error:
        addresses.asked(given, "select 1")
    assert "geheim" not in str(error.value)


def test_a_path_is_no_address_and_takes_no_query(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("odd:").mkdir()
    Path("odd:/a.csv").touch()
    for path in ("train.csv", "/data/a.db", "-", "odd://a.csv"):
        assert not addresses.is_address(path)
        assert addresses.asked(path) == path
        with pytest.raises(InputError, match="--query is asked of a database"):
            addresses.asked(path, "select 1")


def test_the_file_of_an_address_is_that_of_sqlite_alone() -> None:
    assert addresses.file_of("postgresql://host/shop") is None
    for path in ("shop.db", "/data/shop.db"):
        assert addresses.file_of(addresses.of_file(path)) == path


def test_texts_lose_passwords_and_keep_words_for_one() -> None:
    advice = "Give postgresql://USER:PASSWORD@HOST/DATABASE, or postgresql://ana@host:5432/shop."
    assert addresses.without_passwords(advice) == advice
    for given in (
        "postgresql://ana:geheim@host/x",
        "postgresql:/ana:ge:heim@host/x",
        "mysql://:geheim@host/x",
        "postgresql://ana:g@heim@host/x",
    ):
        said = addresses.without_passwords(f"There is no run {given}.")
        assert "heim" not in said and said.endswith(":***@host/x.")
    said = addresses.without_passwords(
        "There is no file postgresql://h/shop?password=geheim&sslmode=require."
    )
    assert said == "There is no file postgresql://h/shop?password=***&sslmode=require."
    with pytest.raises(InputError) as refused:
        addresses.asked("postgresql://h/shop?password=ge&heim", "select 1")
    assert "heim" not in str(refused.value)
    with pytest.raises(InputError, match="'sslmode'"):
        addresses.asked("postgresql://h/shop?sslmode=require;password=geheim", "select 1")
