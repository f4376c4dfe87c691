"""IPython syntax: agreement with IPython itself, the Python that is left, and the places."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator

import pytest
from fuzzing import examples
from hypothesis import given
from hypothesis import strategies as st

from nbexport.model import Magic, Span
from nbexport.read.magics import recognise

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from IPython.core.inputtransformer2 import TransformerManager

SNIPPETS = [
    # Python that looks like magic
    "x = 5",
    "x = a % b",
    "x = (a\n% b)",
    "x = a \\\n% b",
    "x = [\n    a\n    % b,\n    -1\n]",
    'sql = """\n%time x\n!ls\nx?\n"""',
    "text = '''\n!ls\n'''\nprint(text)",
    "# %time x\n# !ls\n# x?",
    "print('%d' % 3)",
    "print('what?')",
    "f'{x!r} {y:%d}'",
    "f'''\n%time {x!r}\n'''",
    "assert x != y",
    "x = not y  # why?",
    "await fetch(x)",
    "async with session() as s:\n    x = await s.get()",
    "x = {\n    'a': 1\n    , 'b': 2\n}",
    "a = (1\n/ 2)",
    "",
    "\n\n",
    "x = 1;",
    "print(1);\nprint(2);",
    "x %= 3",
    "x = '!ls'",
    "def f():\n    '''Doc?\n    !ls\n    '''\n    return 1",
    # magics
    "%matplotlib inline",
    "%time f(x)",
    "%time x = f(x)",
    "%timeit f(x)",
    "%load_ext autoreload\n%autoreload 2\nimport os",
    "import os\n%cd /tmp\nx = 1",
    "if x:\n    !ls\nelse:\n    %cd data",
    "for i in range(3):\n    %time f(i)\n    g(i)",
    "def f():\n    !echo 1\n    return 2",
    "x = %time f(3)",
    "x = %sql select 1",
    "x = !ls *.csv",
    "a, b = !ls",
    "x: list = !ls",
    "d['k'] = !ls",
    "if x: y = !ls",
    "x = \\\n    !ls",
    "a = b = !ls",
    "!pip install -q torch",
    "!!ls -la",
    "!echo it's",
    '!echo "unclosed',
    "!echo (",
    "!echo (\nx = 1",
    "!pip install a \\\n    b \\\n    c\nx = 1",
    "%run other.py --flag \\\n    --more",
    "x?",
    "x??",
    "?x",
    "??x",
    "?",
    "x.y?",
    "np.array?",
    "*int*?",
    "%time?",
    "%%time?",
    "x[0]?",
    "x ?",
    "f(x)?",
    "x = 1\nx?",
    "x? # comment",
    "!ls *.py?",
    "!echo hello?",
    "!echo 'hello?'",
    "x = foo?",
    ",f a b",
    ";f a b",
    "/f a b",
    "//f",
    "x = 3\n/f a",
    "%%time\nx = 1",
    "%%bash\nls -la",
    "%%capture out\nprint(1)",
    "%%writefile model.py\nimport torch",
    "\n\n%%html\n<b>1</b>",
    "# comment\n%%time\nx = 1",
    "x = 1\n%%time\ny = 2",
    "    x = 1\n    y = 2",
    "    %time x = 1\n    y = 2",
    ">>> x = 1\n>>> y = 2",
    ">>> if x:\n...     y = 2",
    "In [1]: x = 1",
    "In [1]: %time x = 1",
    "%env A=1",
    "%store -r x",
    "%",
    "!",
    "%%",
    "x = 'it''s'\n!ls",
    "print 'python 2'\n%time x",
    "x = (\n!ls\n)",
    "x = '''\n!ls",
    "x = 1; !ls",
    "lambda a=!x: 1",
    "x == !ls",
    "x += !ls",
    "%time f(a,\n  b)",
    "x = {'a': 1}\n!echo {x['a']} $HOME",
    "def f(x='(',\n      y=')'):\n    %pdb on",
    "\t%time x",
    "if True:\n\t!ls",
    "%lsmagic\n\n\n%who",
    "   \n  %cd x",
    "class A:\n    def f(self):\n        return 1\n\nA.f?",
    "r'\\''\n!ls",
    "x = '\\\n!ls'",
    "# it's\n!ls",
    "$x",
    "x = $y\n!ls",
    # backslashes before and behind
    "\\\n;",
    "\\\n!ls",
    "\\\n!!ls\nx = 1",
    "\\\n\\\n  %cd x",
    "\\\nx?",
    "\\\n?x",
    "\\\n,f a b",
    "\\\n/f a b",
    "x = 1\n\\\n;f a\ny = 2",
    "if x:\n  \\\n  %cd x",
    "\\\n!ls \\\n  -l\nx = 1",
    "\\\nx = !ls",
    "x\\\n= !ls",
    "x\\\n= %cd y",
    "x \\\n  = \\\n  !ls",
    "x = f(a=!ls\n)",
    "x = f(a = 1, b=%cd\n)",
    "!ls \\\n",
    "%cd a \\\n",
    ";f a\\\n",
    "x = !ls \\\n",
    "!ls \\\n\n",
    "x = '\\\n;'",
    "x = (1, \\\n!ls)",
    "x = '''a\\\n!ls\n'''",
    "x = '''a\\\n!ls\n''' \\\n  + '!'\n!ls",
]


def _calls(code: str) -> Iterator[tuple[str, ...]]:
    """The calls of `get_ipython()` in transformed code, in order."""
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython")), attr=attr), args=args):
                yield attr, *(" ".join(str(ast.literal_eval(arg)).split()) for arg in args)


def _as_call(magic: Magic, source: str) -> tuple[str, ...]:
    """The call that IPython makes of a magic."""
    argument = " ".join(magic.argument.split())
    if magic.kind == "cell":
        body = source.lstrip("\n").partition("\n")[2]
        return "run_cell_magic", magic.name, argument, " ".join(body.split())
    if magic.kind == "shell":
        before = source.split("\n")[magic.span.row - 1][: magic.span.column - 1]
        kept = magic.name == "!!" or before.strip() or magic.target
        return "getoutput" if kept else "system", argument
    if magic.kind == "help":
        if not argument:
            return ("show_usage",)
        verb = "pinfo2" if magic.name == "??" else "psearch" if "*" in argument else "pinfo"
        return "run_line_magic", verb, argument
    return "run_line_magic", magic.name, argument


@pytest.mark.parametrize("source", SNIPPETS)
def test_agrees_with_ipython(source: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        transformed: str = TransformerManager().transform_cell(source)  # type: ignore[no-untyped-call]
    found = recognise(source)
    assert found.language != "python" or found.code.count("\n") == source.count("\n")
    try:
        expected = sorted(_calls(transformed))
    except SyntaxError:
        if found.language == "python":
            with pytest.raises(SyntaxError):
                ast.parse(found.code)
        return
    outer = [magic for magic in found.magics if magic.name not in (",", ";", "/")]
    if outer and outer[0].kind == "cell":
        outer = outer[:1]
    assert sorted(_as_call(magic, source) for magic in outer) == expected
    if found.language == "python":
        ast.parse(found.code)
    if not expected and not found.magics:
        assert ast.dump(ast.parse(found.code)) == ast.dump(ast.parse(transformed))


@pytest.mark.parametrize(
    ("source", "code", "shifts"),
    [
        ("%time model.fit(x)", "model.fit(x)", {1: 6}),
        ("if x:\n    %time  y = f()\n    !ls", "if x:\n    y = f()\n    pass", {2: 7}),
        ("x = %time f(3)", "x = f(3)", {1: 6}),
        ("x = %time y = 3", "x = get_ipython().run_line_magic('time', 'y = 3')", {}),
        ("x = %timeit -o f()", "x = f()", {1: 11}),
        ("x = %sql select 1", "x = get_ipython().run_line_magic('sql', 'select 1')", {}),
        ("x = !ls -l", "x = get_ipython().getoutput('ls -l')", {}),
        ("a, b = !ls", "a, b = get_ipython().getoutput('ls')", {}),
        ("x = \\\n    !ls", "x = \\\n    get_ipython().getoutput('ls')", {}),
        ("!pip install a \\\n    b\nx = 1", "pass\n\nx = 1", {}),
        ("%timeit -n 3 x = f()", "pass", {}),
        ("%prun -l 5 -q x = f()", "x = f()", {1: 14}),
        ("%time --no-raise-error f()", "f()", {1: 23}),
        ("%time !ls", "pass", {1: 6}),
        ("%time %time x = 2", "x = 2", {1: 12}),
        ("%time f(a,", "%time f(a,", {}),
        ("%time f(a) \\\n  + 1", "f(a) \\\n  + 1", {1: 6}),
        ("%time", "pass", {}),
        (",f a b", 'f("a", "b")', {}),
        (";f a b", 'f("a b")', {}),
        ("/f a b", "f(a, b)", {}),
        ("%%time\n%matplotlib inline\nx = !ls", "pass\npass\nx = get_ipython().getoutput('ls')", {}),
        ("%%time\n%%capture out\nx = 1", "pass\nout = get_ipython().run_cell_magic('capture', 'out', '')\nx = 1", {}),
        ("%%capture --no-stderr\nx = 1", "pass\nx = 1", {}),
        ("%%timeit\nx = 1\ny = 2", "pass\n\n", {}),
        ("%%bash\nls", "", {}),
        ("    x = 1\n    y = %time f()", "x = 1\ny = f()", {1: 4, 2: 10}),
        (">>> if x:\n...     y = 2", "if x:\n    y = 2", {1: 4, 2: 4}),
        ("x?", "pass", {}),
        ("if x:\n    x.y?", "if x:\n    pass", {}),
        ("\\\n;", '\\\n("")', {}),
        ("\\\n  !ls\nx = 1", "\\\n  pass\nx = 1", {}),
        ("\\\n%time f(x)", "\\\nf(x)", {2: 6}),
        ("\\\n!ls \\\n  -l", "\\\npass\n", {}),
        ("x\\\n= !ls", "x\\\n= !ls", {}),
        ("x = f(a=!ls\n)", "x = f(a=!ls\n)", {}),
    ],
)
def test_python_that_is_left(source: str, code: str, shifts: dict[int, int]) -> None:
    found = recognise(source)
    assert found.code == code
    assert found.column_shifts == shifts


@pytest.mark.parametrize(
    ("source", "magic"),
    [
        ("%time f(x)", Magic("line", "time", "f(x)", Span(1, 1, 1, 11), runs_python=True)),
        ("x = 1\n  \nfiles = !ls *.csv", Magic("shell", "!", "ls *.csv", Span(3, 9, 3, 18), target="files")),
        ("a, b = !ls", Magic("shell", "!", "ls", Span(1, 8, 1, 11), target="a, b")),
        ("a.b: list = !ls", Magic("shell", "!", "ls", Span(1, 13, 1, 16), target="a.b")),
        ("!pip install \\\n  x", Magic("shell", "!", "pip install    x", Span(1, 1, 2, 4))),
        ("%timeit -n 3 f()", Magic("line", "timeit", "f()", Span(1, 1, 1, 17), runs_python=True)),
        ("%store -r x", Magic("line", "store", "-r x", Span(1, 1, 1, 12))),
        ("%%capture out\nx = 1", Magic("cell", "capture", "out", Span(1, 1, 1, 14), target="out", runs_python=True)),
        ("%%bash --out text\nls", Magic("cell", "bash", "--out text", Span(1, 1, 1, 18), target="text")),
        ("    np.array??", Magic("help", "??", "np.array", Span(1, 5, 1, 15))),
        ("if x:\n    %cd data", Magic("line", "cd", "data", Span(2, 5, 2, 13))),
        ("\\\n  !ls", Magic("shell", "!", "ls", Span(2, 3, 2, 6))),
        ("!ls \\\n", Magic("shell", "!", "ls \\", Span(1, 1, 1, 6))),
        ("é = 1\nü = !ls", Magic("shell", "!", "ls", Span(2, 5, 2, 8), target="ü")),
    ],
)
def test_magic(source: str, magic: Magic) -> None:
    assert recognise(source).magics == (magic,)


def test_nested_magic_keeps_its_own_place() -> None:
    outer, inner = recognise("%time !ls").magics
    assert (outer.name, outer.span.column, outer.runs_python) == ("time", 1, False)
    assert (inner.name, inner.span.column) == ("!", 7)


@pytest.mark.parametrize(
    ("source", "language"),
    [
        ("%%bash\nls", "bash"),
        ("%%!\nls", "sh"),
        ("%%js\nalert(1)", "javascript"),
        ("%%HTML\n<b>", "html"),
        ("%%R -i x\nplot(x)", "r"),
        ("%%writefile a.py\nx = 1", "file"),
        ("%%python3\nx = 1", "python-process"),
        ("%%script /usr/bin/env ruby\nputs 1", "env"),
        ("%%script ruby\nputs 1", "ruby"),
        ("%%sql\nselect 1", "sql"),
        ("%%time\n%%bash\nls", "bash"),
        ("%%capture\nx = 1", "python"),
    ],
)
def test_language_of_a_cell_magic(source: str, language: str) -> None:
    assert recognise(source).language == language


def test_plain_python_is_handed_back_as_it_is() -> None:
    source = "x = a % b\nassert x != 3, 'why?'\n"
    assert recognise(source).code is source


def test_many_unclosed_brackets_cost_no_more_than_their_rows() -> None:
    source = "!echo (\n" * 20_000 + "%time %time " * 2_000
    assert len(recognise(source).magics) > 20_000


@examples(300)
@given(st.text(alphabet="ab=%!?,;/ ()[]'\"\\\n\t#:.{}f>1é\u2028\x00\ud800", max_size=60))
def test_any_text_is_read(source: str) -> None:
    found = recognise(source)
    assert found.language != "python" or found.code.count("\n") == source.count("\n")
    rows = source.split("\n")
    for magic in found.magics:
        assert rows[magic.span.row - 1][magic.span.column - 1] in "%!?,;/" or magic.kind == "help"
        assert magic.span.end_column == len(rows[magic.span.end_row - 1]) + 1


@examples(200)
@given(st.lists(st.sampled_from(SNIPPETS), min_size=1, max_size=4))
def test_python_that_parses_holds_no_magic(parts: list[str]) -> None:
    source = "\n".join(parts)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(source)
        except SyntaxError:
            return
    assert recognise(source).magics == ()


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("%timeit -n 1 -r 1 \\\n    sum([x])\ny = 1", "sum([x])\n\ny = 1"),
        ("%timeit \\\n sum(\\\n  x)", "sum(   x)\n\n"),
        ("%timeit -n 1 sum([x, \\\n y])", "sum([x, \\\n y])"),
    ],
)
def test_a_measured_line_may_be_continued(source: str, code: str) -> None:
    found = recognise(source)
    assert found.code == code
    assert [magic.name for magic in found.magics] == ["timeit"]
    assert found.code.count("\n") == source.count("\n")
