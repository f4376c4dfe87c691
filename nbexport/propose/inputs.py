"""How one input is handed to `predict`: its arguments, what is made of them first, and a real row as the example.

rows are a frame of known columns       predict(age: int, town: str)       predict(age=31, town="a")
of others                               predict(row: dict)                 predict(X_test.iloc[0].to_dict())
texts                                   predict(text: str)                 predict(questions[0])
an array or a tensor                    predict(values: list[float])       predict(X_test[0].tolist())
dicts                                   predict(row: dict)                 predict(test_dicts[0])
"""

from __future__ import annotations

import ast
import keyword
import re
from pathlib import Path

from nbexport.analysis.notebook import Analysis
from nbexport.propose import tables
from nbexport.propose.asked import Asked
from nbexport.propose.flow import Flow
from nbexport.propose.looks import AGGREGATES, Look, Looks
from nbexport.propose.places import Place, Places
from nbexport.propose.samples import Columns, Sample, Samples, quoted
from nbexport.propose.steps import AS_DICTS, HOLE
from nbexport.propose.trail import Begin, Trail
from nbexport.record import record

_MAX_ARGUMENTS = 12
_SHOWN_STEPS = 6
_PREPARES = frozenset(
    """fit_transform transform fillna get_dummies map apply merge join concat replace interpolate ffill bfill
    groupby""".split()
)
_TEXT_MODELS = frozenset({"make_pipeline", "Pipeline"})


@record
class Input:
    """How `predict` takes one input."""

    arguments: str
    name: str
    """The name that its features go by in the function."""
    first: str
    """What is made of the arguments."""
    steps: tuple[str, ...]
    example: str
    reasons: tuple[str, ...]
    imports: tuple[str, ...] = ()
    """Import lines that the cell needs besides those of the notebook."""


