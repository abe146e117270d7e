"""Every code block of the documentation runs, and the pages are built without a warning."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pages import follow
from scratch import fill

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_reader_can_follow_the_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    fill(tmp_path)
    follow(page)


def test_the_site_is_built_without_warnings(tmp_path: Path):
    mkdocs = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(mkdocs, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stdout + done.stderr
    assert len(list(tmp_path.glob("*/index.html"))) >= len(PAGES) - 1
    fetched = [p for p in tmp_path.rglob("*.html") if "https://fonts." in p.read_text()]
    assert not fetched, "a page that fetches fonts from elsewhere"
