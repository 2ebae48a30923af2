"""Links, images and anchors of the documentation, on GitHub and on the site alike."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from markdown_pages import DOCS, PAGES, REPO, anchors, links, without_code

IDS = [str(page.relative_to(REPO)) for page in PAGES]
OUTSIDE = re.compile(r'[a-z]+:')


class _Settings(yaml.SafeLoader):
    """Reads MkDocs' settings without what its tags name."""


_Settings.add_multi_constructor('', lambda loader, suffix, node: None)


def nav_pages(entry: object) -> list[str]:
    """Pages that a part of the navigation names."""
    if isinstance(entry, str):
        return [entry]
    parts = entry.values() if isinstance(entry, dict) else entry
    return [page for part in parts for page in nav_pages(part)]


@pytest.mark.parametrize('page', PAGES, ids=IDS)
def test_links_lead_somewhere(page: Path) -> None:
    wrong = []
    for line, target, image in links(page):
        if OUTSIDE.match(target):
            continue
        name, _, anchor = target.partition('#')
        path = (page.parent / name).resolve() if name else page
        if not path.exists():
            wrong.append(f'line {line}: {target} does not exist')
        elif image and not path.is_file():
            wrong.append(f'line {line}: {target} is no picture')
        elif page.parts[:len(DOCS.parts)] == DOCS.parts and DOCS not in (path, *path.parents):
            wrong.append(f'line {line}: {target} is outside docs/, where the site cannot follow')
        elif anchor and anchor not in anchors(path):
            wrong.append(f'line {line}: {name or page.name} has no heading #{anchor}')
    assert not wrong, f'{page.relative_to(REPO)}: ' + '; '.join(wrong)


@pytest.mark.parametrize('page', PAGES, ids=IDS)
def test_lists_and_tables_have_room(page: Path) -> None:
    """GitHub shows a list or a table without an empty line above it; the site would run it into the paragraph."""
    start = re.compile(r'(?:[-*+]|\d+\.) |\|')
    lines, wrong, open_ = without_code(page).splitlines(), [], True
    for number, line in enumerate(lines, start=1):
        if start.match(line) and not open_:
            wrong.append(f'line {number}: {line[:40]}')
        elif not line.strip() or start.match(line) or line.startswith(('#', '<')):
            open_ = True      # here, or on the next line, a list or a table may begin or go on
        elif number > 1 and not lines[number - 2].strip():
            open_ = line.startswith(' ')      # a paragraph begins; one that is indented belongs to a list
        if re.search(r'`[^`]*\\\|[^`]*`', line):
            wrong.append(f'line {number}: the site would show the backslash of {line[:40]}')
    assert not wrong, f'{page.relative_to(REPO)}: ' + '; '.join(wrong)


def test_the_navigation_names_every_page_once() -> None:
    settings = yaml.load((REPO / 'mkdocs.yml').read_text(encoding='utf-8'), _Settings)
    named = nav_pages(settings['nav'])
    assert sorted(named) == sorted(page.relative_to(DOCS).as_posix() for page in PAGES[1:])


def test_every_picture_is_shown() -> None:
    shown = {(page.parent / target).resolve() for page in PAGES for _, target, image in links(page) if image}
    assert sorted(path.name for path in (DOCS / 'images').iterdir() if path.resolve() not in shown) == []
