import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { areaPlugin } from './plugins/area';
import { cellRolesPlugin } from './plugins/cell-roles';
import { commandsPlugin } from './plugins/commands';
import { contextPlugin } from './plugins/context';
import { errorCountPlugin } from './plugins/error-count';
import { jobNoticesPlugin } from './plugins/job-notices';
import { jobStatusPlugin } from './plugins/job-status';
import { kernelPlugin } from './plugins/kernel';
import { outlinePlugin } from './plugins/outline';
import { panelPlugin } from './plugins/panel';
import { rulePagesPlugin } from './plugins/rule-pages';
import { underlinesPlugin } from './plugins/underlines';

// biome-ignore lint/suspicious/noExplicitAny: each plugin provides something else
const plugins: JupyterFrontEndPlugin<any>[] = [
  contextPlugin,
  rulePagesPlugin,
  areaPlugin,
  panelPlugin,
  jobNoticesPlugin,
  jobStatusPlugin,
  commandsPlugin,
  underlinesPlugin,
  errorCountPlugin,
  cellRolesPlugin,
  outlinePlugin,
  kernelPlugin
];

export default plugins;
