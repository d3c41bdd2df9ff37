"""Tests of settings: read from the environment; all invalid ones are reported at once."""

from datetime import date

import pytest

from api.settings import Settings, SettingsError, read_settings

INVALID = [
    ("PORT", "0"),
    ("PORT", "65536"),
    ("PORT", "x"),
    ("PORT", "-1"),
    ("PORT", "80.0"),
    ("PORT", "٨٠"),
    ("PORT", ""),
    ("HOST", ""),
    ("BASE", ""),
    ("BASE", "x.example"),
    ("BASE", "ftp://x.example"),
    ("BASE", "https://x.example/?a=1"),
    ("BASE", "https://x.example/#a"),
    ("BASE", "https://x.example/?"),
    ("BASE", "https://x.example/data#"),
    ("BASE", "https://piemērs.lv/dati"),
    ("BASE", "https:///data"),
    ("BASE", "https://x.example/a b"),
    ("BASE", "https://[::1"),
    ("BASE", "https://x.example\n"),
    ("LICENCE", "CC BY 4.0"),
    ("LICENCE", "https://piemērs.lv/licence"),
    ("LICENCE", ""),
    ("LICENCE", "javascript:alert(1)"),
    ("LANGUAGES", ""),
    ("LANGUAGES", "lv,"),
    ("LANGUAGES", "LV"),
    ("LANGUAGES", "lv;en"),
    ("LANGUAGES", "lv,qq"),
    ("PUBLISHER", "The network"),
    ("PUBLISHER", '["The network"]'),
    ("PUBLISHER", '{"en": 1}'),
    ("PUBLISHER", "{}"),
    ("PUBLISHER", '{"en-12": "The network"}'),
    ("PUBLISHER", '{"in English": "The network"}'),
    ("PUBLISHER", '{"en": ""}'),
    ("DATABASE", ""),
    ("DATABASE", "var/tikls.db"),
    ("DATABASE", "sqlite://"),
    ("DATABASE", "sqlite:///:memory:"),
    ("DATABASE", "mysql://root@localhost/tikls"),
    ("DATABASE", "postgresql://user@host:port/name"),
    ("DATA", ""),
    ("DEADLINE", ""),
    ("DEADLINE", "0"),
    ("DEADLINE", "0.0"),
    ("DEADLINE", "-1"),
    ("DEADLINE", "60.001"),
    ("DEADLINE", "61"),
    ("DEADLINE", "1e1"),
    ("DEADLINE", "inf"),
    ("DEADLINE", "nan"),
    ("DEADLINE", "1,5"),
    ("DEADLINE", ".5"),
    ("DEADLINE", "5s"),
    ("DEADLINE", "٥"),
    ("WORKERS", ""),
    ("WORKERS", "0"),
    ("WORKERS", "65"),
    ("WORKERS", "-1"),
    ("WORKERS", "two"),
    ("WORKERS", "2.0"),
    ("CACHE", ""),
    ("CACHE", "-1"),
    ("CACHE", "65537"),
    ("CACHE", "64MB"),
    ("CACHE", "0.5"),
    ("BUDGET", ""),
    ("BUDGET", "-1"),
    ("BUDGET", "3601"),
    ("BUDGET", "1.5"),
    ("PROXIES", ""),
    ("PROXIES", "-1"),
    ("PROXIES", "11"),
    ("PROXIES", "127.0.0.1"),
    ("MAX_AGE", ""),
    ("MAX_AGE", "-1"),
    ("MAX_AGE", "86401"),
    ("STALE_WHILE_REVALIDATE", "1h"),
    ("TODAY", ""),
    ("TODAY", "30.11.2026"),
    ("TODAY", "2026-02-30"),
    ("TODAY", "20261130"),
]


def test_every_setting_is_optional():
    assert read_settings({}) == read_settings({"PATH": "/bin", "tikls_port": "x"}) == Settings()


def test_every_setting_is_read():
    environment = {
        "TIKLS_HOST": "10.0.0.1",
        "TIKLS_PORT": "8080",
        "TIKLS_DATABASE": "postgresql://tikls@db/tikls",
        "TIKLS_BASE": "https://x.example/data",
        "TIKLS_LANGUAGES": "lv, en,lv",
        "TIKLS_LICENCE": "https://creativecommons.org/publicdomain/zero/1.0/",
        "TIKLS_PUBLISHER": '{"en": "The network"}',
        "TIKLS_DATA": "content",
        "TIKLS_DEADLINE": "2.5",
        "TIKLS_WORKERS": "4",
        "TIKLS_CACHE": "0",
        "TIKLS_BUDGET": "0",
        "TIKLS_PROXIES": "2",
        "TIKLS_MAX_AGE": "60",
        "TIKLS_STALE_WHILE_REVALIDATE": "86400",
        "TIKLS_TODAY": "2026-11-30",
    }
    assert set(environment) == {f"TIKLS_{name.upper()}" for name in Settings.__struct_fields__}
    assert read_settings(environment) == Settings(
        host="10.0.0.1",
        port=8080,
        database="postgresql://tikls@db/tikls",
        base="https://x.example/data",
        languages=("lv", "en"),
        licence="https://creativecommons.org/publicdomain/zero/1.0/",
        publisher={"en": "The network"},
        data="content",
        deadline=2.5,
        workers=4,
        cache=0,
        budget=0,
        proxies=2,
        max_age=60,
        stale_while_revalidate=86_400,
        today=date(2026, 11, 30),
    )


@pytest.mark.parametrize(
    ("host", "port", "base"),
    [
        ("localhost", "8080", "http://localhost:8080"),
        ("10.0.0.1", "80", "http://10.0.0.1:80"),
        ("::1", "8000", "http://[::1]:8000"),
    ],
)
def test_the_base_follows_host_and_port(host, port, base):
    assert read_settings({"TIKLS_HOST": host, "TIKLS_PORT": port}).base == base


@pytest.mark.parametrize(
    ("value", "base"),
    [
        ("https://x.example/", "https://x.example"),
        ("https://x.example/data/", "https://x.example/data"),
        ("https://x.example:8443", "https://x.example:8443"),
    ],
)
def test_a_trailing_slash_of_the_base_is_removed(value, base):
    assert read_settings({"TIKLS_BASE": value}).base == base


@pytest.mark.parametrize(("name", "value"), INVALID)
def test_an_invalid_setting_is_refused_by_name(name, value):
    with pytest.raises(SettingsError) as caught:
        read_settings({f"TIKLS_{name}": value})
    (problem,) = caught.value.problems
    assert problem.startswith(f"TIKLS_{name}: ")
    assert "\n" not in problem


def test_all_problems_are_reported_at_once():
    with pytest.raises(SettingsError) as caught:
        read_settings({"TIKLS_PORT": "x", "TIKLS_BASE": "x", "TIKLS_LICENCE": "x", "TIKLS_PROT": "8000"})
    names = [problem.replace(":", " ").split()[0] for problem in caught.value.problems]
    assert names == ["TIKLS_BASE", "TIKLS_LICENCE", "TIKLS_PORT", "TIKLS_PROT"]


def test_an_unknown_setting_is_refused_and_the_known_are_named():
    with pytest.raises(SettingsError) as caught:
        read_settings({"TIKLS_PROT": "8000"})
    assert "TIKLS_PORT" in caught.value.problems[0]


def test_a_password_is_not_repeated():
    with pytest.raises(SettingsError) as caught:
        read_settings({"TIKLS_DATABASE": "mysql://user:secret@host/name"})
    assert "secret" not in caught.value.problems[0]
