import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { MainAreaWidget } from '@jupyterlab/apputils';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';

import { IExportContext, IRulePages } from '../tokens';
import type { Rule } from '../wire';

/** Provides the pages that explain rules, beside the notebook. */
export const rulePagesPlugin: JupyterFrontEndPlugin<IRulePages> = {
  id: 'nbexport:rule-pages',
  description: 'Explains a rule on a page of its own.',
  autoStart: true,
  requires: [IExportContext],
  optional: [IRenderMimeRegistry],
  provides: IRulePages,
  activate: (app: JupyterFrontEnd, context: IExportContext, rendermime: IRenderMimeRegistry | null): IRulePages => ({
    open: async code => {
      const rule = (await context.catalogue).rules.find(other => other.code === code);
      const id = `nbexport-rule-${code}`;
      const isOpen = [...app.shell.widgets('main')].some(widget => widget.id === id);
      if (!isOpen && rule && rendermime) {
        app.shell.add(await createPage(id, rule, rendermime), 'main', { mode: 'split-right' });
      }
      app.shell.activateById(id);
    }
  })
};

async function createPage(id: string, rule: Rule, rendermime: IRenderMimeRegistry): Promise<MainAreaWidget> {
  const content = rendermime.createRenderer('text/markdown');
  const text = `# ${rule.code} ${rule.name}\n\n${rule.doc}`;
  await content.renderModel(rendermime.createModel({ data: { 'text/markdown': text }, trusted: false }));
  content.addClass('nbexport-Rule');
  const page = new MainAreaWidget({ content });
  page.id = id;
  page.title.label = rule.code;
  page.title.closable = true;
  return page;
}
