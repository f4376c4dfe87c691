import type { ICellModel } from '@jupyterlab/cells';

import { rolesOf, withRole } from './roles';

/** The roles of a cell, in the order of the known ones. */
export function cellRoles(model: ICellModel, knownRoles: readonly string[]): string[] {
  return rolesOf(model.getMetadata('tags'), knownRoles);
}

/** Give a cell a role, or take it; a cell without tags has no list of them either. */
export function setCellRole(model: ICellModel, role: string, isOn: boolean): void {
  const tags = withRole(model.getMetadata('tags'), role, isOn);
  if (tags.length > 0) {
    model.setMetadata('tags', tags);
  } else {
    model.deleteMetadata('tags');
  }
}
