"""The statements of a cell → the roles of the cell.

Strong evidence gives each its role; without any, the statements vote. A statement whose text does not tell stands where
the data flow puts it: before a split or another read it is `data`, between the data and the model `features`, and
behind the fit `evaluate`. A `train` cell may construct its model, so it needs no `model` beside it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from nbexport.analysis import values
from nbexport.analysis.notebook import Analysis
from nbexport.model import Role
from nbexport.names.nodes import is_definition, is_import_like
from nbexport.propose.flow import Flow
from nbexport.propose.headings import headings
from nbexport.propose.kinds import STRONG, Kinds
from nbexport.propose.result import Result
from nbexport.record import record

_ORDER = {role: place for place, role in enumerate(Role)}
_MAX_PARAMETER_ITEMS = 12


@record
class Judged:
    """The roles of one cell, the reason and how sure they are (0 to 1)."""

    roles: tuple[Role, ...]
    why: str
    sure: float


class Cells:
    """Judges cells against one slice."""

    def __init__(self, analysis: Analysis, flow: Flow, kinds: Kinds, result: Result, sliced: set[int]) -> None:
        self.analysis, self.flow, self.kinds, self.result = analysis, flow, kinds, result
        self.by_cell: dict[int, list[int]] = {}
        for unit, statement in enumerate(analysis.units):
            self.by_cell.setdefault(statement.cell, []).append(unit)
        self.results = set(result.units)
        self._headings = headings(analysis.notebook)
        self._constant: dict[int, bool] = {}
        self._take(sliced)

    def grow(self, numbers: Iterable[int]) -> None:
        """Add whole cells, with what they need, to the slice."""
        self._take(self.sliced | self.flow.slice(unit for number in numbers for unit in self.by_cell.get(number, ())))

    def _take(self, sliced: set[int]) -> None:
        self.sliced = sliced
        self._trained = {unit for unit in sliced if self.kinds.trains(unit)}
        self._models = {unit for unit in sliced if self._weight(unit, Role.MODEL) >= STRONG} | self._trained
        self._after_training = self.flow.needing(self._trained)
        self._after_models = self.flow.needing(self._models)
        self._before_training = self.flow.slice(self._trained)
        first = sliced - self._after_models
        self._sources = {unit for unit in first if self._weight(unit, Role.DATA) >= STRONG} or {
            unit for unit in first if self._weight(unit, Role.DATA) >= 1
        }
        self._up_to_sources = self.flow.slice(self._sources)
        self._before_source = self._up_to_sources - self._sources
        self._after_sources = self.flow.needing(self._sources)
        self._up_to_models = self.flow.slice(self._models - self._trained)

    def _weight(self, unit: int, role: Role) -> int:
        return max((sign.weight for sign in self.kinds.evidence(unit) if sign.role is role), default=0)

    def judge(self, number: int) -> Judged:
        """The roles of one cell of the slice."""
        units = [u for u in self.by_cell[number] if not self._says_nothing(u)]
        if any(unit in self.result.predict for unit in units):
            return Judged((Role.PREDICT,), "defines `predict`, which reads the trained model", 0.95)
        working = [u for u in units if not defines_only(self.analysis.units[u].node)]
        settings = [u for u in working if u not in self.analysis.configuring]
        if not working or not settings:
            return Judged((Role.DEFINE,), f"defines {self._bound(units)}", 0.95)
        if units == working:
            parameters = self._parameters(settings, working)
            if parameters is not None:
                return parameters
        if all(self._is_constant(unit) for unit in settings):
            what = "definitions and constants" if len(units) > len(working) else "constants"
            return Judged((Role.DEFINE,), f"{what}: {self._bound(units)}{self._hindered(units, settings)}", 0.85)
        return self._stages(number, settings, helpers=len(units) > len(working))

    # ------------------------------------------------------------------ literals

    def _parameters(self, settings: list[int], working: list[int]) -> Judged | None:
        scalars = lists = 0
        for unit in settings:
            value = getattr(self.analysis.units[unit].node, "value", None)
            if not isinstance(self.analysis.units[unit].node, ast.Assign | ast.AnnAssign) or value is None:
                return None
            known, literal = values.literal(value)
            if not known and not self.analysis.is_path(unit, value):
                return None
            if isinstance(literal, list | tuple | set | dict):
                if len(literal) > _MAX_PARAMETER_ITEMS or any(
                    isinstance(item, list | tuple | dict) for item in literal
                ):
                    return None
                lists += 1
            else:
                scalars += 1
        if scalars < max(lists, 1) or len(working) - len(settings) > scalars:
            return None
        return Judged((Role.PARAMETERS,), f"plain literals: {self._bound(settings)}", 0.9)

    def _hindered(self, units: list[int], settings: list[int]) -> str:
        """What keeps a cell of mostly numbers and texts from being the `parameters`."""
        scalars: list[int] = []
        others: list[int] = []
        for unit in settings:
            known, literal = values.literal(getattr(self.analysis.units[unit].node, "value", None) or ast.Name("_"))
            (scalars if known and isinstance(literal, int | float | str) else others).append(unit)
        if len(scalars) < 2 or not others or len(units) > len(settings):
            return ""
        return f"; could be `parameters` without {named(bound_names(self.analysis, others))}"

    def _is_constant(self, unit: int) -> bool:
        """A literal, or a pure expression over nothing but imports and other constants (`torch.device("cpu")`)."""
        pending = [unit]
        while pending:
            # a chain of constants may be longer than Python's stack is deep
            at = pending[-1]
            needed = self._constants_needed(at)
            if any(self._constant.get(other) is False for other in needed or ()) or needed is None:
                self._constant[at] = False
            elif waiting := [other for other in needed if other not in self._constant and other not in pending]:
                pending += waiting
                continue
            else:
                # what needs itself in the end is not a constant
                self._constant[at] = all(self._constant.get(other, False) for other in needed)
            pending.pop()
        return self._constant[unit]

    def _constants_needed(self, unit: int) -> set[int] | None:
        """The statements that must be constants for this one to be; None where it cannot be one."""
        settled = self._is_settled(self.analysis.units[unit].node, unit)
        if settled is not None:
            return set() if settled else None
        read = [d for d in self.flow.read_by(unit) if not d.module and d.function is None]
        return None if any(d.unit == unit for d in read) else {d.unit for d in read}

    def _is_settled(self, node: ast.stmt, unit: int) -> bool | None:
        """Whether a statement is a constant by its form; None where that depends on what it reads."""
        if isinstance(node, ast.If):
            pure = values.is_pure(node.test, lambda part: self.analysis.full_name(unit, part))
            inner = [self._is_settled(part, unit) for part in [*node.body, *node.orelse]]
            return False if not pure or False in inner else None if None in inner else True
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            return False
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if not all(isinstance(target, ast.Name | ast.Tuple) for target in targets):
            return False
        known, literal = values.literal(node.value)
        if known:
            return not isinstance(literal, list | tuple) or not any(isinstance(item, list | tuple) for item in literal)
        makes_data = any(sign.role is Role.DATA for sign in self.kinds.evidence(unit))
        if makes_data or not values.is_pure(node.value, lambda part: self.analysis.full_name(unit, part)):
            return False
        return None

    # ------------------------------------------------------------------ stages

    def _stages(self, number: int, units: list[int], *, helpers: bool) -> Judged:
        strong: dict[Role, tuple[int, str]] = {}
        votes: dict[Role, float] = {}
        reasons: dict[Role, str] = {}
        for unit in units:
            sign = self.kinds.strongest(unit)
            if sign is not None and sign.weight >= STRONG and not self._is_elsewhere(unit, sign.role, sign.weight):
                if sign.weight > strong.get(sign.role, (0, ""))[0]:
                    strong[sign.role] = (sign.weight, sign.why)
                continue
            if sign is not None and sign.weight > 1 and not self._is_elsewhere(unit, sign.role, sign.weight):
                role = Role.TRAIN if sign.role is Role.EVALUATE and self._feeds_training(unit) else sign.role
                votes[role] = votes.get(role, 0.0) + 1.5
                reasons.setdefault(role, sign.why)
                continue
            placed = self._placed(unit) or (sign.role if sign is not None else None)
            if placed is not None:
                votes[placed] = votes.get(placed, 0.0) + 1.0
        if set(units) & self.results & set(self._fills_metrics()):
            strong.setdefault(Role.EVALUATE, (4, "fills `metrics`"))
        if strong:
            return self._of_strong(strong, units)
        under = self._headings.get(number)
        if votes:
            if under is not None and under[0] in votes:
                votes[under[0]] += 0.75
            best = max(votes, key=lambda role: (votes[role], _ORDER[role]))
            sure = 0.8 if best in reasons else 0.65
            why = reasons.get(best) or f"{self._does(units)} {_WHERE[best]}"
            if under is not None and under[0] is best:
                return Judged((best,), f"{why}, under “{under[1]}”", sure + 0.1)
            return Judged((best,), why, sure)
        if under is not None and not helpers:
            return Judged((under[0],), f"{self._does(units)}, under “{under[1]}”", 0.6)
        if helpers:
            return Judged((Role.DEFINE,), f"definitions, and {self._does(units)}", 0.6)
        return Judged((self._fed(units),), f"{self._does(units)}, which the result needs", 0.5)

    def _of_strong(self, strong: dict[Role, tuple[int, str]], units: list[int]) -> Judged:
        if Role.TRAIN in strong and Role.MODEL in strong:
            if strong[Role.TRAIN][0] > STRONG:
                built = strong.pop(Role.MODEL)[1]
                strong[Role.TRAIN] = (strong[Role.TRAIN][0], f"{built} and {strong[Role.TRAIN][1]}")
            else:
                # the model with its optimiser and loss, trained elsewhere
                del strong[Role.TRAIN]
        roles = tuple(sorted(strong, key=_ORDER.__getitem__))
        why = "; ".join(strong[role][1] for role in roles)
        only_fill = roles == (Role.EVALUATE,) and set(units) & self.results
        return Judged(roles, why, 0.95 if len(roles) == 1 or only_fill else 0.85)

    def _is_elsewhere(self, unit: int, role: Role, weight: int) -> bool:
        """Whether the data flow outweighs the text: data made of what the model gave, a column made for the split."""
        if role is Role.FEATURES:
            return weight < 4 and unit in self._before_source
        if role is Role.EVALUATE and isinstance(self.analysis.units[unit].node, ast.Assert):
            return unit not in self._after_training
        return role is Role.DATA and unit in self._after_training

    def _placed(self, unit: int) -> Role | None:
        """Where the data flow puts a statement whose text does not tell."""
        trains = unit in self._trained
        if (self.flow.reach(unit) & self._trained) - {unit} if trains else unit in self._after_training:
            return Role.TRAIN if self._feeds_training(unit) else Role.EVALUATE
        if unit in self._sources or unit in self._before_source:
            return Role.DATA
        if unit in self._after_sources:
            return Role.FEATURES
        if unit in self._after_models:
            return Role.TRAIN
        return None

    def _fills_metrics(self) -> Iterable[int]:
        return self.result.units if self.result.is_metrics else ()

    def _feeds_training(self, unit: int) -> bool:
        """Whether a fit needs what the statement makes."""
        if unit not in self._trained:
            return unit in self._before_training
        return any(unit in self.flow.reach(fit) for fit in self._trained if fit != unit)

    def _fed(self, units: list[int]) -> Role:
        """The role of what needs the statements, where they start from nothing themselves."""
        for role, fed in ((Role.DATA, self._up_to_sources), (Role.MODEL, self._up_to_models)):
            if not fed.isdisjoint(units):
                return role
        return Role.FEATURES if any(self._feeds_training(unit) for unit in units) else Role.EVALUATE

    # ------------------------------------------------------------------ words

    def _says_nothing(self, unit: int) -> bool:
        node = self.analysis.units[unit].node
        if is_import_like(node) or isinstance(node, ast.Pass):
            return True
        if not isinstance(node, ast.Expr) or unit in self.results or self.kinds.evidence(unit):
            return False
        if isinstance(node.value, ast.Call):
            return isinstance(node.value.func, ast.Name) and node.value.func.id in ("print", "display")
        return not any(isinstance(part, ast.Call) for part in ast.walk(node.value))

    def _does(self, units: list[int]) -> str:
        """`makes x, y`, or `changes x` where nothing is bound, or `uses x`."""
        if made := bound_names(self.analysis, units):
            return f"makes {named(made)}"
        changed = dict.fromkeys(change.name for unit in units for change in self.analysis.changed_in.get(unit, ()))
        if changed:
            return f"changes {named(list(changed))}"
        return f"uses {named(sorted({d.name for unit in units for d in self.flow.read_by(unit) if not d.module}))}"

    def _bound(self, units: Iterable[int]) -> str:
        return named(bound_names(self.analysis, units))


_WHERE = {
    Role.DATA: "to load or split the data",
    Role.FEATURES: "from the data, before a model is fitted",
    Role.MODEL: "for the model",
    Role.TRAIN: "for the training",
    Role.EVALUATE: "with the fitted model",
}


def defines_only(node: ast.stmt) -> bool:
    """Whether a statement is a definition, or a `try`/`if` around definitions and imports."""
    if is_definition(node) or is_import_like(node):
        return True
    if isinstance(node, ast.Try):
        inner = [*node.body, *node.orelse, *node.finalbody, *[s for handler in node.handlers for s in handler.body]]
    elif isinstance(node, ast.If):
        inner = [*node.body, *node.orelse]
    else:
        return False
    return all(defines_only(statement) or isinstance(statement, ast.Pass) for statement in inner)


def bound_names(analysis: Analysis, units: Iterable[int]) -> list[str]:
    """The names that the statements bind, in order."""
    return list(dict.fromkeys(name for unit in sorted(units) for name in analysis.bound_in.get(unit, ())))


def named(names: list[str], most: int = 3) -> str:
    """A few names for a sentence."""
    shown = [f"`{name}`" for name in names[:most]]
    if len(names) > most:
        shown.append(f"{len(names) - most} more")
    return ", ".join(shown) or "nothing"
