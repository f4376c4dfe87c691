"""Statements → source: the notebook's own text with the few edits that lifting needs, comments kept.

Edits are keyed by position, since names were found with `ast` and are rewritten with libcst:

    y = encode(text)      with  call (1, 4) → vocab      becomes   y = encode(text, vocab=vocab)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from nbexport.lift.comments import is_directive
from nbexport.lift.layout import Place, place_of
from nbexport.names.operations import Unit
from nbexport.record import field, record


@record(frozen=False)
class Edits:
    """What to change in the statements of one cell."""

    calls: dict[Place, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    """Place of the callee's name → keyword arguments to add, as (keyword, name)."""
    replaced: dict[Place, str] = field(default_factory=dict)
    """Place of a name, number or string → expression to put there."""
    signatures: dict[Place, tuple[str, ...]] = field(default_factory=dict)
    """Place of a top-level `def` statement → keyword-only parameters to add."""
    prologues: dict[Place, list[str]] = field(default_factory=dict)
    """Place of a top-level `def` statement → lines that its body begins with."""
    unguarded: set[Place] = field(default_factory=set)
    """Places of `if __name__ == "__main__":`, whose body always ran in the notebook."""


class CellText:
    """One cell's source, from which statements are taken, edited."""

    def __init__(self, code: str) -> None:
        wrapper = MetadataWrapper(cst.parse_module(code), unsafe_skip_copy=True)
        self.module = wrapper.module
        self.positions = wrapper.resolve(PositionProvider)
        self.by_place: dict[Place, tuple[cst.BaseStatement, cst.BaseSmallStatement | None]] = {}
        for index, original in enumerate(self.module.body):
            leading = [*(self.module.header if index == 0 else ()), *_leading(original)]
            statement = original.with_changes(leading_lines=[line for line in leading if not _is_directive(line)])
            if isinstance(original, cst.SimpleStatementLine) and isinstance(statement, cst.SimpleStatementLine):
                for small in original.body:
                    self.by_place[_start(self.positions[small])] = (statement, small)
            elif isinstance(statement, cst.BaseStatement):
                self.by_place[self._compound_start(original)] = (statement, None)

    def _compound_start(self, node: cst.CSTNode) -> Place:
        # `ast` puts a decorated definition at its `def`, libcst at its first decorator
        if isinstance(node, cst.FunctionDef | cst.ClassDef) and node.decorators:
            name_row = self.positions[node.name].start.line
            return name_row, 0
        return _start(self.positions[node])

    def take(self, unit: Unit, edits: Edits) -> list[cst.BaseStatement]:
        """The statement of a unit, edited; several when a guard around it is opened."""
        place = place_of(unit, unit.node)
        statement, small = self.by_place[place]
        if small is not None and isinstance(statement, cst.SimpleStatementLine):
            first = statement.body[0] is small
            last = statement.body[-1] is small
            statement = statement.with_changes(
                body=[small.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)],
                leading_lines=statement.leading_lines if first else [],
                trailing_whitespace=statement.trailing_whitespace if last else cst.TrailingWhitespace(),
            )
        editor = _Editor(self.positions, edits)
        edited = statement.visit(editor)
        if not isinstance(edited, cst.BaseStatement):
            raise AssertionError("an edit removed a statement")
        if place in edits.unguarded and isinstance(edited, cst.If):
            return _opened(edited)
        if place in edits.signatures and isinstance(edited, cst.FunctionDef):
            edited = edited.with_changes(params=_with_parameters(edited.params, edits.signatures[place]))
        if place in edits.prologues and isinstance(edited, cst.FunctionDef):
            edited = edited.with_changes(body=_begun(edited.body, edits.prologues[place]))
        return [edited]


@lru_cache(maxsize=128)
def text_of(code: str) -> CellText:
    """The parsed text of a cell; nothing changes it, so that a check that comes again finds it."""
    return CellText(code)


def _opened(statement: cst.If) -> list[cst.BaseStatement]:
    body = statement.body.body
    opened = [inner for inner in body if isinstance(inner, cst.BaseStatement)]
    if not opened:
        smalls = [inner for inner in body if isinstance(inner, cst.BaseSmallStatement)]
        opened = [cst.SimpleStatementLine(body=smalls)]
    opened[0] = opened[0].with_changes(leading_lines=[*statement.leading_lines, *_leading(opened[0])])
    return opened


