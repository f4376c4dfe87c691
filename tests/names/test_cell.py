"""What each statement binds, reads, deletes and changes, in order."""

from __future__ import annotations

import sys

import pytest

from nbexport.model import CellNumber
from nbexport.names.cell import remembered, units_of_source
from nbexport.names.operations import Bind, Delete, Function, Mutate, Read, flatten


def said(source: str) -> str:
    """The operations of a source, as short words: `r:x` reads, `b:x` binds, `d:x` deletes, `m:x` changes in place."""
    words: list[str] = []
    for unit in units_of_source(source):
        for op in flatten(unit.ops):
            for kind, letter in ((Read, "r"), (Bind, "b"), (Delete, "d"), (Mutate, "m")):
                if isinstance(op, kind):
                    words.append(f"{letter}:{op.name}")
    return " ".join(words)


def function(source: str) -> Function:
    [found] = units_of_source(source)[-1].functions
    return found


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = y", "r:y b:x"),
        ("x += 1", "r:x m:x b:x"),
        ("a, (b, *c) = d", "r:d b:a b:b b:c"),
        ("a = b = c", "r:c b:a b:b"),
        ("x: int = 3", "r:int b:x"),
        ("x: int", "r:int"),
        ("del x", "d:x"),
        ("del x[0]", "r:x m:x"),
        ("x.y = z", "r:z r:x m:x"),
        ("x[i] = z", "r:z r:x r:i m:x"),
        ("x[i] += z", "r:z r:x r:i m:x"),
        ("(n := 10)", "b:n"),
        ("[x for x in rows if x > low]", "r:rows r:low"),
        ("[(y := x) for x in rows]", "r:rows b:y"),
        ("{k: v for k, v in pairs for w in k}", "r:pairs"),
        ("f = lambda a, b=c: a + d", "r:c r:d b:f"),
        ("import a.b, c as d", "b:a b:d"),
        ("from . import e", "b:e"),
        ("for i, j in z: i", "r:z b:i b:j r:i"),
        ("with f() as (a, b): a", "r:f b:a b:b r:a"),
        ("try:\n    a\nexcept E as e:\n    e", "r:a r:E b:e r:e d:e"),
        ("match p:\n    case [a, *b] if a: c\n    case {'k': d, **e}: d", "r:p b:a b:b r:a r:c b:d b:e r:d"),
        ("class A(B):\n    x = y\n    z = x\n    def m(self): return w", "r:B r:y b:A"),
        ("@deco\ndef f(a: T = d) -> R: return a", "r:deco r:d r:T r:R b:f"),
        ("df.drop('a', inplace=True)", "r:df m:df"),
        ("df.drop('a')", "r:df"),
        ("rows.append(1)", "r:rows m:rows"),
        ("np.random.shuffle(rows)", "r:np r:rows m:rows"),
        ("next(it)", "r:next r:it m:it"),
        ("w.data.normal_()", "r:w m:w"),
        ("df.query('a > @low')", "r:df r:low"),
        ("pd.eval('a + b')", "r:pd r:a r:b"),
        ("print(f'{x!r:>{w}}')", "r:print r:x r:w"),
        ("async def f(): await g()", "b:f"),
        ("global x\nx = 1", "b:x"),
    ],
)
def test_statements(source: str, expected: str) -> None:
    assert said(source) == expected


def test_a_function_keeps_its_own_names_to_itself() -> None:
    found = function("def f(a, *b, c=1, **d):\n    e = a + g\n    def h():\n        return e + i\n    return h() + c")
    assert sorted({read.name for read in found.reads()}) == ["g", "i"]
    assert found.locals == {"a", "b", "c", "d", "e", "h"}


def test_a_method_does_not_see_the_class_s_names() -> None:
    found = function("class A:\n    size = 1\n    def m(self):\n        return size")
    assert [read.name for read in found.reads()] == ["size"]


def test_global_and_nonlocal() -> None:
    found = function(
        "def f():\n    global g\n    g = 1\n    n = 2\n    def h():\n        nonlocal n\n        n = 3\n    h()"
    )
    assert [(op.name, op.how) for op in found.ops if isinstance(op, Bind)] == [("g", "global")]


def test_a_function_that_changes_its_arguments() -> None:
    found = function("def f(model, rows, loader):\n    model.eval()\n    rows.append(1)\n    for x in loader: model(x)")
    assert (found.mutated_params, found.mode_params, found.iterated_params) == ({"rows"}, {"model"}, {"loader"})
    assert found.called_params == set()


@pytest.mark.parametrize(
    "inner",
    [
        "def g():\n        loader = [1]\n        for x in loader: pass",
        "def g():\n        for loader in [[1]]: list(loader)",
        "[y for loader in [[1]] for y in loader]",
        "lambda loader: sorted(loader)",
    ],
)
def test_an_inner_local_of_the_same_name_is_not_the_parameter(inner: str) -> None:
    found = function(f"def f(loader):\n    {inner}")
    assert found.iterated_params == set()


def test_spans_count_code_points() -> None:
    [unit] = units_of_source("s = 'é𝔘'; x = y")[1:]
    assert (unit.span().column, unit.span().end_column) == (11, 16)


def test_type_parameters() -> None:
    """PEP 695 parses from Python 3.12 on; before, it is a syntax error like any other."""
    if sys.version_info < (3, 12):
        with pytest.raises(SyntaxError):
            said("def f[T](x: T) -> T: return x")
    else:
        assert said("def f[T](x: T) -> T: return x") == "b:f"
        assert said("class A[T]:\n    x: T") == "b:A"


@pytest.mark.parametrize(
    ("code", "row", "message"),
    [
        ("x = 1\nreturn x", 2, "'return' outside function"),
        ("for x in y:\n    pass\nbreak", 3, "'break' outside loop"),
        ("def f():\n    await g()", 2, "'await' outside async function"),
        ("def f():\n    nonlocal x", 2, "no binding for nonlocal 'x' found"),
        ("def f(a, a):\n    pass", 1, "duplicate argument 'a' in function definition"),
        ("def f():\n    x = 1\n    global x", 3, "name 'x' is assigned to before global declaration"),
        ("*a, *b = c", 1, "multiple starred expressions in assignment"),
        ("yield 1", 1, "'yield' outside function"),
    ],
)
def test_what_parses_and_does_not_compile_is_no_cell(code: str, row: int, message: str) -> None:
    with pytest.raises(SyntaxError) as caught:
        units_of_source(code)
    assert caught.value.msg == message
    assert caught.value.lineno == row


def test_what_a_kernel_runs_compiles_without_a_word(recwarn: pytest.WarningsRecorder) -> None:
    assert len(units_of_source("await load()\nasync for row in rows:\n    print(row is 1)\n'\\d'")) == 3
    assert len(recwarn) == 0


def test_what_is_kept_of_a_cell_knows_its_notebook() -> None:
    numbers = [1, CellNumber(1, 1, "a.ipynb"), CellNumber(1, 1, "b.ipynb"), 1]
    found = [remembered("kept = 'of each'", number)[0].cell for number in numbers]
    assert [getattr(cell, "notebook", "") for cell in found] == ["", "a.ipynb", "b.ipynb", ""]
