import type { ICellModel } from '@jupyterlab/cells';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { cellRoles, setCellRole } from './cell-tags';
import type { Catalogue } from './wire';

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
    this.select.addEventListener('change', () => this.toggleChosenRole());
    model.metadataChanged.connect(this.refresh, this);
    this.refresh();
  }

  private refresh(): void {
    void this.drawOptions();
  }

  private async drawOptions(): Promise<void> {
    const { roles } = await this.catalogue;
    if (this.isDisposed) {
      return;
    }
    const names = roles.map(role => role.name);
    const cellRoleNames = cellRoles(this.model, names);
    const summary =
      cellRoleNames.length > 0 ? this.trans.__('role: %1', cellRoleNames.join(', ')) : this.trans.__('no role');
    const heading = new Option(summary, '', true, true);
    const options = roles.map(role => {
      const option = new Option(`${cellRoleNames.includes(role.name) ? '✓' : '\u2003'} ${role.name}`, role.name);
      option.title = role.summary;
      return option;
    });
    this.select.replaceChildren(heading, ...options);
    this.select.dataset.role = cellRoleNames[0] ?? '';
  }

  private toggleChosenRole(): void {
    const role = this.select.value;
    if (role) {
      setCellRole(this.model, role, cellRoles(this.model, [role]).length === 0);
    }
    this.refresh();
  }
}
