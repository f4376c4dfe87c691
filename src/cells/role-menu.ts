import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICellModel } from '@jupyterlab/cells';
import type { TranslationBundle } from '@jupyterlab/translation';
import { MenuSvg } from '@jupyterlab/ui-components';
import type { Menu } from '@lumino/widgets';

import { cellRoles, setCellRole } from '../cell-tags';
import { roleSummary } from '../roles';
import type { Catalogue, Role } from '../wire';

const SET_ROLE = 'nbexport:set-role';

/** The role picker: a menu of all roles, each with what it becomes, that switches them on and off for one cell. */
export class RoleMenu {
  private roles: readonly Role[] = [];
  private model: ICellModel | null = null;

  constructor(
    private readonly commands: JupyterFrontEnd['commands'],
    catalogue: Promise<Catalogue>,
    trans: TranslationBundle
  ) {
    void catalogue.then(({ roles }) => {
      this.roles = roles;
    });
    commands.addCommand(SET_ROLE, {
      label: args => String(args.role ?? trans.__('Role of this cell in the export')),
      caption: args => String(args.summary ?? ''),
      isToggleable: true,
      isToggled: args => this.has(String(args.role)),
      isVisible: () => this.model !== null,
      execute: args => {
        if (this.model && !this.model.isDisposed) {
          setCellRole(this.model, String(args.role), !this.has(String(args.role)));
        }
      }
    });
  }

  /** Open the menu for a cell below an element; `closed` is called when it goes. */
  open(model: ICellModel, anchor: HTMLElement, closed: () => void): void {
    this.model = model;
    const menu = new MenuSvg({ commands: this.commands, renderer: new RoleRenderer() });
    menu.addClass('nbexport-RoleMenu');
    for (const role of this.roles) {
      menu.addItem({ command: SET_ROLE, args: { role: role.name, summary: roleSummary(role) } });
    }
    menu.aboutToClose.connect(() => {
      // the item that was chosen runs after the menu has gone
      window.setTimeout(() => {
        menu.dispose();
        closed();
      });
    });
    const { left, bottom } = anchor.getBoundingClientRect();
    menu.open(left, bottom);
  }

  private has(role: string): boolean {
    return this.model !== null && !this.model.isDisposed && cellRoles(this.model, [role]).length > 0;
  }
}

/** Shows what a role becomes where other menus show a shortcut. */
class RoleRenderer extends MenuSvg.Renderer {
  override formatShortcut(data: Menu.IRenderData): string {
    return data.item.caption;
  }
}
