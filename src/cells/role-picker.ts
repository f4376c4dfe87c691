import type { Cell } from '@jupyterlab/cells';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { cellRoles } from '../cell-tags';
import { roleSummary } from '../roles';
import type { Catalogue } from '../wire';
import { createCellButton } from './cell-button';
import type { ChooseRole } from './role-chips';

/** The roles of a cell in its toolbar, with what they become; a button that opens the role picker. */
export class RolePicker extends Widget {
  private readonly button: HTMLButtonElement;

  constructor(
    private readonly cell: Cell,
    private readonly catalogue: Promise<Catalogue>,
    choose: ChooseRole,
    private readonly trans: TranslationBundle
  ) {
    super({ node: document.createElement('div') });
    this.addClass('nbexport-RolePicker');
    this.button = createCellButton('nbexport-RolePicker-button', button => choose(cell, button));
    this.button.setAttribute('aria-haspopup', 'menu');
    this.node.append(this.button);
    cell.model.metadataChanged.connect(this.refresh, this);
    this.refresh();
  }

  private refresh(): void {
    void this.draw();
  }

  private async draw(): Promise<void> {
    const { roles } = await this.catalogue;
    if (this.isDisposed || this.cell.isDisposed) {
      return;
    }
    const names = cellRoles(
      this.cell.model,
      roles.map(role => role.name)
    );
    const own = roles.filter(role => names.includes(role.name));
    const purpose = this.trans.__('Role of this cell in the export');
    const text = names.length > 0 ? this.trans.__('role: %1', names.join(', ')) : this.trans.__('no role');
    this.button.textContent = text;
    this.button.setAttribute('aria-label', `${purpose}: ${text}`);
    this.button.title = [purpose, ...own.map(role => this.trans.__('%1: %2', role.name, roleSummary(role)))].join('\n');
  }
}
