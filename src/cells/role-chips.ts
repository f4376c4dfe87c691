import type { Cell } from '@jupyterlab/cells';
import type { TranslationBundle } from '@jupyterlab/translation';

import { cellRoles } from '../cell-tags';
import { roleSummary } from '../roles';
import type { Role } from '../wire';
import { createCellButton } from './cell-button';
import { CellMarks } from './cell-marks';

/** Chips of a cell by role, so that one that stays is not made again. */
const chipsByCell = new WeakMap<Cell, Map<string, HTMLButtonElement>>();

/** What a chip does when it is pressed. */
export type ChooseRole = (cell: Cell, anchor: HTMLElement) => void;

/** Show the roles of a cell as chips, each a button that opens the role picker. */
export function showRoleChips(cell: Cell, roles: readonly Role[], choose: ChooseRole, trans: TranslationBundle): void {
  const names = cellRoles(
    cell.model,
    roles.map(role => role.name)
  );
  const shown = chipsByCell.get(cell) ?? new Map<string, HTMLButtonElement>();
  if (names.join() === [...shown.keys()].join()) {
    return;
  }
  const chips = new Map(
    roles
      .filter(role => names.includes(role.name))
      .map(role => [role.name, shown.get(role.name) ?? createChip(cell, role, choose, trans)])
  );
  chipsByCell.set(cell, chips);
  CellMarks.of(cell).showChips([...chips.values()]);
  describe(cell, names);
}

function createChip(cell: Cell, role: Role, choose: ChooseRole, trans: TranslationBundle): HTMLButtonElement {
  const chip = createCellButton('nbexport-RoleChip', () => choose(cell, chip));
  chip.dataset.role = role.name;
  chip.textContent = role.name;
  const summary = roleSummary(role);
  chip.title = trans.__('%1: %2', role.name, summary);
  chip.setAttribute('aria-label', trans.__('Role %1: %2. Choose the roles of this cell.', role.name, summary));
  chip.setAttribute('aria-haspopup', 'menu');
  return chip;
}

/** The cell itself says its roles too: to a screen reader that moves from cell to cell, and to style sheets. */
function describe({ node }: Cell, names: readonly string[]): void {
  const text = names.join(' · ');
  if (text) {
    node.dataset.nbexportRoles = text;
    node.setAttribute('aria-description', text);
  } else {
    delete node.dataset.nbexportRoles;
    node.removeAttribute('aria-description');
  }
}
