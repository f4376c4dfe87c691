import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { cellRolesPlugin } from './plugins/cell-roles';
import { commandsPlugin } from './plugins/commands';
import { contextPlugin } from './plugins/context';
import { errorCountPlugin } from './plugins/error-count';
import { panelPlugin } from './plugins/panel';
import { rulePagesPlugin } from './plugins/rule-pages';
import { underlinesPlugin } from './plugins/underlines';

// biome-ignore lint/suspicious/noExplicitAny: each plugin provides something else
const plugins: JupyterFrontEndPlugin<any>[] = [
  contextPlugin,
  rulePagesPlugin,
  panelPlugin,
  commandsPlugin,
  underlinesPlugin,
  errorCountPlugin,
  cellRolesPlugin
];

export default plugins;
