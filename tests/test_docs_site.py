"""The documentation builds as a site without a warning, and the site needs nothing from elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_pages import DOCS, REPO

pytestmark = pytest.mark.slow
for module in ('mkdocs', 'material', 'mkdocstrings', 'mkdocstrings_handlers.python'):
    pytest.importorskip(module, reason=f"{module} is missing: pip install 'fdp-mmaction[docs]'")


@pytest.fixture(scope='module')
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp('site')
    command = [sys.executable, '-m', 'mkdocs', 'build', '--strict', '--site-dir', str(out)]
    env = dict(os.environ, NO_COLOR='1', NO_MKDOCS_2_WARNING='1')
    done = subprocess.run(command, cwd=REPO, env=env, capture_output=True, text=True)
    problems = '\n'.join(line for line in done.stderr.splitlines() if not line.startswith(('INFO', 'DEBUG')))
    assert done.returncode == 0, f'mkdocs build --strict failed:\n{problems[-5000:]}'
    return out


class Loads(HTMLParser):
    """Collects what a browser loads by itself, not what a reader may click on."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag in ('script', 'img', 'iframe', 'source', 'video'):
            self.addresses.append(found.get('src') or '')
        elif tag == 'link' and found.get('rel') not in ('canonical', 'next', 'prev'):
            self.addresses.append(found.get('href') or '')


def test_there_is_a_page_for_each_page(site: Path) -> None:
    for page in DOCS.rglob('*.md'):
        assert (site / page.relative_to(DOCS).with_suffix('.html')).is_file()
    assert not list(site.rglob('*.py'))


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    for page in site.rglob('*.html'):
        loads = Loads()
        loads.feed(page.read_text(encoding='utf-8'))
        assert not [address for address in loads.addresses if re.match(r'(?:https?:)?//', address)], page
    for style in site.rglob('*.css'):
        assert not re.search(r'(?:url\(|@import )["\']?(?:https?:)?//', style.read_text(encoding='utf-8')), style


def test_the_api_pages_hold_what_is_public(site: Path) -> None:
    pages = {path.stem: path.read_text(encoding='utf-8') for path in (site / 'api').glob('*.html')}
    for room, name in (('functional', 'rank_pooling.learned_rank_weights'), ('datasets', 'casme2.CASME2Dataset'),
                       ('datasets', 'transforms.sampling.SampleMEFrames'), ('models', 'heads.mer_head.MERHead'),
                       ('evaluation', 'mer_metric.MERMetric'), ('engine', 'loso.run.run_loso'),
                       ('faces', 'alignment'), ('inference', 'windows.predict_windows'),
                       ('visualization', 'figures.save_figure')):
        assert f'id="fdp_mmaction.{room}.{name}"' in pages[room], f'{room}.{name} is not in the API reference'
    assert not [room for room, page in pages.items() if re.search(r':(?:func|class|meth|data|attr|mod):', page)]
    assert re.search(r'href="[^"]*#fdp_mmaction.functional.rank_pooling', pages['models'])      # roles became links
