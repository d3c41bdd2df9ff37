"""The words of a generated network: some thousands in each language, few frequent, most rare."""

import random
from collections.abc import Iterable
from itertools import accumulate, product

# Stems, prefixes and suffixes of words, as in the texts of such projects.
_LATVIAN = [
    "tilt",
    "lauk",
    "pilsēt",
    "kopien",
    "jaunieš",
    "uzņēm",
    "sadarb",
    "mācīb",
    "atbalst",
    "nākotn",
    "vid",
    "izglīt",
    "tīkl",
    "darb",
    "reģion",
    "jūr",
    "krast",
    "mež",
    "upes",
    "ezer",
    "dārz",
    "maiz",
    "med",
    "viln",
    "lin",
    "audēj",
    "koks",
    "remont",
    "aprit",
    "šķir",
    "žurnāl",
    "ķīm",
    "ģimen",
    "ņirg",
    "ļaud",
    "ērgl",
    "ūden",
    "īsten",
    "čīb",
    "centr",
    "metod",
    "rokas",
    "ceļ",
    "platform",
    "pētīj",
    "konferenc",
    "darbnīc",
    "pieredz",
    "apmaiņ",
    "skol",
    "pensij",
    "invalīd",
    "saimniec",
    "kultūr",
    "mūzik",
    "teātr",
    "bibliotēk",
    "muzej",
    "stāst",
    "valod",
    "tulk",
    "spēl",
    "sport",
    "veselīb",
    "aprūp",
    "bērn",
    "senior",
    "migr",
    "bēgļ",
    "sieviet",
    "vīriet",
    "amat",
    "prasm",
    "digitāl",
    "dat",
    "atvērt",
    "inovāc",
    "tehnoloģ",
    "enerģ",
    "saul",
    "vēj",
    "klimat",
    "daudzveid",
    "iekļau",
    "līdzdal",
    "demokrāt",
    "pilson",
    "tiesīb",
    "likum",
    "politik",
    "stratēģ",
    "plān",
    "rīcīb",
    "mērķ",
    "rezultāt",
    "kvalitāt",
    "vērtēj",
    "partner",
    "biedr",
    "dalīb",
    "vadīb",
    "finans",
    "budžet",
    "ieguld",
    "tirg",
    "produkt",
    "pakalpoj",
    "patērēt",
    "ražo",
    "zeme",
    "graud",
    "auglis",
    "dzīvniek",
    "zivs",
    "ost",
    "kuģ",
    "dzelzceļ",
]

_LATVIAN_PREFIXES = ("", "ne", "pār", "sa")

_LATVIAN_SUFFIXES = ("a", "s", "u", "am", "ām", "os", "ība", "ību", "ējs", "šana", "isks")

_ENGLISH = [
    "bridge",
    "farm",
    "town",
    "commun",
    "youth",
    "enterpris",
    "cooper",
    "learn",
    "support",
    "futur",
    "environ",
    "educ",
    "network",
    "work",
    "region",
    "sea",
    "coast",
    "forest",
    "river",
    "lake",
    "garden",
    "bread",
    "honey",
    "wool",
    "flax",
    "weav",
    "wood",
    "repair",
    "circul",
    "sort",
    "journal",
    "chemist",
    "famil",
    "peopl",
    "eagle",
    "water",
    "centr",
    "method",
    "hand",
    "guid",
    "platform",
    "research",
    "confer",
    "workshop",
    "experien",
    "exchang",
    "school",
    "pension",
    "abil",
    "cultur",
    "music",
    "theatr",
    "librar",
    "museum",
    "story",
    "languag",
    "translat",
    "play",
    "sport",
    "health",
    "care",
    "child",
    "senior",
    "migr",
    "refug",
    "women",
    "men",
    "craft",
    "skill",
    "digit",
    "data",
    "open",
    "innov",
    "techn",
    "energ",
    "sun",
    "wind",
    "climat",
    "divers",
    "includ",
    "particip",
    "democr",
    "citizen",
    "right",
    "law",
    "polic",
    "strateg",
    "plan",
    "action",
    "target",
    "result",
    "qualit",
    "evaluat",
    "partner",
    "member",
    "lead",
    "manag",
    "financ",
    "budget",
    "invest",
    "market",
    "product",
    "servic",
    "consum",
    "grain",
    "fruit",
    "animal",
    "fish",
    "harbour",
    "ship",
    "rail",
    "villag",
    "island",
    "heritag",
    "tour",
    "kitch",
    "cloth",
    "paint",
]

_ENGLISH_PREFIXES = ("", "re", "co", "inter")

_ENGLISH_SUFFIXES = ("", "s", "ed", "ing", "er", "ment", "ation", "al", "ity", "ive", "ness")

LANGUAGES = ("lv", "en")


def _vocabulary(prefixes: Iterable[str], stems: Iterable[str], suffixes: Iterable[str]) -> list[str]:
    """Return all words of a language in a random order."""
    words = sorted({"".join(parts) for parts in product(prefixes, stems, suffixes)})
    random.Random(1).shuffle(words)  # noqa: S311 - the same each time
    return words


VOCABULARY = {
    "lv": _vocabulary(_LATVIAN_PREFIXES, _LATVIAN, _LATVIAN_SUFFIXES),
    "en": _vocabulary(_ENGLISH_PREFIXES, _ENGLISH, _ENGLISH_SUFFIXES),
}
"""The words of each language, the most frequent first."""

# Zipf's law as Mandelbrot put it: the frequency falls with the rank.
_WEIGHTS = {
    tag: [*accumulate(1 / (rank + 2.7) ** 1.05 for rank in range(len(words)))]
    for tag, words in VOCABULARY.items()
}

_WORD_LENGTHS = {
    tag: sum(
        len(word) * (high - low)
        for word, low, high in zip(VOCABULARY[tag], [0.0, *weights], weights, strict=False)
    )
    / weights[-1]
    + 1
    for tag, weights in _WEIGHTS.items()
}
"""The average length of a word in characters, with the space after it."""


def line(dice: random.Random, tag: str, characters: float) -> str:
    """Return words of about this number of characters, without full stops."""
    return _line(dice, tag, characters)[:490].rstrip()


def text(dice: random.Random, tag: str, characters: float) -> str:
    """Return sentences of about this number of characters."""
    words = dice.choices(VOCABULARY[tag], cum_weights=_WEIGHTS[tag], k=_word_count(tag, characters))
    sentences, start = [], 0
    while start < len(words):
        end = start + dice.randint(8, 22)
        sentences.append(" ".join(words[start:end]).capitalize())
        start = end
    return ". ".join(sentences) + "."


def keyword(dice: random.Random, tag: str) -> str:
    """Return one word or two."""
    return " ".join(dice.choices(VOCABULARY[tag], cum_weights=_WEIGHTS[tag], k=1 + (dice.random() < 0.6)))


def _line(dice: random.Random, tag: str, characters: float) -> str:
    words = dice.choices(VOCABULARY[tag], cum_weights=_WEIGHTS[tag], k=_word_count(tag, characters))
    return " ".join(words).capitalize()


def _word_count(tag: str, characters: float) -> int:
    return max(1, round(characters / _WORD_LENGTHS[tag]))
