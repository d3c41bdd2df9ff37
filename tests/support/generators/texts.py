"""Texts for a network at random: words that are common, rare, accented, in several scripts, and traps."""

import random
from itertools import accumulate

LATVIAN = """
    tilts sociālā uzņēmējdarbība tīkls jauniešu lauku attīstība iekļaušana darbs mācības pašvaldība kopiena
    sadarbība inovācija reģions Baltijas jūra amatniecība šķiršana žurnāls ķīmija ģimene ņirgas ļaudis ērglis
    ūdens īstenība āmurs čības pilsēta brīvprātīgie atbalsts vide izglītība nākotne apvienība centrs metodika
    rokasgrāmata ceļvedis platforma pētījums konference darbnīca pieredze apmaiņa skola pensionāri invaliditāte
    lauksaimniecība dārzs maize medus vilna linu audēja kokapstrāde remonts otrreizēja pārstrāde aprite
"""

ENGLISH = """
    bridge social enterprise network youth rural development inclusion work training municipality community
    cooperation innovation region Baltic sea craft sorting journal chemistry family people eagle water reality
    hammer slippers town volunteers support environment education future association centre methodology
    handbook guide platform study conference workshop experience exchange school pensioners disability farming
    garden bread honey wool flax weaver carpentry repair second-hand recycling circular economy well-being
    policy roadmap toolkit café naïve résumé co-operative women's refugees' housing kitchen theatre library
"""

OTHERS = """
    Łódź Øresund Straße STRASSE İstanbul ılık Ωmega Đurđevac Þingvellir Æbeltoft cœur garðar Ärzte Zürich
    Åland São smørrebrød pierogi żółć Čeština Škoda ñandú Ελλάδα София мост Київ 東京 ﬁnance ①② 10²
    Local-Y-MPACT 588997-CITIZ-1-2017 C_D a\\b 100% 50/50 "Tilts" «maize» *star* x_y_z o'clock e-mail 2014–2020
    🙂 👩‍🌾 🇱🇻 𝔘nicode naïve résumé Mu\u0304zika S\u030ckunas
"""

COMMON = (LATVIAN + ENGLISH).split()

RARE = OTHERS.split()

NEVER_FOUND = {"draft": "melnraksts", "source": "avotiņš", "old": "vecvārds"}
"""Words that stand in drafts, in sources, and in what was published before; no search finds them."""

ASKED_WORD = "pateicība"
"""A word of acknowledgements: searched where it is stated, and not where it is derived."""

_WEIGHTS = [*accumulate(1 / (place + 25) ** 1.8 for place in range(len(COMMON)))]


class Writer:
    """Writes texts with the dice that it is given."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        # The common words of both languages are shuffled, so that the most frequent are of either.
        self._common = random.Random(1).sample(COMMON, len(COMMON))  # noqa: S311 - the same each time

    def word(self) -> str:
        """Return a word: a few are frequent, most are rare, and one in 40 is strange."""
        if self.dice.random() < 0.025:
            return RARE[int(len(RARE) * self.dice.random() ** 2)]
        return self.dice.choices(self._common, cum_weights=_WEIGHTS)[0]

    def line(self, least: int = 1, most: int = 6) -> str:
        """Return some words in one line, in any case and with any signs between."""
        found = [self._cased(self.word()) for _ in range(self.dice.randint(least, most))]
        if self.dice.random() < 0.03:
            found.append(self.dice.choice(("x" * 80 + "y", "x" * 64, "ā" * 70, "“…”", "—")))
        return self.dice.choice((" ", " ", " ", " ", ", ", " - ", "/", "'")).join(found)

    def text(self, least: int = 1, most: int = 6) -> dict[str, str]:
        """Return a text in Latvian, English, both, or neither."""
        tags = self.dice.choices(
            (("lv", "en"), ("lv",), ("en",), ("de",), ("ru", "et"), ("und", "lv")), (8, 5, 5, 1, 1, 1)
        )
        return {tag: self.line(least, most) for tag in tags[0]}

    def texts(self) -> dict[str, list[str]]:
        """Return a few lines in one language or two."""
        tags = self.dice.choice((("lv", "en"), ("lv",), ("en",), ("fr",)))
        return {tag: sorted({self.line() for _ in range(self.dice.randint(1, 3))}) for tag in tags}

    def number(self) -> str:
        """Return a number as registers give it."""
        number, year = self.dice.randint(100_000, 999_999), self.dice.randint(2007, 2024)
        return self.dice.choice(
            (
                f"{number}-CITIZ-1-{year}",
                f"{year}-1-LV01-KA202-{number}",
                f"VS/{year}/{number % 1000:04}",
                f"{number}",
                f"LV {number}_{year % 100}",
                f"№ {number % 50}",
            )
        )

    def acronym(self) -> str:
        """Return a short name, often the same as another's."""
        letters = "".join(self.dice.choice("ABĒĶLMNOPRSŠTUŽØ") for _ in range(self.dice.randint(2, 3)))
        return self.dice.choice((letters, letters, f"{letters}-{self.dice.randint(1, 9)}", letters.lower()))

    def iri(self) -> str:
        """Return an address, some with hosts that are not ASCII."""
        host = self.dice.choice(("www.tilts.lv", "tīkls-žagari.lv", "example.org", "пример.рф", "straße.de"))
        return f"https://{host}/{self.dice.randint(1, 400)}?q={self.dice.choice('abc')}%20x#_{self.dice.randint(1, 9)}"

    def _cased(self, word: str) -> str:
        return self.dice.choice((word, word, word, word.capitalize(), word.upper()))
