"""The statements of a cell → the roles of the cell.

Strong evidence gives each its role; without any, the statements vote. A statement whose text does not tell stands where
the data flow puts it: before a split or another read it is `data`, between the data and the model `features`, and
behind the fit `evaluate`. A `train` cell may construct its model, so it needs no `model` beside it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from nbexport import values
from nbexport.analysis import Analysis, is_definition, is_import_like
from nbexport.model import STAGE_ROLES, Role
from nbexport.propose.flow import Flow
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
        self.analysis, self.flow, self.kinds, self.result, self.sliced = analysis, flow, kinds, result, sliced
        self.by_cell: dict[int, list[int]] = {}
        for unit, found in enumerate(analysis.units):
            self.by_cell.setdefault(found.cell, []).append(unit)
        self.results = set(result.units)
        self._trained = {unit for unit in sliced if kinds.trains(unit)}
        self._sources = {unit for unit in sliced if self._weight(unit, Role.DATA) >= STRONG} or {
            unit for unit in sliced if self._weight(unit, Role.DATA) >= 1
        }
        self._before_source = flow.slice(self._sources) - self._sources
        self._models = {unit for unit in sliced if self._weight(unit, Role.MODEL) >= STRONG} | self._trained

    def _weight(self, unit: int, role: Role) -> int:
        return max((sign.weight for sign in self.kinds.evidence(unit) if sign.role is role), default=0)

    def judge(self, number: int) -> Judged:
        """The roles of one cell of the slice."""
        units = [u for u in self.by_cell[number] if not self._says_nothing(u)]
        if any(unit in self.result.predict for unit in units):
            return Judged((Role.PREDICT,), "defines `predict`, which reads the trained model", 0.95)
        working = [u for u in units if not is_definition(self.analysis.units[u].node)]
        settings = [u for u in working if u not in self.analysis.configuring]
        if not working or not settings:
            return Judged((Role.DEFINE,), f"defines {self._bound(units)}", 0.95)
        if units == working:
            parameters = self._parameters(settings, working)
            if parameters is not None:
                return parameters
        if all(self._is_constant(unit) for unit in settings):
            what = "definitions and constants" if len(units) > len(working) else "constants"
            return Judged((Role.DEFINE,), f"{what}: {self._bound(units)}", 0.85)
        return self._stages(number, settings)

    # ------------------------------------------------------------------ literals

    def _parameters(self, settings: list[int], working: list[int]) -> Judged | None:
        scalars = lists = 0
        for unit in settings:
            value = getattr(self.analysis.units[unit].node, "value", None)
            if not isinstance(self.analysis.units[unit].node, ast.Assign | ast.AnnAssign) or value is None:
                return None
            known, found = values.literal(value)
            if not known and not self.analysis.is_path(unit, value):
                return None
            if isinstance(found, list | tuple | set | dict):
                if len(found) > _MAX_PARAMETER_ITEMS or any(isinstance(item, list | tuple | dict) for item in found):
                    return None
                lists += 1
            else:
                scalars += 1
        if scalars < max(lists, 1) or len(working) - len(settings) > scalars:
            return None
        return Judged((Role.PARAMETERS,), f"plain literals: {self._bound(settings)}", 0.9)

    def _is_constant(self, unit: int) -> bool:
        """A literal, or a pure expression over nothing but imports and other constants (`torch.device("cpu")`)."""
        node = self.analysis.units[unit].node
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            return False
        if not all(isinstance(t, ast.Name | ast.Tuple) for t in getattr(node, "targets", [getattr(node, "target", None)])):
            return False
        known, found = values.literal(node.value)
        if known:
            flat = not isinstance(found, list | tuple) or not any(isinstance(item, list | tuple) for item in found)
            return flat
        if not values.is_pure(node.value, lambda part: self.analysis.full_name(unit, part)):
            return False
        return all(
            d.module or d.function is not None or (d.unit != unit and self._is_constant(d.unit))
            for d in self.flow.read_by(unit)
        )

    # ------------------------------------------------------------------ stages

    def _stages(self, number: int, units: list[int]) -> Judged:
        strong: dict[Role, tuple[int, str]] = {}
        votes: dict[Role, float] = {}
        reasons: dict[Role, str] = {}
        for unit in units:
            sign = self.kinds.strongest(unit)
            if sign is not None and sign.weight >= STRONG and not self._is_elsewhere(unit, sign.role):
                if sign.weight > strong.get(sign.role, (0, ""))[0]:
                    strong[sign.role] = (sign.weight, sign.why)
                continue
            if sign is not None and sign.weight > 1:
                votes[sign.role] = votes.get(sign.role, 0.0) + 1.5
                reasons.setdefault(sign.role, sign.why)
                continue
            placed = self._placed(unit)
            if placed is not None:
                votes[placed] = votes.get(placed, 0.0) + 1.0
        if set(units) & self.results & set(self._fills_metrics()):
            strong.setdefault(Role.EVALUATE, (4, "fills `metrics`"))
        if strong:
            return self._of_strong(strong, units)
        if votes:
            best = max(votes, key=lambda role: (votes[role], _ORDER[role]))
            sure = 0.8 if best in reasons else 0.65
            why = reasons.get(best) or _WHERE[best].format(bound=self._bound(units))
            return Judged((best,), why, sure)
        return Judged((self._nearest(number),), f"binds {self._bound(units)}, which the result needs", 0.5)

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

    def _is_elsewhere(self, unit: int, role: Role) -> bool:
        """Whether a statement that reads or wraps data does so with what the model gave (scores read from a file …)."""
        return role is Role.DATA and bool(self.flow.reach(unit) & self._trained)

    def _placed(self, unit: int) -> Role | None:
        """Where the data flow puts a statement whose text does not tell."""
        reach = self.flow.reach(unit)
        if (reach & self._trained) - {unit}:
            return Role.EVALUATE
        if unit in self._sources or unit in self._before_source:
            return Role.DATA
        if reach & self._sources:
            return Role.FEATURES
        if reach & self._models:
            return Role.TRAIN
        return None

    def _fills_metrics(self) -> Iterable[int]:
        return self.result.units if self.result.shown == "`metrics`" else ()

    def _nearest(self, number: int) -> Role:
        """The role of the next cell of the slice that has one of its own: what is bound here is made for it."""
        for later in sorted(self.by_cell):
            if later > number:
                for unit in self.by_cell[later]:
                    sign = self.kinds.strongest(unit)
                    if unit in self.sliced and sign is not None and sign.role in STAGE_ROLES and sign.weight >= STRONG:
                        return sign.role
        return Role.FEATURES

    # ------------------------------------------------------------------ words

    def _says_nothing(self, unit: int) -> bool:
        node = self.analysis.units[unit].node
        return (
            is_import_like(node)
            or isinstance(node, ast.Pass)
            or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant | ast.Name))
        )

    def _bound(self, units: Iterable[int]) -> str:
        return named(bound_names(self.analysis, units))


_WHERE = {
    Role.DATA: "makes {bound} of the data before it is split",
    Role.FEATURES: "makes {bound} of the data, and no model has been fitted yet",
    Role.MODEL: "makes {bound} for the model",
    Role.TRAIN: "makes {bound} of the model before it is fitted",
    Role.EVALUATE: "makes {bound} with the fitted model",
}


def bound_names(analysis: Analysis, units: Iterable[int]) -> list[str]:
    """The names that the statements bind, in order."""
    wanted = set(units)
    found = [
        (d.unit, name)
        for name, definitions in analysis.definitions.items()
        for d in definitions
        if d.unit in wanted and not d.marker
    ]
    return list(dict.fromkeys(name for _, name in sorted(found)))


def named(names: list[str], most: int = 3) -> str:
    """A few names for a sentence."""
    shown = [f"`{name}`" for name in names[:most]]
    if len(names) > most:
        shown.append(f"{len(names) - most} more")
    return ", ".join(shown) or "nothing"
