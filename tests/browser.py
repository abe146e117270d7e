"""A page as people see it: looked at in headless Chromium, at a desk and on a phone."""

import os
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pytest

DESK, PHONE = 1280, 390  # CSS pixels
MEASURE = """() => {
    const visible = e => e.getClientRects().length > 0;
    const own = e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    const channel = c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    const luminance = rgb => 0.2126 * channel(rgb[0]) + 0.7152 * channel(rgb[1]) + 0.0722 * channel(rgb[2]);
    const parse = s => s.match(/[\\d.]+/g).map(Number);
    const behind = e => {
        for (; e; e = e.parentElement) {
            const rgb = parse(getComputedStyle(e).backgroundColor);
            if (rgb.length === 3 || rgb[3] > 0) return rgb;
        }
        return [255, 255, 255];
    };
    const contrast = e => {
        const [a, b] = [parse(getComputedStyle(e).color), behind(e)].map(luminance);
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    };
    const size = e => {
        const svg = e.closest("svg");
        const scale = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
        return parseFloat(getComputedStyle(e).fontSize) * scale;
    };
    const words = [...document.querySelectorAll("body *")].filter(e => visible(e) && own(e));
    const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
    return {
        width: document.documentElement.scrollWidth,
        figures: [...document.querySelectorAll("figure > svg[role=img]")].map(e => {
            const box = e.getBoundingClientRect();
            return [e.getAttribute("aria-label"), box.width, box.height, e.querySelectorAll("path, use, image").length];
        }),
        text: Math.min(...words.map(size)),
        contrast: Math.min(...words.filter(e => !e.closest("svg")).map(contrast)),
        repeated: ids.filter((id, k) => ids.indexOf(id) !== k),
        scripts: document.querySelectorAll("script, [onerror], [onload], img, iframe, link, object").length,
    };
}"""


class Look(NamedTuple):
    """width: of what is there, in CSS pixels; text: smallest letters, px; contrast: least, as WCAG defines it."""

    width: int
    figures: list[tuple[str, float, float, int]]  # description, width, height, marks in it
    text: float
    contrast: float
    repeated: list[str]  # identifiers that occur twice
    scripts: int  # elements that could run or load something
    console: list[str]
    requests: list[str]  # besides the page itself


def look(page: Path, width: int, scheme: str = "light", screenshot: Path | None = None) -> Look:
    """Opens the page. Skips the test where there is no Chromium, but fails it where CI is set."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        reason = "no Chromium to look at the page with: apt-get install chromium"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    from playwright.sync_api import sync_playwright

    console: list[str] = []
    requests: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        options: dict[str, Any] = {"viewport": {"width": width, "height": 844}, "is_mobile": width < 600}
        tab = browser.new_context(**options, color_scheme=scheme).new_page()
        tab.on("console", lambda message: console.append(message.text))
        tab.on("pageerror", lambda error: console.append(str(error)))
        tab.on("request", lambda request: requests.append(request.url))
        tab.goto(page.resolve().as_uri())
        found = tab.evaluate(MEASURE)
        if screenshot is not None:
            tab.screenshot(path=screenshot, full_page=True)
        browser.close()
    return Look(**found, console=console, requests=[r for r in requests if r != page.resolve().as_uri()])


def assert_readable(page: Path, figures: int) -> None:
    """At a desk and on a phone, by day and by night: all figures are there, nothing sticks out, nothing is loaded."""
    for width, scheme in ((DESK, "light"), (PHONE, "dark"), (PHONE, "light")):
        seen = look(page, width, scheme)
        assert seen.console == []
        assert seen.requests == []
        assert seen.scripts == 0
        assert seen.repeated == []
        assert seen.width <= width
        assert len(seen.figures) == figures
        for description, across, down, marks in seen.figures:
            assert len(description) > 10
            assert min(across, down) > 100, description
            assert marks > 10, description
        assert seen.text >= 11.0, "px"
        assert seen.contrast >= 4.5, "WCAG 2.1, level AA"
