import { Cell, ICellModel } from '@jupyterlab/cells';
import { INotebookTools, NotebookPanel, NotebookTools } from '@jupyterlab/notebook';
import { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { rolesOf, withRole } from './roles';
import { Catalogue } from './wire';

/** A picker of roles for the toolbar of a cell: each role can be switched on and off. */
export class RolePicker extends Widget {
  private readonly select: HTMLSelectElement;

  constructor(
    private readonly model: ICellModel,
    private readonly catalogue: Promise<Catalogue>,
    private readonly trans: TranslationBundle
  ) {
    super({ node: document.createElement('div') });
    this.addClass('nbexport-RolePicker');
    this.select = document.createElement('select');
    this.select.setAttribute('aria-label', trans.__('Role of this cell in the export'));
    this.select.title = trans.__('Role of this cell in the export');
    this.node.append(this.select);
    this.select.addEventListener('change', () => this.pick());
    model.metadataChanged.connect(this.refresh, this);
    void this.refresh();
  }

  private async refresh(): Promise<void> {
    const { roles } = await this.catalogue;
    if (this.isDisposed) {
      return;
    }
    const names = roles.map(role => role.name);
    const on = rolesOf(this.model.getMetadata('tags'), names);
    const said = on.length > 0 ? this.trans.__('role: %1', on.join(', ')) : this.trans.__('no role');
    const head = new Option(said, '', true, true);
    const options = roles.map(role => {
      const option = new Option(`${on.includes(role.name) ? '✓' : '\u2003'} ${role.name}`, role.name);
      option.title = role.summary;
      return option;
    });
    this.select.replaceChildren(head, ...options);
    this.select.dataset.role = on[0] ?? '';
  }

  private pick(): void {
    const role = this.select.value;
    if (role) {
      setRole(this.model, role, rolesOf(this.model.getMetadata('tags'), [role]).length === 0);
    }
    void this.refresh();
  }
}

/** The roles of the active cell as checkboxes, for the property inspector. */
export class RolesTool extends NotebookTools.Tool {
  constructor(
    tools: INotebookTools,
    private readonly catalogue: Promise<Catalogue>,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.notebookTools = tools;
    this.addClass('nbexport-RolesTool');
  }

  protected onActiveCellChanged(): void {
    void this.refresh();
  }

  protected onActiveCellMetadataChanged(): void {
    void this.refresh();
  }

  private async refresh(): Promise<void> {
    const { roles } = await this.catalogue;
    const model = this.isDisposed ? undefined : this.notebookTools.activeCell?.model;
    if (!model || model.isDisposed) {
      this.node.replaceChildren();
      return;
    }
    const names = roles.map(role => role.name);
    const on = rolesOf(model.getMetadata('tags'), names);
    const focused = this.node.contains(document.activeElement) ? (document.activeElement as HTMLInputElement).value : '';
    const group = document.createElement('fieldset');
    const legend = document.createElement('legend');
    legend.textContent = this.trans.__('Role of this cell in the export');
    group.append(legend);
    for (const role of roles) {
      const box = document.createElement('input');
      box.type = 'checkbox';
      box.value = role.name;
      box.checked = on.includes(role.name);
      box.addEventListener('change', () => setRole(model, role.name, box.checked));
      const label = document.createElement('label');
      label.title = role.summary;
      label.append(box, ` ${role.name}`);
      group.append(label);
    }
    this.node.replaceChildren(group);
    group.querySelector<HTMLInputElement>(`input[value="${focused}"]`)?.focus();
  }
}

/** Give a cell a role, or take it; a cell without tags has no list of them either. */
function setRole(model: ICellModel, role: string, on: boolean): void {
  const changed = withRole(model.getMetadata('tags'), role, on);
  if (changed.length > 0) {
    model.setMetadata('tags', changed);
  } else {
    model.deleteMetadata('tags');
  }
}

/** Marks each cell of a notebook with its roles, so that a style can show them as a chip. */
export function markCells(panel: NotebookPanel, names: readonly string[]): void {
  for (const cell of panel.content.widgets) {
    mark(cell, rolesOf(cell.model.getMetadata('tags'), names));
  }
}

function mark(cell: Cell, roles: readonly string[]): void {
  const { dataset } = cell.node;
  const shown = roles.join(' · ');
  if ((dataset.nbexportRoles ?? '') !== shown) {
    if (shown) {
      dataset.nbexportRoles = shown;
      dataset.nbexportRole = roles[0];
      cell.node.setAttribute('aria-description', shown);
    } else {
      delete dataset.nbexportRoles;
      delete dataset.nbexportRole;
      cell.node.removeAttribute('aria-description');
    }
  }
}
