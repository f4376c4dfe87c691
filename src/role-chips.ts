import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';

import { cellRoles } from './cell-tags';

/** Marks each cell of a notebook with its roles, so that a style can show them as a chip. */
export function markCells(panel: NotebookPanel, knownRoles: readonly string[]): void {
  for (const cell of panel.content.widgets) {
    markCell(cell, cellRoles(cell.model, knownRoles));
  }
}

function markCell(cell: Cell, roles: readonly string[]): void {
  const { dataset } = cell.node;
  const text = roles.join(' · ');
  if ((dataset.nbexportRoles ?? '') !== text) {
    if (text) {
      dataset.nbexportRoles = text;
      dataset.nbexportRole = roles[0] ?? '';
      cell.node.setAttribute('aria-description', text);
    } else {
      delete dataset.nbexportRoles;
      delete dataset.nbexportRole;
      cell.node.removeAttribute('aria-description');
    }
  }
}
