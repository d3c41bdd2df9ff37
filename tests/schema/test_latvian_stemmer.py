"""Latvian stems: the inflected forms of a word have one stem, different words have different ones."""

import pytest

from schema.index.latvian_stemmer import latvian_stem
from schema.index.tokenizer import normalize

INFLECTIONS = """
inkubators: inkubatori inkubatoru inkubatora inkubatoriem inkubatoros
projekts: projekti projektu projektiem projektā projektos
partneris: partneri partnera partneriem partneru partnerim
organizācija: organizācijas organizāciju organizācijām organizācijā
biedrība: biedrības biedrību biedrībām biedrībai
uzņēmums: uzņēmumi uzņēmumu uzņēmumiem uzņēmumam uzņēmumus
uzņēmējs: uzņēmēji uzņēmējiem
uzņēmējdarbība: uzņēmējdarbības uzņēmējdarbību uzņēmējdarbībā
jaunietis: jaunieši jauniešu jauniešiem jauniešus
sieviete: sievietes sieviešu sievietēm
vīrietis: vīrieši vīriešu
latvietis: latvieši latviešu
sociāls: sociālā sociālās sociālo sociālajiem sociālais sociālie sociālajā sociālajās sociālu
jauns: jaunais jaunajiem jaunajām jaunā
liels: lielajam lielajos
vietējs: vietējā vietējās vietējiem
vadītājs: vadītāja vadītāji vadītājiem vadītāju
dalībnieks: dalībnieki dalībnieku dalībniekiem
iedzīvotājs: iedzīvotāji iedzīvotāju iedzīvotājiem
skolotājs: skolotāji skolotājām
lietotājs: lietotājus
skola: skolas skolu skolām skolā skolās
skolēns: skolēni skolēniem
students: studenti studentu
pilsēta: pilsētas pilsētu pilsētām pilsētā
pilsētnieks: pilsētniekiem
novads: novadi novadā novados
reģions: reģioni reģionu reģionos
valsts: valstis valstīs valstīm valstu valsti
pašvaldība: pašvaldības pašvaldību pašvaldībām
valdība: valdības
sabiedrība: sabiedrības sabiedrībai sabiedrībā
kopiena: kopienas kopienu kopienām
tīkls: tīkli tīkla tīklu tīklos tīklā
centrs: centra centri centru centrā
programma: programmas programmu programmai programmā programmām
konkurss: konkursa konkursi konkursu
kurss: kursi kursu kursos
process: procesi procesa procesā
resurss: resursi resursu resursiem
grants: granti grantu
fonds: fonda fondi fondu fondiem
finansējums: finansējuma finansējumu finansējumam
atbalsts: atbalsta atbalstu atbalstam
pētījums: pētījumi pētījumā pētījumu
risinājums: risinājumi risinājumus
pakalpojums: pakalpojumi pakalpojumu
mantojums: mantojuma
inovācija: inovācijas inovāciju
izglītība: izglītības izglītību izglītībā
zināšanas: zināšanu zināšanām
apmācība: apmācības apmācību apmācībām
prasme: prasmes prasmju prasmēm
pieredze: pieredzes pieredzi pieredžu
vide: vides vidi vidē
tēma: tēmas tēmu
darbs: darba darbi darbu
darbība: darbības darbībām
nodarbinātība: nodarbinātības nodarbinātību
bērns: bērni bērniem bērnu
gads: gadi gada gadu gados
mēnesis: mēneši mēneša mēnešu
līdzeklis: līdzekļi līdzekļu līdzekļiem
muzejs: muzeji muzeju muzejiem
teātris: teātra teātri
māksla: mākslas mākslu
mākslinieks: mākslinieki
kultūra: kultūras kultūrā kultūru
biedrs: biedri biedru biedriem
grupa: grupas grupu grupām
persona: personas personām
klients: klientiem
iespēja: iespējas iespēju
sadarbība: sadarbības sadarbību
tirgus: tirgu tirgū tirgum
zivs: zivju
skapis: skapja skapju
zeme: zemes zemju
valoda: valodas valodu
ilgtspējīgs: ilgtspējīga ilgtspējīgas ilgtspējīgajiem
zaļš: zaļā zaļais zaļajā
rezultāts: rezultāti rezultātu
pasākums: pasākumi pasākumu pasākumiem
brīvprātīgais: brīvprātīgie brīvprātīgo brīvprātīgajiem
"""
"""Nominatives, each with other cases of the word."""

PAIRS = [
    (nominative, form)
    for line in INFLECTIONS.strip().splitlines()
    for nominative, _, forms in [line.partition(": ")]
    for form in forms.split()
]

DIFFERENT_WORDS = (
    ("grants", "grupa"),
    ("skola", "skolotājs"),
    ("tīkls", "tirgus"),
    ("vide", "vadītājs"),
    ("darbs", "darbība"),
    ("valsts", "valdība"),
    ("partneris", "partija"),
    ("centrs", "cents"),
)


def stem(word: str) -> str:
    """Return the stem of a word as it is written."""
    return latvian_stem(normalize(word))


def test_cases_of_a_word_have_one_stem() -> None:
    """Finds a nominative by another case of the word, and the other way round."""
    assert [(nominative, form) for nominative, form in PAIRS if stem(nominative) != stem(form)] == []


def test_the_list_of_inflections_has_two_hundred_pairs() -> None:
    """Counts the pairs above."""
    assert len(PAIRS) >= 200


@pytest.mark.parametrize(("word", "other"), DIFFERENT_WORDS)
def test_different_words_have_different_stems(word: str, other: str) -> None:
    """Keeps the stems of words apart that only begin alike."""
    assert stem(word) != stem(other)


@pytest.mark.parametrize("token", ["up", "es", "a", "2018", "1234s", "erasmus2"])
def test_short_words_and_numbers_are_their_own_stems(token: str) -> None:
    """Leaves at least three letters, and tokens with digits as they are."""
    assert latvian_stem(token) == token


def test_a_stem_is_stemmed_to_itself_when_forms_are_typed_without_diacritics() -> None:
    """Treats a word with and without diacritics alike."""
    assert stem("uznemumiem") == stem("uzņēmumiem")
