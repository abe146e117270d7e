"""One self-contained HTML page of text, tables and figures. What comes from files is escaped here and nowhere else.

The page has no script and, by its own content security policy, may load nothing.
"""

import html
import importlib.resources
import math
import re
from collections.abc import Iterable, Sequence

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


class Html(str):
    """Text that is HTML already. Everything else is escaped by `text`."""

    __slots__ = ()


def text(value: object) -> Html:
    """Any value as HTML, control characters and all."""
    if isinstance(value, Html):
        return value
    printable = "".join(c if c.isprintable() or c in "\n\xa0" else "\N{REPLACEMENT CHARACTER}" for c in str(value))
    return Html(html.escape(printable))


def number(value: float) -> str:
    """Three significant digits without an exponent, where that stays readable; a dash for nan."""
    if math.isnan(value):
        return "–"
    exponent = math.floor(math.log10(abs(value))) if value else 0
    digits = f"{value:,.{max(0, 2 - exponent)}f}" if -4 <= exponent < 7 else f"{value:.2e}"
    return digits.replace("-", "−")


def join(parts: Iterable[object]) -> Html:
    return Html("\n".join(text(part) for part in parts))


def paragraph(content: object, kind: str = "") -> Html:
    """kind: "", "note", or "warning" for what a reader must not miss."""
    label = "<strong>Mind: </strong>" if kind == "warning" else ""
    return Html(f'<p class="{kind}">{label}{text(content)}</p>')


def anchor(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def section(title: str, *content: object) -> Html:
    name = anchor(title)
    return Html(f'<section aria-labelledby="{name}">\n<h2 id="{name}">{text(title)}</h2>\n{join(content)}\n</section>')


def headline(numbers: Iterable[tuple[str, str, str, str]]) -> Html:
    """numbers: (what it is, value, unit, remark), the few that a reader came for."""
    items = [
        f"<li><span>{text(name)}</span><b>{text(value)} <small>{text(unit)}</small></b><span>{text(remark)}</span></li>"
        for name, value, unit, remark in numbers
    ]
    return Html(f'<ul class="headline">{"".join(items)}</ul>')


def facts(pairs: Iterable[tuple[str, object]]) -> Html:
    """Names and values."""
    return Html("<dl>" + "".join(f"<dt>{text(name)}</dt><dd>{text(value)}</dd>" for name, value in pairs) + "</dl>")


def table(caption: str, header: Sequence[str], rows: Iterable[Sequence[object]], words: Sequence[int] = (0,)) -> Html:
    """rows: cells under the words of `header`; the first names its row. words: columns with words, not numbers.

    Columns in which every cell is a dash are left out."""
    lines = [[text(cell) for cell in row] for row in rows]
    kept = [k for k in range(len(header)) if not lines or k == 0 or any(row[k] != "–" for row in lines)]

    def cell(k: int, value: object, scope: str) -> str:
        tag = f'th scope="{scope}"' if scope == "col" or k == 0 else "td"
        long = k in words and len(str(value)) > 16 and scope == "row"
        kind = ' class="number"' if k not in words else ' class="long"' if long else ""
        return f"<{tag}{kind}>{text(value)}</{tag[:2]}>"

    head = "".join(cell(k, header[k], "col") for k in kept)
    body = ["<tr>" + "".join(cell(k, row[k], "row") for k in kept) + "</tr>" for row in lines]
    name = anchor(caption)
    opening = (
        f'<figure class="table">\n<figcaption id="{name}">{text(caption)}</figcaption>\n'
        f'<div class="scroll" tabindex="0" role="region" aria-labelledby="{name}">\n<table>\n'
    )
    return Html(
        opening
        + "\n".join(
            [f"<thead><tr>{head}</tr></thead>", "<tbody>", *body, "</tbody>", "</table>", "</div>", "</figure>"]
        )
    )


def listing(title: str, content: object) -> Html:
    """A text as it is, such as a file; it unfolds."""
    return Html(f"<details><summary>{text(title)}</summary><pre>{text(content)}</pre></details>")


def figure(picture: Html, caption: object) -> Html:
    return Html(f"<figure>\n{picture}\n<figcaption>{text(caption)}</figcaption>\n</figure>")


def figures(parts: Iterable[Html]) -> Html:
    """Side by side where there is room: in two columns, or in three when there are so many."""
    content = list(parts)
    columns = "three" if len(content) in (3, 5, 6, 9) else "two"
    return Html(f'<div class="figures {columns}">\n{join(content)}\n</div>')


def document(title: str, lead: object, opening: object, sections: Sequence[tuple[str, Html]], footer: object) -> bytes:
    """The whole page. sections: titles and contents, in order; each is reached from the top."""
    style = importlib.resources.files("trainer.report").joinpath("page.css").read_text(encoding="utf-8")
    links = " ".join(f'<a href="#{anchor(name)}">{text(name)}</a>' for name, _ in sections)
    content = "\n".join(section(name, part) for name, part in sections)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{text(title)}</title>
<style>
{style}</style>
</head>
<body>
<header>
<h1>{text(title)}</h1>
<p class="lead">{text(lead)}</p>
<nav aria-label="Sections">{links}</nav>
</header>
<main>
{text(opening)}
{content}
</main>
<footer>{text(footer)}</footer>
</body>
</html>
""".encode()
