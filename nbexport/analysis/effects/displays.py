"""The abstract run: lists, sets, dicts and tuples that an expression makes, comprehensions and generators.

[grow(row) for row in rows]     `grow` runs with `row` standing for what `rows` holds
(grow(row) for row in rows)     nothing runs before somebody takes its elements
"""

from __future__ import annotations

import ast

from nbexport.analysis.effects import calling, items
from nbexport.analysis.effects.machine import Frame, Machine
from nbexport.analysis.effects.objects import ELEMENTS, KEYS, NOTHING, Kind, Obj, Scope, Value


class Displays(Machine):
    """Evaluates what makes containers."""

    def _display(self, node: ast.List | ast.Set | ast.Tuple, word: str) -> Value:
        container = self.allocate(Kind.CONTAINER, node, word=word)
        exact = word == "tuple"
        for index, element in enumerate(node.elts):
            if isinstance(element, ast.Starred):
                value = self.iterate(self.evaluate(element.value), element)
                exact = False
            else:
                value = self.evaluate(element)
            if exact:
                container.add(f"#{index}", value)
            container.add(ELEMENTS, value)
            if word == "set" and self.looking:
                self.use(value, element, items.HASHED)
        return frozenset((container,))

    def _on_list(self, node: ast.List) -> Value:
        return self._display(node, "list")

    def _on_tuple(self, node: ast.Tuple) -> Value:
        return self._display(node, "tuple")

    def _on_set(self, node: ast.Set) -> Value:
        return self._display(node, "set")

    def _on_dict(self, node: ast.Dict) -> Value:
        container = self.allocate(Kind.CONTAINER, node, word="dict")
        for key, element in zip(node.keys, node.values, strict=True):
            value = self.evaluate(element)
            if key is None:
                for obj in value:
                    container.add(ELEMENTS, items.elements(obj))
                    container.add(KEYS, obj.fields.get(KEYS, NOTHING))
                continue
            keys = self.evaluate(key)
            if self.looking:
                self.use(keys, key, items.HASHED)
            container.add(KEYS, keys)
            container.add(ELEMENTS, value)
        return frozenset((container,))

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp, word: str) -> Value:
        container = self.allocate(Kind.CONTAINER, node, word=word)
        first = self.evaluate(node.generators[0].iter)
        self._inside(node, first, container)
        return frozenset((container,))

    def _inside(
        self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, first: Value, result: Obj
    ) -> None:
        """Run the inside of a comprehension in a scope of its own."""
        frame = self.frames[-1]
        inner = Frame(Scope(frame.scope, Obj(Kind.SCOPE, self.unit)), frame.code, frame.function)
        inner.owner, inner.first, inner.declared = frame.owner, frame.first, frame.declared
        self.frames.append(inner)
        self.doubt += 1
        for index, generator in enumerate(node.generators):
            source = first if index == 0 else self.evaluate(generator.iter)
            self._store(generator.target, self.iterate(source, generator.iter))
            for condition in generator.ifs:
                self._truth(condition)
        if isinstance(node, ast.DictComp):
            result.add(KEYS, self.evaluate(node.key))
            result.add(ELEMENTS, self.evaluate(node.value))
        else:
            result.add(ELEMENTS, self.evaluate(node.elt))
        self.doubt -= 1
        self.frames.pop()
        for name, value in inner.scope.vars.items():
            if any(isinstance(part, ast.NamedExpr) and part.target.id == name for part in ast.walk(node)):
                self.bind(name, value)

    def _on_listcomp(self, node: ast.ListComp) -> Value:
        return self._comprehension(node, "list")

    def _on_setcomp(self, node: ast.SetComp) -> Value:
        return self._comprehension(node, "set")

    def _on_dictcomp(self, node: ast.DictComp) -> Value:
        return self._comprehension(node, "dict")

    def _on_generatorexp(self, node: ast.GeneratorExp) -> Value:
        generator = self.allocate(Kind.GENERATOR, node)
        generator.extra = self.frames[-1]
        generator.add("source", self.evaluate(node.generators[0].iter))
        return frozenset((generator,))

    def run_generator(self, generator: Obj, node: ast.AST) -> Value:
        """The elements of a generator, whose body runs now."""
        if isinstance(generator.node, ast.GeneratorExp):
            if len(self.frames) > calling.DEPTH:
                return NOTHING
            if self.ledger.is_exported:
                self.ran.add(generator.node)
            self.frames.append(generator.extra)
            self._inside(generator.node, generator.fields.get("source", NOTHING), generator)
            self.frames.pop()
            return generator.fields.get(ELEMENTS, NOTHING)
        return calling.resume(self, generator, node)