def _begun(body: cst.BaseSuite, lines: Sequence[str]) -> cst.IndentedBlock:
    """A function's body that begins with these lines, behind its docstring."""
    if isinstance(body, cst.IndentedBlock):
        statements = list(body.body)
    else:
        smalls = [small for small in body.body if isinstance(small, cst.BaseSmallStatement)]
        statements = [cst.SimpleStatementLine(body=[small]) for small in smalls]
    after = 1 if cst.Module(body=[]).with_changes(body=statements).get_docstring() is not None else 0
    statements[after:after] = [cst.parse_statement(line) for line in lines]
    return cst.IndentedBlock(body=statements)


def _leading(statement: cst.BaseStatement) -> Sequence[cst.EmptyLine]:
    lines = getattr(statement, "leading_lines", ())
    return tuple(line for line in lines if isinstance(line, cst.EmptyLine))


def _is_directive(line: cst.EmptyLine) -> bool:
    return line.comment is not None and is_directive(line.comment.value)


def _start(position: CodeRange) -> Place:
    return position.start.line, position.start.column


def _with_parameters(parameters: cst.Parameters, names: tuple[str, ...]) -> cst.Parameters:
    added = [cst.Param(name=cst.Name(name), default=None, star="") for name in names]
    kept = [*parameters.kwonly_params]
    star = parameters.star_arg
    if not isinstance(star, cst.Param | cst.ParamStar):
        star = cst.ParamStar()
    return parameters.with_changes(kwonly_params=[*kept, *added], star_arg=star)


class _Editor(cst.CSTTransformer):
    def __init__(self, positions: Mapping[cst.CSTNode, CodeRange], edits: Edits) -> None:
        super().__init__()
        self.positions = positions
        self.edits = edits

    def _replacement(self, node: cst.CSTNode) -> str | None:
        position = self.positions.get(node)
        return None if position is None else self.edits.replaced.get(_start(position))

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        if not isinstance(original_node.func, cst.Name):
            return updated_node
        added = self.edits.calls.get(_start(self.positions[original_node.func]))
        if not added:
            return updated_node
        arguments = list(updated_node.args)
        if len(arguments) == 1 and isinstance(arguments[0].value, cst.GeneratorExp) and not arguments[0].value.lpar:
            bare = arguments[0].value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
            arguments[0] = arguments[0].with_changes(value=bare)
        equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
        arguments += [cst.Arg(keyword=cst.Name(key), value=cst.Name(name), equal=equal) for key, name in added]
        return updated_node.with_changes(args=arguments)

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        return self._swap(original_node, updated_node)

    def leave_Integer(self, original_node: cst.Integer, updated_node: cst.Integer) -> cst.BaseExpression:
        return self._swap(original_node, updated_node)

    def leave_SimpleString(self, original_node: cst.SimpleString, updated_node: cst.SimpleString) -> cst.BaseExpression:
        return self._swap(original_node, updated_node)

    def leave_ConcatenatedString(
        self, original_node: cst.ConcatenatedString, updated_node: cst.ConcatenatedString
    ) -> cst.BaseExpression:
        return self._swap(original_node, updated_node)

    def _swap(self, original: cst.BaseExpression, updated: cst.BaseExpression) -> cst.BaseExpression:
        text = self._replacement(original)
        return updated if text is None else cst.parse_expression(text)


def function_source(header: str, docstring: str, body: Sequence[cst.BaseStatement | str]) -> str:
    """The text of one function.

    Args:
        header: `def name(arguments)` without the colon.
        docstring: Text of the docstring, without quotes.
        body: Statements, or lines of source.
    """
    statements: list[cst.BaseStatement] = [_docstring(docstring)]
    for part in body:
        statements.append(cst.parse_statement(part) if isinstance(part, str) else part)
    function = cst.ensure_type(cst.parse_statement(f"{header}: pass"), cst.FunctionDef)
    return cst.Module(body=[function.with_changes(body=cst.IndentedBlock(body=statements))]).code


def _docstring(text: str) -> cst.BaseStatement:
    return cst.SimpleStatementLine(body=[cst.Expr(cst.SimpleString(quoted(text)))])


def quoted(text: str) -> str:
    """A triple-quoted literal of any text, for a docstring at one level of indentation or none."""
    safe = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    safe = "".join(character if character.isprintable() or character == "\n" else " " for character in safe)
    if safe.endswith('"'):
        safe = safe[:-1] + '\\"'
    lines = safe.split("\n")
    joined = "\n".join([lines[0], *["    " + line if line.strip() else "" for line in lines[1:]]])
    return f'"""{joined}"""' if len(lines) == 1 else f'"""{joined}\n    """'


def module_source(statements: Sequence[cst.BaseStatement]) -> str:
    """Statements at module level."""
    return "".join(cst.Module(body=[]).code_for_node(statement) for statement in statements)
