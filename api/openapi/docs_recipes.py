"""Recipes of the documentation: requests that most clients make, each in curl, JavaScript and Python."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from api.http.url_path_and_format_suffix import ID_PLACEHOLDER
from api.openapi.examples import Example

_JAVASCRIPT = """\
const response = await fetch("{url}");
const data = await response.json();
if (!response.ok) throw new Error(`${{data.code}}: ${{data.detail}}`);
{use}"""
_PYTHON = """\
import json
from urllib.request import urlopen

with urlopen("{url}") as response:
    data = json.load(response)
{use}"""


@dataclass(frozen=True)
class Recipe:
    """A request and what is done with the response. `{lang}` in the path is the language of the page."""

    name: str
    title: Mapping[str, str]
    text: Mapping[str, str]
    path: str
    use_in_javascript: str
    use_in_python: str
    javascript: str = _JAVASCRIPT
    python: str = _PYTHON

    def url(self, base: str, language: str) -> str:
        """Return the URL of the request."""
        return base + self.path.replace("{lang}", language)

    def codes(self, base: str, language: str) -> Iterator[tuple[str, str]]:
        """Yield the name of each tool or programming language, and the code in it."""
        url = self.url(base, language)
        yield "curl", f"curl -s '{url}'"
        yield "JavaScript", self.javascript.format(url=url, use=self.use_in_javascript)
        yield "Python", self.python.format(url=url, use=self.use_in_python)


_RECIPES = (
    Recipe(
        "list",
        {"lv": "Projektu saraksts", "en": "A list of projects"},
        {
            "lv": "Ar Latviju saistītie projekti, jaunākie vispirms; teksti latviešu valodā. Laukā total ir "
            "precīzs šādu projektu skaits.",
            "en": "The projects that concern Latvia, the newest first, with texts in English. Their exact number is "
            "in total.",
        },
        "/projects.{lang}.json?country=LV&sort=-start",
        "console.log(data.total, data.items.map((project) => project.title));",
        'print(data["total"], [project["title"] for project in data["items"]])',
    ),
    Recipe(
        "record",
        {"lv": "Viens projekts ar partneriem", "en": "One project with its partners"},
        {
            "lv": "Projekta nosaukums un partneru nosaukumi. Ja teksta šajā valodā nav, tā vietā ir teksts citā "
            "valodā; lauks fallbacks norāda, kurā.",
            "en": "The title of a project and the names of its partners. A text that does not exist in this language "
            "is in another one, which fallbacks names.",
        },
        "/projects/{id}.{lang}.json",
        "const parts = data.participations ?? [];\n"
        "console.log(data.title, parts.map((part) => part.organisation?.name ?? part.role.name));",
        'parts = data.get("participations", [])\n'
        'print(data["title"], [part.get("organisation", part["role"])["name"] for part in parts])',
    ),
    Recipe(
        "search",
        {"lv": "Meklēšana", "en": "A search"},
        {
            "lv": "Meklē visos ierakstos. Zvaigznīte vārda beigās atrod visus vārdus ar šādu sākumu.",
            "en": "Searches all records. An asterisk at the end of a word finds every word that begins so.",
        },
        "/search.{lang}.json?q=soci*",
        "console.log(data.items.map((item) => `${item.type} ${item.id}`));",
        'print([item["type"] + " " + item["id"] for item in data["items"]])',
    ),
    Recipe(
        "table",
        {"lv": "Saraksts kā tabula", "en": "A list as a table"},
        {
            "lv": "Viss projektu saraksts CSV formātā: katram projektam viena rinda, pirmajā rindā – lauku nosaukumi.",
            "en": "The whole list of projects in CSV: a row for each project, the names of fields in the first row.",
        },
        "/projects.csv",
        "console.log(table);",
        'print([row["id"] for row in table])',
        'const response = await fetch("{url}");\nconst table = await response.text();\n{use}',
        "import csv\nimport io\nfrom urllib.request import urlopen\n\n"
        'with urlopen("{url}") as response:\n'
        '    table = csv.DictReader(io.StringIO(response.read().decode("utf-8-sig")))\n{use}',
    ),
    Recipe(
        "pages",
        {"lv": "Viss saraksts pa lapām", "en": "A whole list, page by page"},
        {
            "lv": "Laukā view.next ir nākamās lapas adrese; pēdējā lapā šī lauka nav.",
            "en": "The address of the next page is in view.next, which the last page does not have.",
        },
        "/organisations.{lang}.json?limit=20",
        "console.log(names);",
        "print(names)",
        'const names = [];\nlet url = "{url}";\nwhile (url) {{\n'
        "  const page = await (await fetch(url)).json();\n"
        "  names.push(...page.items.map((item) => item.name));\n  url = page.view.next;\n}}\n{use}",
        'import json\nfrom urllib.request import urlopen\n\nnames = []\nurl = "{url}"\nwhile url:\n'
        "    with urlopen(url) as response:\n        page = json.load(response)\n"
        '    names += [item["name"] for item in page["items"]]\n    url = page["view"].get("next")\n{use}',
    ),
)


def recipes(examples: Mapping[str, Example]) -> list[Recipe]:
    """Return the recipes of an installation. Without a project there is none that reads one."""
    project = examples.get(f"/projects/{ID_PLACEHOLDER}")
    identifier = project.name if project else ""
    possible = (recipe for recipe in _RECIPES if identifier or ID_PLACEHOLDER not in recipe.path)
    return [replace(recipe, path=recipe.path.replace(ID_PLACEHOLDER, identifier)) for recipe in possible]
