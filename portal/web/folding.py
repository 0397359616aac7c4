"""Calls in templates that always answer the same are worked out when a template is compiled.

A page holds some hundred words of its own, and looking each of them up, page after page, is a third
of the time that it takes. So there is one set of compiled templates for each language.
"""

from collections.abc import Callable, Mapping
from typing import Any

from flask.templating import Environment
from jinja2 import nodes
from jinja2.visitor import NodeTransformer

Constant = Callable[..., Any]


class FoldingEnvironment(Environment):
    """Templates of one language; `constants` are the functions that may be folded, by name.

    A call is folded where its only argument is written out in the template, or it has none. Every
    template has the one mapping of globals: Jinja chains an empty one in front of it for each, and
    looks through the chain, key by key, whenever a page imports a macro.
    """

    constants: Mapping[str, Constant] = {}

    def make_globals(self, d: Any) -> Any:
        return super().make_globals(d) if d else self.globals

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,  # noqa: FBT001, FBT002  Jinja's own signature
    ) -> str:
        folded = _Folder(self.constants).visit(source)
        return super()._generate(folded, name, filename, defer_init)


class _Folder(NodeTransformer):
    def __init__(self, constants: Mapping[str, Constant]) -> None:
        self._constants = constants

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802  the visitor's naming
        self.generic_visit(node)
        function = node.node
        known = self._constants.get(function.name) if isinstance(function, nodes.Name) else None
        plain = not (node.kwargs or node.dyn_args or node.dyn_kwargs)
        if known is None or not plain or len(node.args) > 1:
            return node
        values = [argument.value for argument in node.args if isinstance(argument, nodes.Const)]
        if len(values) < len(node.args):
            return node
        return nodes.Const(known(*values), lineno=node.lineno)
