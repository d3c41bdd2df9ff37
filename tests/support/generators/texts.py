"""Random texts of records: common and rare words, accents, several scripts and unusual characters."""

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

NEVER_FOUND = {"draft": "melnraksts", "old": "vecvārds"}
"""Words of drafts and of former versions; no search may find them."""

SOURCE_WORD = "avotiņš"
"""A word of the titles of sources, by which a search finds no record that was written from them."""

ACKNOWLEDGEMENT_WORD = "pateicība"
"""A word of acknowledgements: it is indexed where they are stated, not where they are derived."""

_WEIGHTS = [*accumulate(1 / (index + 25) ** 1.8 for index in range(len(COMMON)))]


class TextGenerator:
    """Generates texts, numbers, acronyms and IRIs."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        # The words are shuffled, so that the most frequent ones come from both languages.
        self._common = random.Random(1).sample(COMMON, len(COMMON))  # noqa: S311 - the same each time

    def word(self) -> str:
        """Return a word: a few words are frequent, most are rare, and one in 40 is unusual."""
        if self.rng.random() < 0.025:
            return RARE[int(len(RARE) * self.rng.random() ** 2)]
        return self.rng.choices(self._common, cum_weights=_WEIGHTS)[0]

    def line(self, minimum: int = 1, maximum: int = 6) -> str:
        """Return a line of words in any case, with any separator."""
        words = [self._cased(self.word()) for _ in range(self.rng.randint(minimum, maximum))]
        if self.rng.random() < 0.03:
            words.append(self.rng.choice(("x" * 80 + "y", "x" * 64, "ā" * 70, "“…”", "—")))
        return self.rng.choice((" ", " ", " ", " ", ", ", " - ", "/", "'")).join(words)

    def text(self, minimum: int = 1, maximum: int = 6) -> dict[str, str]:
        """Return a text by language: Latvian, English, both, or others."""
        tags = self.rng.choices(
            (("lv", "en"), ("lv",), ("en",), ("de",), ("ru", "et"), ("und", "lv")), (8, 5, 5, 1, 1, 1)
        )
        return {tag: self.line(minimum, maximum) for tag in tags[0]}

    def texts(self) -> dict[str, list[str]]:
        """Return lists of lines by language, in one language or two."""
        tags = self.rng.choice((("lv", "en"), ("lv",), ("en",), ("fr",)))
        return {tag: sorted({self.line() for _ in range(self.rng.randint(1, 3))}) for tag in tags}

    def number(self) -> str:
        """Return a number in the style of a register or a funder."""
        number, year = self.rng.randint(100_000, 999_999), self.rng.randint(2007, 2024)
        return self.rng.choice(
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
        """Return an acronym; several records often get the same one."""
        letters = "".join(self.rng.choice("ABĒĶLMNOPRSŠTUŽØ") for _ in range(self.rng.randint(2, 3)))
        return self.rng.choice((letters, letters, f"{letters}-{self.rng.randint(1, 9)}", letters.lower()))

    def iri(self) -> str:
        """Return an IRI, now and then with a host that is not ASCII."""
        host = self.rng.choice(("www.tilts.lv", "tīkls-žagari.lv", "example.org", "пример.рф", "straße.de"))
        return f"https://{host}/{self.rng.randint(1, 400)}?q={self.rng.choice('abc')}%20x#_{self.rng.randint(1, 9)}"

    def _cased(self, word: str) -> str:
        return self.rng.choice((word, word, word, word.capitalize(), word.upper()))