class Inputs:
    """Writes the input of one `predict`."""

    def __init__(
        self,
        analysis: Analysis,
        flow: Flow,
        places: Places,
        looks: Looks,
        trail: Trail,
        begin: Begin,
        asked: Asked,
        within: Path | None,
    ) -> None:
        self.analysis, self.flow, self.places, self.looks = analysis, flow, places, looks
        self.trail, self.begin, self.asked = trail, begin, asked
        self.samples = Samples(analysis, places, looks, within)
        self.steps = list(begin.steps)
        self.imports: list[str] = []
        self.reasons: list[str] = []
        texts = [asked.owner, begin.rows, *(step.replace(HOLE, "_") for step in begin.steps)]
        self.used = {part.id for text in texts for part in ast.walk(ast.parse(text)) if isinstance(part, ast.Name)}
        self.used |= {"pd", "np", "torch", *filter(None, (places.module(m) for m in ("pandas", "numpy", "torch")))}

    def given(self) -> Input:
        """The input that fits the rows."""
        self._say(f"the input is one row of `{self.begin.rows}`")
        name = self._free("features", "inputs", "row_features")
        look = self.begin.look
        if look in (Look.COLUMN, Look.TEXTS) and (look is Look.TEXTS or self._takes_texts()):
            arguments, first, example = self._text()
        elif look is Look.FRAME and self.steps[:1] == [AS_DICTS]:
            del self.steps[0]
            arguments, first, example = self._frame("[HOLE]")
        elif look is Look.FRAME:
            arguments, first, example = self._frame(f"{self._module('pandas', 'pd')}.DataFrame([HOLE])", is_frame=True)
        elif look is Look.DICTS:
            arguments, first, example = self._frame("[HOLE]")
        elif look is Look.COLUMN:
            arguments, first, example = self._number()
        else:
            arguments, first, example = self._numbers()
        self._not_repeated()
        if look is Look.TENSOR and self.steps and self.steps[0] == f"{HOLE}.float()":
            del self.steps[0]
        if self.asked.is_network and not self._makes_tensor():
            torch = self._module("torch", "torch")
            self.steps.append(f"{torch}.tensor({HOLE}, dtype={torch}.float32)")
        return Input(arguments, name, first, tuple(self.steps), example, tuple(self.reasons), tuple(self.imports))

    def _say(self, text: str) -> None:
        self.reasons.append(f"cell {self.analysis.units[self.begin.place.unit].cell}: {text}")

    def _free(self, *words: str) -> str:
        """The first of these words that the function does not read from the notebook."""
        return next(word for word in (*words, *(f"{words[0]}_{n}" for n in range(1, 100))) if word not in self.used)

    def _module(self, module: str, alias: str) -> str:
        known = self.places.module(module)
        if known:
            return known
        line = f"import {module}" if module == alias else f"import {module} as {alias}"
        if line not in self.imports:
            self.imports.append(line)
        return alias

    # ------------------------------------------------------------------ texts and numbers

    def _takes_texts(self) -> bool:
        """Whether what is first asked is given texts: a vectorizer, or a pipeline that begins with one."""
        made = self.looks.maker(ast.Name(self.asked.name), self.asked.place)
        if self.trail.takes_texts and self.steps:
            return True
        if made.rpartition(".")[2] in _TEXT_MODELS | {"GridSearchCV", "RandomizedSearchCV"}:
            return self._holds_vectorizer(self.asked.name, self.asked.place, 0)
        return False

    def _holds_vectorizer(self, name: str, place: Place, depth: int) -> bool:
        bound = self.places.bound(name, place)
        if bound is None or depth > 4:
            return False
        for part in ast.walk(bound.value):
            if isinstance(part, ast.Call):
                full = self.analysis.full_name(bound.place.unit, part.func) or ""
                if full.rpartition(".")[2] in tables.TEXT_STEPS:
                    return True
            if (
                isinstance(part, ast.Name)
                and part.id != name
                and self._holds_vectorizer(part.id, bound.place, depth + 1)
            ):
                return True
        return False

    def _text(self) -> tuple[str, str, str]:
        text = self._free("text", "document")
        series = self.begin.look is Look.COLUMN and bool(self.steps) and self.steps[0].startswith(f"{HOLE}.")
        first = f"{self._module('pandas', 'pd')}.Series([{text}])" if series else f"[{text}]"
        row = f"{self.begin.rows}.iloc[0]" if self.begin.look is Look.COLUMN else self._item()
        return f"{text}: str", first, f"predict({row})"

    def _item(self) -> str:
        """The first of some rows, itself where they are written there."""
        node = self.begin.node
        if isinstance(node, ast.List) and node.elts and (text := self.places.text(node.elts[0], self.begin.place)):
            return text
        return f"{self.begin.rows}[0]"

    def _number(self) -> tuple[str, str, str]:
        value = self._free("value", "number")
        first = f"{self._module('pandas', 'pd')}.Series([{value}])"
        self.reasons.append(f"to check: `{value}` is taken to be a number")
        return f"{value}: float", first, f"predict(float({self.begin.rows}.iloc[0]))"

    def _is_one_number(self) -> bool:
        """Whether a row of the array is one number: the values of a column."""
        node = self.begin.node
        owner = node.func.value if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None
        owner = node.value if isinstance(node, ast.Attribute) else owner
        if owner is not None and self.looks.of(owner, self.begin.place) is Look.COLUMN:
            return True
        return bool(self.steps) and self.steps[0] in (f"{HOLE}.reshape(-1, 1)", f"{HOLE}.unsqueeze(1)")

    def _numbers(self) -> tuple[str, str, str]:
        if self.begin.look in (Look.ARRAY, Look.LIST) and self._is_one_number():
            value = self._free("value", "number")
            self.reasons.append(f"to check: `{value}` is one number")
            first = f"{self._module('numpy', 'np')}.array([{value}])"
            return f"{value}: float", first, f"predict(float({self._item()}))"
        argument = self._free("values", "numbers")
        look = self.begin.look
        flat = "list" if self.asked.is_network or look in (Look.TENSOR, Look.DATASET) else "list[float]"
        if look in (Look.TENSOR, Look.DATASET):
            torch = self._module("torch", "torch")
            first = f"{torch}.tensor([{argument}], dtype={torch}.{self._dtype()})"
        elif look is Look.LIST and not self.steps:
            first = f"[{argument}]"
        else:
            first = f"{self._module('numpy', 'np')}.array([{argument}])"
        row = self._item()
        if look is Look.DATASET:
            row = f"{self.begin.rows}[0][0].tolist()"
        elif look is Look.ARRAY and flat == "list[float]" and self._may_hold_flags():
            row = f"[float(value) for value in {row}]"
        elif look is not Look.LIST:
            row = f"{row}.tolist()"
        self.reasons.append(f"to check: `{argument}` is one row of numbers")
        return f"{argument}: {flat}", first, f"predict({row})"

    def _may_hold_flags(self) -> bool:
        """Whether an array may come of columns that are true or false, which a service does not take for numbers."""
        calls = (part for unit in self.analysis.units for part in unit.nodes if isinstance(part, ast.Call))
        return any(isinstance(call.func, ast.Attribute) and call.func.attr == "get_dummies" for call in calls)

    def _dtype(self) -> str:
        """The type of a tensor's numbers, as the statements on the way name it."""
        texts = [ast.unparse(node) for node, _ in self.trail.stations]
        is_whole = any(re.search(r"\.long\b|LongTensor|int64|randint", text) for text in texts)
        return "long" if is_whole and not self.steps else "float32"

    def _makes_tensor(self) -> bool:
        if self.begin.look in (Look.TENSOR, Look.DATASET):
            return True
        torch = self.places.module("torch") or "torch"
        return any(step.startswith(f"{torch}.") for step in self.steps)

    # ------------------------------------------------------------------ columns

    def _frame(self, made: str, *, is_frame: bool = False) -> tuple[str, str, str]:
        columns = self._columns()
        names = [] if columns is None else [self._argument(column) for column in columns]
        typed = columns is not None and all(sample.type for sample in columns.values())
        if columns and typed and len(columns) <= _MAX_ARGUMENTS and len(set(names)) == len(names):
            arguments = _listed(
                [f"{name}: {sample.type}" for name, sample in zip(names, columns.values(), strict=True)]
            )
            row = _listed([f"{quoted(column)}: {name}" for column, name in zip(columns, names, strict=True)])
            real = all(sample.value for sample in columns.values())
            values = _listed(
                [
                    f"{name}={sample.value if real else self._value(column, sample)}"
                    for (column, sample), name in zip(columns.items(), names, strict=True)
                ]
            )
            return arguments, made.replace("HOLE", f"{{{row}}}"), f"predict({values})"
        row = self._free("row", "record")
        dicts = self.begin.look is Look.DICTS
        example = self._item() if dicts else f"{self.begin.rows}.iloc[0].to_dict()"
        if columns and typed and all(sample.value for sample in columns.values()):
            example = f"{{{', '.join(f'{quoted(column)}: {sample.value}' for column, sample in columns.items())}}}"
        if columns and is_frame:
            # the members of a JSON object have no order; models want their columns in the order of the training
            made = f"{made}[[{_listed([quoted(column) for column in columns])}]]"
        self.reasons.append(f"to check: a service checks `{row}` better as a TypedDict")
        return f"{row}: dict", made.replace("HOLE", row), f"predict({example})"

    def _argument(self, column: str) -> str:
        """The name of an argument for a column."""
        name = column if column.isidentifier() else re.sub(r"\W+", "_", column).strip("_").lower()
        if not name or name[0].isdigit():
            name = f"column_{name}"
        return f"{name}_" if keyword.iskeyword(name) or name in self.used or name == "features" else name

    def _value(self, column: str, sample: Sample) -> str:
        """A value that the notebook still has: all of an example are of one row."""
        if self.begin.look is Look.DICTS:
            return f"{self.begin.rows}[0][{quoted(column)}]"
        return f"{sample.type}({self._frame_rows()}[{quoted(column)}].iloc[0])"

    def _frame_rows(self) -> str:
        """The frame itself where the rows are some columns of it."""
        node = self.begin.node
        if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Slice | ast.Compare):
            base = self.looks.of(node.value, self.begin.place)
            if base is Look.FRAME and self.looks.of(node.slice, self.begin.place) is not Look.MASK:
                return self.places.text(node.value, self.begin.place) or self.begin.rows
        return self.begin.rows

    def _columns(self) -> Columns | None:
        node, place = self.begin.node, self.begin.place
        if self.begin.look is Look.DICTS:
            at = next(i for i, (one, _) in enumerate(self.trail.stations) if one is node)
            frames = [(n, p) for n, p in self.trail.stations[at:] if self.looks.of(n, p) is Look.FRAME]
            if not frames:
                return None
            node, place = frames[0]
        columns = self.samples.of(node, place)
        if columns is None and isinstance(node, ast.Subscript):
            names = self.samples.names(node.slice, place)
            columns = {name: Sample("") for name in names} if names is not None else None
        if columns is not None and self._takes_numbers():
            # a plain estimator reads nothing else
            columns = {name: sample if sample.type else Sample("float") for name, sample in columns.items()}
        return columns

    def _takes_numbers(self) -> bool:
        """Whether every column must be a number: the model is not a pipeline, and nothing encodes columns before it."""
        made = self.looks.maker(ast.Name(self.asked.name), self.asked.place)
        plain = made.startswith(("sklearn.", "statsmodels.api.")) and not made.startswith(
            ("sklearn.pipeline.", "sklearn.model_selection.", "sklearn.compose.")
        )
        return plain and not self.steps and self.begin.look is Look.FRAME

    # ------------------------------------------------------------------ what is not repeated

    def _not_repeated(self) -> None:
        """Name each statement that prepares the rows before the place where an input begins."""
        place = self.begin.place
        definitions = {
            d
            for part in ast.walk(self.begin.node)
            if isinstance(part, ast.Name)
            for d in self.places.definitions(part.id, place)
            if not d.module and d.function is None
        }
        units = {d.unit for d in definitions}
        units |= {at for at in self.flow.changes_after(definitions) if at <= self.places.last}
        steps = []
        for unit in sorted(self.flow.slice(units)):
            node = self.analysis.units[unit].node
            if unit > self.places.last or isinstance(
                node, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom
            ):
                continue
            calls = [part for part in ast.walk(node) if isinstance(part, ast.Call)]
            called = {
                part.func.attr if isinstance(part.func, ast.Attribute) else getattr(part.func, "id", "")
                for part in calls
            }
            if called & _PREPARES or (called & AGGREGATES and isinstance(node, ast.Assign)):
                if not called & {"fit", "fit_predict"} and unit != self.asked.place.unit:
                    steps.append(unit)
        for unit in steps[:_SHOWN_STEPS]:
            text = " ".join(ast.unparse(self.analysis.units[unit].node).split())
            cell = self.analysis.units[unit].cell
            self.reasons.append(f"cell {cell}: not repeated, so give the input as it is below: `{_short(text)}`")
        if len(steps) > _SHOWN_STEPS:
            self.reasons.append(f"… and {len(steps) - _SHOWN_STEPS} more statements above prepare the rows")
        if len(self.trail.steps) > len(self.begin.steps):
            at = next(i for i, (one, _) in enumerate(self.trail.stations) if one is self.begin.node)
            later = [(n, p) for n, p in self.trail.stations[at + 1 :] if isinstance(n, ast.Call | ast.BinOp)]
            for step, where in later[:1]:
                cell = self.analysis.units[where.unit].cell
                lost = f"the notebook no longer has the rows before `{_short(ast.unparse(step))}`"
                self.reasons.append(f"cell {cell}: not repeated, so give the input as it is below: {lost}")
        if self.trail.stopped and not steps:
            self.reasons.append(f"the steps before are not repeated, since {self.trail.stopped}")


def _listed(items: list[str], most: int = 80) -> str:
    """What stands between brackets: on one line, or each on its own where that is too long."""
    line = ", ".join(items)
    return line if len(line) <= most else "\n" + "".join(f"    {item},\n" for item in items)


def _short(text: str, most: int = 70) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
