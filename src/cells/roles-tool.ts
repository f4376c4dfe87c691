import type { ICellModel } from '@jupyterlab/cells';
import { type INotebookTools, NotebookTools } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';

import { cellRoles, setCellRole } from '../cell-tags';
import type { Catalogue, Role } from '../wire';

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

  protected override onActiveCellChanged(): void {
    void this.refresh();
  }

  protected override onActiveCellMetadataChanged(): void {
    void this.refresh();
  }

  private async refresh(): Promise<void> {
    const { roles } = await this.catalogue;
    const model = this.isDisposed ? undefined : this.notebookTools.activeCell?.model;
    if (!model || model.isDisposed) {
      this.node.replaceChildren();
      return;
    }
    const focusedRole = this.focusedRole();
    const group = this.roleGroup(model, roles);
    this.node.replaceChildren(group);
    group.querySelector<HTMLInputElement>(`input[value="${focusedRole}"]`)?.focus();
  }

  /** The role whose checkbox has the keyboard: it keeps it when the checkboxes are made again. */
  private focusedRole(): string {
    const focused = document.activeElement;
    return focused instanceof HTMLInputElement && this.node.contains(focused) ? focused.value : '';
  }

  private roleGroup(model: ICellModel, roles: readonly Role[]): HTMLFieldSetElement {
    const cellRoleNames = cellRoles(
      model,
      roles.map(role => role.name)
    );
    const group = document.createElement('fieldset');
    const legend = document.createElement('legend');
    legend.textContent = this.trans.__('Role of this cell in the export');
    group.append(legend);
    for (const role of roles) {
      const checkbox = document.createElement('input');
      checkbox.type = 'checkbox';
      checkbox.value = role.name;
      checkbox.checked = cellRoleNames.includes(role.name);
      checkbox.addEventListener('change', () => setCellRole(model, role.name, checkbox.checked));
      const label = document.createElement('label');
      label.title = role.summary;
      label.append(checkbox, ` ${role.name}`);
      group.append(label);
    }
    return group;
  }
}
