"""Turns the roles in docstrings (``:func:`name```) into links of the site, where the name is documented there."""

from __future__ import annotations

import re
from typing import Any

from griffe import Extension, NameResolutionError, Object

ROLE = re.compile(r':(?:attr|class|data|exc|func|meth|mod):`(?:([^`<]+?)\s*<([\w.]+)>|(~?)([\w.]+))`')


class RolesToLinks(Extension):
    """Rewrites docstrings as they are read."""

    def on_package(self, *, pkg: Any, **kwargs: Any) -> None:
        """Once the whole package is there, so that every name can be found."""
        self._visit(pkg)

    def _visit(self, item: Object) -> None:
        if item.docstring:
            item.docstring.value = ROLE.sub(lambda match: self._link(item, *match.groups()), item.docstring.value)
        for member in item.members.values():
            if not member.is_alias:
                self._visit(member)

    @staticmethod
    def _link(item: Object, text: str | None, full: str | None, short: str, name: str | None) -> str:
        name = full or name
        shown = text or (name.rpartition('.')[2] if short else name)
        try:
            target = name if name.startswith('fdp_mmaction.') else item.resolve(name)
        except NameResolutionError:
            return f'`{shown}`'
        return f'<autoref optional identifier="{target}"><code>{shown}</code></autoref>'
