"""Validation errors: stable codes with English and Latvian messages, and the exception that carries them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_ENGLISH = {
    "too-large": "is longer than {most} bytes",
    "not-utf-8": "is not UTF-8 at byte {byte}",
    "not-json": "is not JSON: {problem}",
    "unreadable": "cannot be read by this version: {problem}",
    "too-deep": "is nested deeper than {most} levels",
    "wrong-type": "is {given}; it should be {wanted}",
    "unknown-field": "is not a field here{suggestion}",
    "missing": "is required",
    "too-short": "has {given} characters; it needs at least {least}",
    "too-long": "has {given} characters; at most {most} are allowed",
    "too-few": "has {given} entries; it needs at least {least}",
    "too-many": "has {given} entries; at most {most} are allowed",
    "out-of-range": "is {given}; it should be between {least} and {most}",
    "not-an-id": "is not an id: lower-case letters and digits, joined by single hyphens",
    "not-a-line": "has a line break, a control character, or leading or trailing white space",
    "not-a-text": "has a control character, or leading or trailing white space",
    "not-a-language-tag": "is not a lower-case BCP 47 language tag, such as lv or en",
    "not-a-partial-date": "is not a date: 2017, 2017-09, 2017-09-01, a season, 2018-22, or one of two dates, [2018-03,2018-04]",
    "not-a-duration": "is not a duration of years, months and days, such as P1Y or P18M",
    "not-an-iri": "is not an http or https address",
    "not-a-decimal": 'is not a decimal number written as text, such as "56.95"',
    "not-money": 'is not an amount written as text, such as "1250.00": no sign, two to four digits after the '
    "decimal point",
    "not-a-mailbox": "is not an e-mail address, such as info@example.org",
    "not-a-pointer": "is not a JSON Pointer, such as /title; an empty one points to the whole record",
    "not-of-the-pattern": "does not match {pattern}",
    "unknown-code": "{given} is not one of the codes{suggestion}",
    "duplicate": "{given} occurs twice",
    "ends-before-it-starts": "is before the start, {start}",
    "id-differs": "is {given}, but the id in the path is {wanted}",
    "unknown-sibling": "there is no {given} in {field}",
    "works-with-itself": "refers to the part that contains it",
    "needs-field": "has a meaning only with {field}",
    "excluded-by-field": "has no meaning with {field}",
    "unknown-part": "there is no {given} in {field} of the records in {via}",
    "ambiguous-part": "several records in {via} have {given} in {field}",
    "part-referred-to": "{referrer} links to {given}, so exactly one of its {via} must have {given} here; "
    "keep or rename it, or change {referrer} in the same commit",
    "another-part": "is linked to by {referrer}, but in {into} {given} is another of the {field}; "
    "give one of the two another id before the merge",
    "unknown-reference": "there is no published {entity} {given}{suggestion}",
    "points-to-nothing": "the record has no value at {given}",
    "cycle": "leads back to the record itself: {path}",
    "referred-to": "is referred to by {referrers}",
    "not-public": "is not published",
    "not-there": "does not exist",
    "no-draft": "has no draft",
    "deleted": "was deleted; its id cannot be used again",
    "merged": "was merged into {into}; its id cannot be used again",
    "target-merged": "cannot be merged into {given}, which was merged into {into}; merge it into that",
    "into-itself": "cannot be merged into itself",
    "never-public": "was never published",
    "already-public": "is published; name the version to restore",
    "no-version": "has no version {given} with a document",
    "text-absent": "has the text in none of its versions",
    "text-unusable": "cannot be searched for this text, which is empty or a part of the replacement {mark}; "
    "name a word or a phrase of the record",
    "text-in-note": "would keep the text in the note on its removal; give a reason without the text",
    "not-redactable": "has the text in a value that cannot be changed, such as an id, a code or a date",
    "changed-by-another": "was last changed by {actor}, not by {loader}",
    "redacted-since": "was not loaded, because a text was removed from the record since; remove it from the file as well, "
    "so that the file agrees with the public record",
    "restored-since": "was not loaded, because another version was restored since; change the file, or restore its version",
    "restored-after-withdrawal": "was restored since it was withdrawn, and stays public; remove the withdrawal, "
    "or withdraw the record again",
    "unknown-collection": "is not a folder of a collection{suggestion}",
    "unexpected-file": "is not a file of a record: {collection}/{{id}}.json was expected",
    "not-withdrawals": "is not a list of withdrawals: {problem}",
    "not-a-withdrawal": "is not a withdrawal with id, reason and perhaps into: {problem}",
    "not-a-record": "{given} is not a collection and an id, such as {collection}/new-id",
    "into-another-collection": "{given} is not in {collection}, as the record to merge is",
    "withdrawn-file": "is withdrawn by {file}; remove the file or the withdrawal",
}

_LATVIAN = {
    "too-large": "ir garāks par {most} baitiem",
    "not-utf-8": "nav UTF-8 ({byte}. baits)",
    "not-json": "nav JSON: {problem}",
    "unreadable": "šī versija to nevar nolasīt: {problem}",
    "too-deep": "ir dziļāks par {most} līmeņiem",
    "wrong-type": "saņemts: {given}; vajadzīgs: {wanted}",
    "unknown-field": "nav šeit paredzēts lauks{suggestion}",
    "missing": "ir obligāts",
    "too-short": "rakstzīmju skaits ir {given}; vajag vismaz {least}",
    "too-long": "rakstzīmju skaits ir {given}; atļauts ne vairāk kā {most}",
    "too-few": "ierakstu skaits ir {given}; vajag vismaz {least}",
    "too-many": "ierakstu skaits ir {given}; atļauts ne vairāk kā {most}",
    "out-of-range": "ir {given}; jābūt no {least} līdz {most}",
    "not-an-id": "nav identifikators: mazie burti un cipari, savienoti ar atsevišķām defisēm",
    "not-a-line": "satur rindas pārtraukumu, vadības rakstzīmi vai atstarpi sākumā vai beigās",
    "not-a-text": "satur vadības rakstzīmi vai atstarpi sākumā vai beigās",
    "not-a-language-tag": "nav BCP 47 valodas kods ar mazajiem burtiem, piemēram, lv vai en",
    "not-a-partial-date": "nav datums: 2017, 2017-09, 2017-09-01, gadalaiks, 2018-22, vai viens no diviem, [2018-03,2018-04]",
    "not-a-duration": "nav ilgums gados, mēnešos un dienās, piemēram, P1Y vai P18M",
    "not-an-iri": "nav http vai https adrese",
    "not-a-decimal": 'nav decimālskaitlis teksta veidā, piemēram, "56.95"',
    "not-money": 'nav summa teksta veidā, piemēram, "1250.00": bez zīmes, aiz punkta divi līdz četri cipari',
    "not-a-mailbox": "nav e-pasta adrese, piemēram, info@example.org",
    "not-a-pointer": "nav JSON norāde, piemēram, /title; tukša norāda uz visu ierakstu",
    "not-of-the-pattern": "neatbilst paraugam {pattern}",
    "unknown-code": "{given} nav starp kodiem{suggestion}",
    "duplicate": "{given} ir divreiz",
    "ends-before-it-starts": "ir pirms sākuma, {start}",
    "id-differs": "ir {given}, bet ceļā norādīts {wanted}",
    "unknown-sibling": "sarakstā {field} nav {given}",
    "works-with-itself": "norāda uz to pašu daļu, kurā atrodas",
    "needs-field": "ir nozīme tikai kopā ar {field}",
    "excluded-by-field": "nav nozīmes kopā ar {field}",
    "unknown-part": "nevienam ierakstam no {via} sarakstā {field} nav {given}",
    "ambiguous-part": "vairākiem ierakstiem no {via} sarakstā {field} ir {given}",
    "part-referred-to": "{referrer} norāda uz {given}, tāpēc {given} šeit jābūt tieši vienam no tā {via}; tas jāatstāj "
    "vai jāpārdēvē, vai tajā pašā reizē jāmaina {referrer}",
    "another-part": "uz to norāda {referrer}, bet ierakstā {into} ar {given} apzīmēts cits saraksta {field} "
    "elements; pirms apvienošanas jāmaina viens no abiem identifikatoriem",
    "unknown-reference": "nav publicēta ieraksta {entity} {given}{suggestion}",
    "points-to-nothing": "ierakstā nav vērtības, uz ko norāda {given}",
    "cycle": "ved atpakaļ uz pašu ierakstu: {path}",
    "referred-to": "uz to atsaucas {referrers}",
    "not-public": "nav publicēts",
    "not-there": "neeksistē",
    "no-draft": "nav melnraksta",
    "deleted": "ir dzēsts; tā identifikatoru nevar izmantot vēlreiz",
    "merged": "ir apvienots ar {into}; tā identifikatoru nevar izmantot vēlreiz",
    "target-merged": "nav apvienojams ar {given}, kas jau apvienots ar {into}; jāapvieno ar to",
    "into-itself": "nav apvienojams pats ar sevi",
    "never-public": "nekad nav bijis publicēts",
    "already-public": "ir publicēts; jānorāda atjaunojamā versija",
    "no-version": "nav versijas {given} ar dokumentu",
    "text-absent": "nesatur šo tekstu nevienā versijā",
    "text-unusable": "šajā ierakstā tādu tekstu nevar meklēt: tas ir tukšs vai daļa no aizstājēja {mark}; jānorāda "
    "ieraksta vārds vai frāze",
    "text-in-note": "saglabātu dzēšamo tekstu dzēšanas piezīmē; jānorāda pamatojums bez šā teksta",
    "not-redactable": "satur tekstu vērtībā, ko nevar mainīt, piemēram, identifikatorā, kodā vai datumā",
    "changed-by-another": "pēdējoreiz mainīja {actor}, nevis {loader}",
    "redacted-since": "nav ielādēts, jo no ieraksta pēc tam dzēsts teksts; tas jādzēš arī datnē, lai tā sakristu ar "
    "publicēto ierakstu",
    "restored-since": "nav ielādēts, jo pēc tam atjaunota cita versija; jāmaina datne vai jāatjauno tajā esošā versija",
    "restored-after-withdrawal": "pēc atsaukšanas ir atjaunots un paliek publicēts; jāizņem atsaukums vai ieraksts "
    "jāatsauc vēlreiz",
    "unknown-collection": "nav kolekcijas mape{suggestion}",
    "unexpected-file": "nav ieraksta datne; gaidītā datne: {collection}/{{id}}.json",
    "not-withdrawals": "nav atsaukumu saraksts: {problem}",
    "not-a-withdrawal": "nav atsaukums ar id, reason un, ja vajadzīgs, into: {problem}",
    "not-a-record": "{given} nav kolekcija un identifikators, piemēram, {collection}/new-id",
    "into-another-collection": "{given} nav kolekcijā {collection}, kurā ir apvienojamais ieraksts",
    "withdrawn-file": "ir atsaukts datnē {file}; jāizņem datne vai atsaukums",
}

_ENGLISH_TYPES = {
    "object": "an object",
    "list": "a list",
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
    "texts": "an object of language tags and texts",
    "code": "a code, or an object with an id",
}

_LATVIAN_TYPES = {
    "object": "objekts",
    "list": "saraksts",
    "string": "teksts",
    "integer": "vesels skaitlis",
    "number": "skaitlis",
    "boolean": "patiesumvērtība",
    "null": "null",
    "texts": "objekts ar valodu kodiem un tekstiem",
    "code": "kods vai objekts ar id",
}

TYPES = {"lv": _LATVIAN_TYPES, "en": _ENGLISH_TYPES}
"""Names of JSON types in `wrong-type` messages: language to type to text."""

MESSAGES = {code: {"lv": _LATVIAN[code], "en": english} for code, english in _ENGLISH.items()}
"""Message templates: code to language to text. The fields in braces are limits of the Fault."""


@dataclass(frozen=True)
class Fault:
    """A validation error: its code, the JSON Pointer (RFC 6901) of the value, and the values for the message.

    `limits` may include `suggestion`, a close valid value, and `record`, the record that an entry of a file names.
    """

    code: str
    pointer: str = ""
    limits: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> dict[str, str]:
        """Return the message as a language map."""
        suggestion = self.limits.get("suggestion")
        values = {**self.limits, "suggestion": f" ({suggestion}?)" if suggestion else ""}
        return {
            tag: template.format(**(values | self._type_names(tag)))
            for tag, template in MESSAGES[self.code].items()
        }

    def _type_names(self, tag: str) -> dict[str, str]:
        if self.code != "wrong-type":
            return {}
        return {name: TYPES[tag][self.limits[name]] for name in ("given", "wanted")}


class InvalidRecordError(ValueError):
    """A document is invalid. `faults` lists all its errors."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(", ".join(f"{fault.pointer} {fault.code}" for fault in faults))
        self.faults = tuple(faults)


def escape_pointer(key: str) -> str:
    """Return a key as a reference token of a JSON Pointer (RFC 6901, section 3)."""
    return key.replace("~", "~0").replace("/", "~1")


def unescape_pointer(token: str) -> str:
    """Return the key that a reference token of a JSON Pointer stands for."""
    return token.replace("~1", "/").replace("~0", "~")


def json_type(value: Any) -> str:
    """Return the name of a value's JSON type, as `wrong-type` errors use it."""
    names = {dict: "object", list: "list", str: "string", bool: "boolean"}
    return names.get(type(value), "null" if value is None else "number")
