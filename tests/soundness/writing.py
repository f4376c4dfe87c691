"""Random notebooks of strands: what happens to them in lifted cells and in ones that stay, hidden at random depth."""

from __future__ import annotations

import ast
import random
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field

from soundness.cases import Case
from soundness.strands import ESTIMATORS, IMPORTS, PLAIN, PROCESS, TORCH, TORCH_IMPORTS, Strand

WORDS = (
    "amber birch cedar delta ember fjord grove haven islet jolly kiosk lumen maple north ocean pearl quill ridge"
    " spark thorn umbra vapor wharf xenon yield_ zesty alder bloom crest drift eagle flint glade heron ivory jetty"
    " knoll larch moss nectar olive plume quartz river slate tulip unity valley willow yonder zephyr"
).split()


NUMBER = next(strand for strand in PLAIN if strand.name == "number")
PARTS = ("base", "cls", "make", "divide", "warned")
"""What a strand leaves open beside the thing: names."""


@dataclass
class Action:
    """Code that does something: definitions first, then an expression; `{o}` is the thing that it is done to."""

    expression: str
    before: list[str] = field(default_factory=list)


class Writer:
    """Writes one notebook."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.words = self.dice.sample(WORDS, len(WORDS))
        self.count = 0

    def name(self, *, kind: str = "") -> str:
        """A name that the notebook does not have yet."""
        self.count += 1
        word = self.words[self.count % len(self.words)] + (str(self.count) if self.count >= len(self.words) else "")
        return word.capitalize() if kind == "class" else word

    def notebook(self) -> Case:
        """A notebook of one to three strands."""
        dice = self.dice
        with_torch = dice.random() < 0.1
        pool = [*PLAIN, *PROCESS, *PROCESS] if not with_torch else [*TORCH, *TORCH, *PLAIN, *PROCESS]
        strands = dice.sample(sorted(set(pool), key=lambda strand: strand.name), dice.randint(1, 3))
        if with_torch and not set(strands) & set(TORCH):
            strands[0] = dice.choice(TORCH)
        if dice.random() < 0.15 and NUMBER not in strands:
            # a name that is bound again, read by whatever hides it: few strands are about names
            strands.append(NUMBER)
        imports = IMPORTS + (TORCH_IMPORTS if with_torch else "")
        if any(strand.name == "estimator" for strand in strands):
            imports += ESTIMATORS
        defines, data, reads, things = [], [], [], []
        for strand in strands:
            names = {part: self.name(kind="class" if part in ("cls", "base") else "") for part in parts_of(strand)}
            if strand.define:
                defines.append(filled(strand.define, **names))
            data += [strand.begin] if strand.begin else []
            thing = ""
            if strand.make:
                statements, thing = self.placed(filled(strand.make, **names))
                data += statements
            things.append((strand, names, thing))
        cells: list[tuple[str, str]] = [("", imports)]
        cells += [("define", text) for text in defines]
        cells.append(("data", "\n".join([*data, "base = 1.0"])))
        touch = dice.random() < 0.6
        behind = [self.cell(things, touches=False) for _ in range(dice.randint(1, 3))]
        if touch:
            behind[dice.randrange(len(behind))] = self.cell(things, touches=True)
        lifted: list[list[str]] = []
        if dice.random() < 0.3:
            strand, names, thing = dice.choice(things)
            lifted.append(self.done(dice.choice(strand.touches), names, thing, depth=dice.randint(0, 1)))
        train = [*(line for lines in lifted for line in lines), "level = base"]
        middle = dice.randint(0, len(behind))
        cells += [("", "\n".join(lines)) for lines in behind[:middle]]
        cells.append(("train", "\n".join(train)))
        cells += [("", "\n".join(lines)) for lines in behind[middle:]]
        chosen = dice.sample(things, dice.randint(1, len(things)))
        before: list[str] = []
        for number, (strand, names, thing) in enumerate(chosen):
            action = Action(filled(strand.read, **names))
            for _ in range(dice.choice((0, 0, 0, 1, 2))):
                action = self.hidden(action, keeps_value=True)
            before += [with_thing(line, thing) for line in action.before]
            reads.append(f'"m{number}": float({with_thing(action.expression, thing)}) * level')
        evaluate = "\n".join([*before, f"metrics = {{{', '.join(reads)}}}"])
        cells.append(("evaluate", evaluate))
        return Case("random", tuple((roles, code.rstrip("\n") + "\n") for roles, code in cells))

    def cell(self, things: list[tuple[Strand, dict[str, str], str]], *, touches: bool) -> list[str]:
        """The lines of a cell that stays in the notebook, with one change at most."""
        dice = self.dice
        lines: list[str] = []
        count = dice.randint(1, 3)
        at = dice.randrange(count) if touches else -1
        for number in range(count):
            strand, names, thing = dice.choice(things)
            template = dice.choice(strand.touches if number == at else strand.looks)
            lines += self.done(template, names, thing, depth=dice.choice((0, 1, 1, 2, 3)))
        return lines

    def done(self, template: str, names: dict[str, str], thing: str, *, depth: int) -> list[str]:
        """The lines that do it, hidden so deep."""
        dice = self.dice
        text = filled(template, **names)
        before: list[str] = []
        whole = thing
        if thing and dice.random() < 0.5 and text.count("{o}") == 1:
            before, thing = self.reached(thing)
        if not is_expression(text):
            if not compiles(with_thing(text, thing)):
                # what a call gives cannot be assigned to
                return self.done(template, names, whole, depth=depth)
            if depth == 0:
                return [*before, *self.framed([with_thing(text, thing)])]
            action = self.function_of(text, by_parameter=bool(thing) and dice.random() < 0.5)
            depth -= 1
        else:
            action = Action(text)
        for _ in range(depth):
            action = self.hidden(action, keeps_value=False)
        shown = with_thing(action.expression, thing)
        last = dice.choice(
            (shown, shown, f"print({shown})", f"{self.name()} = {shown}", f"assert [{shown}]", f'f"{{[{shown}]}}"')
        )
        if ('"' in shown and last.startswith('f"')) or "\n" in shown:
            last = shown
        return [*before, *(with_thing(line, thing) for line in action.before), *self.framed([last])]

    def framed(self, lines: list[str]) -> list[str]:
        """The lines, now and then inside a statement that runs them once."""
        dice = self.dice
        inside = textwrap.indent("\n".join(lines), "    ")
        k = self.name()
        frames = (
            f"for {k} in range(1):\n{inside}",
            f"if len('ab') == 2:\n{inside}",
            f"try:\n{inside}\nfinally:\n    pass",
            f"while True:\n{inside}\n    break",
            f"with contextlib.nullcontext() as {k}:\n{inside}",
            f"match 3:\n    case {k}:\n{textwrap.indent(inside, '    ')}",
        )
        return [dice.choice(frames)] if dice.random() < 0.25 else lines

    def placed(self, make: str) -> tuple[list[str], str]:
        """Statements that make the thing and how lifted code reaches it: by a name, or inside something else."""
        name, cls = self.name(), self.name(kind="class")
        return self.dice.choice(
            (
                *[([f"{name} = {make}"], name)] * 4,
                ([f"{name} = [{make}]"], f"{name}[0]"),
                ([f'{name} = {{"k": {make}}}'], f'{name}["k"]'),
                ([f"{name} = (0, {make})"], f"{name}[1]"),
                ([f"{name} = types.SimpleNamespace(v={make})"], f"{name}.v"),
                (
                    [f"class {cls}:\n    def __init__(self, v):\n        self.v = v", f"{name} = {cls}({make})"],
                    f"{name}.v",
                ),
            )
        )

    def reached(self, thing: str) -> tuple[list[str], str]:
        """Another way to the same thing."""
        a, f, cls = self.name(), self.name(), self.name(kind="class")
        return self.dice.choice(
            (
                ([f"{a} = {thing}"], a),
                ([f"{a} = [{thing}]"], f"{a}[0]"),
                ([f"{a} = [{thing}]"], f"{a}[-1:][0]"),
                ([f'{a} = {{"k": {thing}}}'], f'{a}["k"]'),
                ([f"{a} = dict(k={thing})"], f"next(iter({a}.values()))"),
                ([f"{a}, {f} = {thing}, 0"], a),
                ([f"({a}, *{f}) = [{thing}, 1]"], a),
                ([f"class {cls}:\n    def __init__(self, v):\n        self.v = v", f"{a} = {cls}({thing})"], f"{a}.v"),
                ([f"class {cls}:\n    v = {thing}"], f"{cls}().v" if not thing.isidentifier() else f"{cls}.v"),
                ([f"{a} = types.SimpleNamespace(v={thing})"], f'getattr({a}, "v")'),
                ([f"def {f}(x):\n    return x"], f"{f}({thing})"),
                ([f"def {f}():\n    return {thing}"], f"{f}()"),
                ([f"def {f}(x={thing}):\n    return x"], f"{f}()"),
                ([f"{f} = lambda: {thing}"], f"{f}()"),
                ([f"{a} = {thing} if base else None"], a),
                ([f"{a} = functools.partial(lambda x: x, {thing})"], f"{a}()"),
                ([f"{a} = [x for x in [{thing}]]"], f"{a}[0]"),
                ([f"{a} = list(zip([{thing}], 'a'))"], f"{a}[0][0]"),
                ([f"{a} = copy.copy([{thing}])"], f"{a}[0]"),
                ([f"{a} = [0] + [{thing}]"], f"{a}.pop()"),
                ([f"for {a} in [{thing}]:\n    pass"], a),
                ([f"for {f}, {a} in enumerate([{thing}]):\n    pass"], a),
                ([f"with contextlib.nullcontext({thing}) as {a}:\n    pass"], a),
                ([f"def {f}():\n    yield {thing}", f"{a} = next({f}())"], a),
                ([f"{a} = collections.deque([{thing}])"], f"{a}[0]"),
                ([f"{a} = map(lambda x: x, [{thing}])"], f"next({a})"),
                ([f"print({a} := {thing})"], a),
                (
                    [f"@dataclasses.dataclass\nclass {cls}:\n    v: object = None", f"{a} = {cls}({thing})"],
                    f"{a}.v",
                ),
            )
        )

    def function_of(self, text: str, *, by_parameter: bool) -> Action:
        """Statements as a function that is called."""
        f, x = self.name(), self.name()
        if by_parameter:
            return Action(f"{f}({{o}})", [f"def {f}({x}):\n" + textwrap.indent(with_thing(text, x), "    ")])
        return Action(f"{f}()", [f"def {f}():\n" + textwrap.indent(text, "    ")])

    def hidden(self, action: Action, *, keeps_value: bool) -> Action:
        """The action one level deeper: in a function, a method, a callback, a comprehension."""
        f, g, x = self.name(), self.name(), self.name()
        cls, sub = self.name(kind="class"), self.name(kind="class")
        e, before = action.expression, action.before
        own = textwrap.indent("\n".join(before), "    ") + "\n" if before else ""
        own_deeper = textwrap.indent(own, "    ")
        method = f"class {cls}:\n    def {f}(self):\n        return {e}"

        def after(expression: str, *definitions: str) -> Action:
            return Action(expression, [*before, *definitions])

        ways: list[Callable[[], Action]] = [
            lambda: after(f"{f}()", f"def {f}():\n    return {e}"),
            lambda: Action(f"{f}()", [f"def {f}():\n{own}    return {e}"]),
            lambda: after(f"{f}()", f"{f} = lambda: {e}"),
            lambda: after(f"{cls}().{f}()", method),
            lambda: Action(f"{cls}().{f}()", [f"class {cls}:\n    def {f}(self):\n{own_deeper}        return {e}"]),
            lambda: after(f"{sub}().{f}()", method, f"class {sub}({cls}):\n    pass"),
            lambda: after(f'getattr({cls}(), "{f}")()', method),
            lambda: after(f"{g}()", method, f"{g} = {cls}().{f}"),
            lambda: after(f"{cls}().{f}", f"class {cls}:\n    @property\n    def {f}(self):\n        return {e}"),
            lambda: after(f"{cls}.{f}()", f"class {cls}:\n    @staticmethod\n    def {f}():\n        return {e}"),
            lambda: after(f"{cls}.{f}()", f"class {cls}:\n    @classmethod\n    def {f}(cls):\n        return {e}"),
            lambda: after(f"{cls}().v", f"class {cls}:\n    def __init__(self):\n        self.v = {e}"),
            lambda: after(
                f"{sub}().v",
                f"class {cls}:\n    def __init__(self):\n        self.v = {e}",
                f"class {sub}({cls}):\n    def __init__(self):\n        super().__init__()\n        self.w = 1",
            ),
            lambda: after(
                f"{sub}().go()",
                f"class {cls}:\n    def go(self):\n        return self.{f}()",
                f"class {sub}({cls}):\n    def {f}(self):\n        return {e}",
            ),
            lambda: after(f"{cls}()()", f"class {cls}:\n    def __call__(self):\n        return {e}"),
            lambda: after(f"{cls}()[0]", f"class {cls}:\n    def __getitem__(self, k):\n        return {e}"),
            lambda: after(f"({cls}() + 1)", f"class {cls}:\n    def __add__(self, other):\n        return {e}"),
            lambda: after(f"(2 * {cls}())", f"class {cls}:\n    def __rmul__(self, other):\n        return {e}"),
            lambda: after(f"[*{cls}()][0]", f"class {cls}:\n    def __iter__(self):\n        yield {e}"),
            lambda: after(f"{cls}().anything", f"class {cls}:\n    def __getattr__(self, name):\n        return {e}"),
            lambda: after(
                f"{f}()",
                f"@contextlib.contextmanager\ndef {g}():\n    yield {e}",
                f"def {f}():\n    with {g}() as {x}:\n        return {x}",
            ),
            lambda: after(
                f"{f}()",
                f"class {cls}:\n    def __enter__(self):\n        return {e}\n\n    def __exit__(self, *error):\n        return None",
                f"def {f}():\n    with {cls}() as {x}:\n        return {x}",
            ),
            lambda: after(f"functools.partial({f}, 1)()", f"def {f}({x}):\n    return {e}"),
            lambda: after(f"list(map(lambda _: {e}, [0]))[0]"),
            lambda: after(f"next({f}())", f"def {f}():\n    yield {e}"),
            lambda: after(f"next({g}())", f"def {f}():\n    yield {e}", f"def {g}():\n    yield from {f}()"),
            lambda: after(
                f"{g}()",
                f"def {f}(function):\n    @functools.wraps(function)\n    def inner(*words):\n        return function(*words)\n    return inner",
                f"@{f}\ndef {g}():\n    return {e}",
            ),
            lambda: after(
                f"{g}()",
                f"def {f}(function):\n    def inner():\n        return {e}\n    return inner",
                f"@{f}\ndef {g}():\n    return 0",
            ),
            lambda: after(f"{f}(lambda: {e})", f"def {f}({x}):\n    return {x}()"),
            lambda: after(f"{f}(on={g})", f"def {g}():\n    return {e}", f"def {f}(*, on=None):\n    return on()"),
            lambda: after(
                f"{cls}({g}).go()",
                f"def {g}():\n    return {e}",
                f"class {cls}:\n    def __init__(self, {x}):\n        self.{x} = {x}\n\n    def go(self):\n        return self.{x}()",
            ),
            lambda: after(f'{f}["{x}"]()', f'{f} = {{"{x}": lambda: {e}}}'),
            lambda: after(f"{f}[0]()", f"def {g}():\n    return {e}", f"{f} = [{g}]"),
            lambda: after(f"[{e} for _ in range(1)][0]"),
            lambda: after(f"next({e} for _ in [0])"),
            lambda: after(f"({e} if base else 0)"),
            lambda: after(f"{f}()", f"def {f}({x}=lambda: {e}):\n    return {x}()"),
            lambda: after(f"{f}()()", f"def {f}():\n    def {g}():\n        return {e}\n    return {g}"),
            lambda: after(f"{g}()", f"def {f}():\n    return {e}", f"{g} = {f}"),
            lambda: after(f"next(iter(lambda: {e}, object()))"),
            lambda: after(f'collections.defaultdict(lambda: {e})["{x}"]'),
            lambda: after(f"functools.lru_cache(lambda: {e})()"),
            lambda: after(
                f"{cls}().v",
                f"@dataclasses.dataclass\nclass {cls}:\n    v: object = dataclasses.field(default_factory=lambda: {e})",
            ),
            lambda: after(
                f"{cls}().v",
                f"@dataclasses.dataclass\nclass {cls}:\n    size: int = 1\n\n    def __post_init__(self):\n        self.v = {e}",
            ),
            lambda: after(
                f"{cls}().v",
                f"class {cls}:\n    @functools.cached_property\n    def v(self):\n        return {e}",
            ),
            lambda: after(f"functools.reduce(lambda a, _: {e}, [0], 0)"),
            lambda: after(f"(lambda: {e})()"),
            lambda: after(f"{f}()", f"def {f}():\n    class {cls}:\n        v = {e}\n    return {cls}.v"),
            lambda: after(f"{f}(1)", f"def {f}(n):\n    return {f}(n - 1) if n else {e}"),
            lambda: after(f"{f}(*[{e}])", f"def {f}(*words):\n    return words[0]"),
            lambda: after(f"{f}()", f"def {f}():\n    try:\n        return {e}\n    finally:\n        pass"),
            lambda: after(f"operator.call(lambda: {e})"),
            lambda: after(
                f"{f}(0)",
                f"@functools.singledispatch\ndef {f}(x):\n    return None",
                f"@{f}.register\ndef {g}(x: int):\n    return {e}",
            ),
        ]
        if "{o}" in e or any("{o}" in line for line in before):
            inner = with_thing(own, x)
            ways += [
                lambda: Action(f"{f}({{o}})", [f"def {f}({x}):\n{inner}    return {with_thing(e, x)}"]),
                lambda: Action(f"{f}({x}={{o}})", [f"def {f}({x}=None):\n{inner}    return {with_thing(e, x)}"]),
                lambda: Action(
                    f"{cls}({{o}}).go()",
                    [
                        f"class {cls}:\n    def __init__(self, {x}):\n        self.{x} = {x}",
                        f"def {sub}(self):\n    {x} = self.{x}\n{inner}    return {with_thing(e, x)}",
                        f"{cls}.go = {sub}",
                    ],
                ),
                lambda: Action(f"list(map({f}, [{{o}}]))[0]", [f"def {f}({x}):\n{inner}    return {with_thing(e, x)}"]),
                lambda: Action(
                    f"functools.partial({f}, {{o}})()", [f"def {f}({x}):\n{inner}    return {with_thing(e, x)}"]
                ),
                lambda: Action(
                    f"{g}({f}, {{o}})",
                    [
                        f"def {f}({x}):\n{inner}    return {with_thing(e, x)}",
                        f"def {g}(go, what):\n    return go(what)",
                    ],
                ),
                lambda: Action(
                    f"[{f}({x}) for {x} in [{{o}}]][0]", [f"def {f}({x}):\n{inner}    return {with_thing(e, x)}"]
                ),
            ]
        if not keeps_value:
            ways += [
                lambda: after(f"sorted([0], key=lambda _: len(str({e})))"),
                lambda: after(f"any([{e}] and False for _ in range(1))"),
                lambda: after(f"list(filter(lambda _: [{e}], [0]))"),
                lambda: after(f"max([0], key=lambda _: len([{e}]))"),
                lambda: after(f"pd.Series([0]).map(lambda _: len([{e}])).sum()"),
                lambda: after(f'pd.DataFrame({{"q": [0]}}).apply(lambda row: len([{e}]), axis=1).sum()'),
                lambda: after(f"sum(len([{e}]) for _ in range(1))"),
                lambda: after(f"len({cls}())", f"class {cls}:\n    def __len__(self):\n        return len([{e}])"),
                lambda: after(
                    f"({cls}() == 1)", f"class {cls}:\n    def __eq__(self, other):\n        return [{e}] == 1"
                ),
                lambda: after(
                    f"(3 in {cls}())", f"class {cls}:\n    def __contains__(self, x):\n        return bool([{e}])"
                ),
                lambda: after(
                    f"str({cls}())", f"class {cls}:\n    def __repr__(self):\n        return str(len([{e}]))"
                ),
                lambda: after(
                    f'format({cls}(), "")',
                    f"class {cls}:\n    def __format__(self, spec):\n        return str(len([{e}]))",
                ),
                lambda: after(
                    f"sorted([{cls}(), {cls}()])[0]",
                    f"class {cls}:\n    def __lt__(self, other):\n        return not [{e}]",
                ),
                lambda: after(f"contextlib.ExitStack().__enter__().callback(lambda: {e})()"),
                lambda: after(f"(0 and [{e}]) or [{e}]"),
            ]
        return self.dice.choice(ways)()


def parts_of(strand: Strand) -> list[str]:
    """The names that the templates of a strand leave open, but the thing."""
    texts = (strand.define, strand.make, strand.read, *strand.touches, *strand.looks)
    return [part for part in PARTS if any(f"{{{part}}}" in text for text in texts)]


def filled(template: str, **names: str) -> str:
    """The template with its names; `{o}` stays."""
    for part, name in names.items():
        template = template.replace(f"{{{part}}}", name)
    return template


def with_thing(template: str, thing: str) -> str:
    """The code, with the way to the thing in it."""
    return template.replace("{o}", thing)


def is_expression(text: str) -> bool:
    """Whether the template is an expression."""
    try:
        ast.parse(with_thing(text, "o"), mode="eval")
    except SyntaxError:
        return False
    return True


def compiles(text: str) -> bool:
    """Whether Python takes these statements."""
    try:
        compile(text, "statements", "exec")
    except SyntaxError:
        return False
    return True


def write(seed: int) -> Case:
    """The notebook of a seed."""
    case = Writer(seed).notebook()
    return Case(f"seed {seed}", case.cells)
