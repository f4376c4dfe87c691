import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, IToolbarWidgetRegistry, MainAreaWidget, Notification } from '@jupyterlab/apputils';
import { Cell } from '@jupyterlab/cells';
import { EditorExtensionRegistry, IEditorExtensionRegistry } from '@jupyterlab/codemirror';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { INotebookTools, INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { launchIcon } from '@jupyterlab/ui-components';

import { markCells, RolePicker, RolesTool } from './chips';
import { FindingsByCell, underlines } from './diagnostics';
import { ExportPanel } from './panel';
import { Server } from './request';
import { Session, Settings } from './session';

const OPEN = 'nbexport:open';
const CHECK = 'nbexport:check';
const OPEN_FILE = 'nbexport:open-file';
/** How long the notebook rests before its chips are drawn anew. */
const CHIPS_MS = 80;
const PLUGIN = 'nbexport:plugin';

const plugin: JupyterFrontEndPlugin<void> = {
  id: PLUGIN,
  description: 'Turns a notebook into production code.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [
    ITranslator,
    ICommandPalette,
    ISettingRegistry,
    IDocumentManager,
    IFileBrowserFactory,
    IRenderMimeRegistry,
    IEditorExtensionRegistry,
    IToolbarWidgetRegistry,
    INotebookTools
  ],
  activate
};

function activate(
  app: JupyterFrontEnd,
  notebooks: INotebookTracker,
  translator: ITranslator | null,
  palette: ICommandPalette | null,
  registry: ISettingRegistry | null,
  documents: IDocumentManager | null,
  browsers: IFileBrowserFactory | null,
  rendermime: IRenderMimeRegistry | null,
  editors: IEditorExtensionRegistry | null,
  toolbars: IToolbarWidgetRegistry | null,
  inspector: INotebookTools | null
): void {
  const trans = (translator ?? nullTranslator).load('nbexport');
  const server = new Server(app.serviceManager.serverSettings);
  const catalogue = server.catalogue();
  catalogue.catch(error => console.warn('nbexport: the server part does not answer', error));
  const findings = new FindingsByCell();
  const sessions = new WeakMap<NotebookPanel, Session>();
  let settings: Settings = { level: 2, output: '{folder}/{name}', checkAsYouType: true, ignore: [] };

  const open = (path: string) => void documents?.openOrReveal(path);

  // ------------------------------------------------------------------ the panel

  const panel = new ExportPanel({
    server,
    catalogue,
    trans,
    settings: () => settings,
    explain: code => void explain(code),
    open,
    exported: applied => {
      Notification.success(trans.__('%1 files written to %2', applied.written, applied.folder), {
        autoClose: 10_000,
        actions: applied.open ? [{ label: trans.__('Open'), callback: () => open(applied.open) }] : []
      });
    },
    verified: (equal, lines) => {
      const text = lines[lines.length - 1] ?? '';
      void (equal ? Notification.success(text) : Notification.error(text));
    }
  });
  panel.title.icon = launchIcon;

  const show = () => {
    if (!panel.isAttached) {
      app.shell.add(panel, 'right', { rank: 900 });
    }
    app.shell.activateById(panel.id);
  };

  async function explain(code: string): Promise<void> {
    const rule = (await catalogue).rules.find(other => other.code === code);
    const id = `nbexport-rule-${code}`;
    const known = [...app.shell.widgets('main')].find(widget => widget.id === id);
    if (known || !rule || !rendermime) {
      app.shell.activateById(id);
      return;
    }
    const content = rendermime.createRenderer('text/markdown');
    const text = `# ${rule.code} ${rule.name}\n\n${rule.doc}`;
    await content.renderModel(rendermime.createModel({ data: { 'text/markdown': text }, trusted: false }));
    content.addClass('nbexport-Rule');
    const widget = new MainAreaWidget({ content });
    widget.id = id;
    widget.title.label = rule.code;
    widget.title.closable = true;
    app.shell.add(widget, 'main', { mode: 'split-right' });
    app.shell.activateById(id);
  }

  // ------------------------------------------------------------------ notebooks

  const begin = (notebook: NotebookPanel) => {
    const session = new Session(notebook, server, app.serviceManager.contents, () => settings);
    sessions.set(notebook, session);
    session.changed.connect(() => {
      const found = session.check?.findings ?? [];
      findings.set(notebook, found);
      showCount(notebook, found.filter(finding => finding.severity === 'error').length);
    });
    notebook.disposed.connect(() => findings.set(notebook, []));
    const mark = () => void catalogue.then(({ roles }) => markCells(notebook, roles.map(role => role.name)));
    let timer: number | undefined;
    void notebook.context.ready.then(() => {
      // each key is a change of the contents: chips follow once the keyboard rests for a moment
      notebook.context.model.contentChanged.connect(() => {
        window.clearTimeout(timer);
        timer = window.setTimeout(mark, CHIPS_MS);
      });
      mark();
    });
  };
  notebooks.forEach(begin);
  notebooks.widgetAdded.connect((_, notebook) => begin(notebook));
  const follow = () => {
    const current = notebooks.currentWidget;
    panel.show_(current ? (sessions.get(current) ?? null) : null);
    app.commands.notifyCommandChanged();
  };
  notebooks.currentChanged.connect(follow);
  follow();

  const showCount = (notebook: NotebookPanel, errors: number) => {
    const button = notebook.node.querySelector<HTMLElement>('[data-jp-item-name="nbexport-open"]');
    if (button) {
      if (errors > 0) {
        button.dataset.nbexportErrors = String(errors);
      } else {
        delete button.dataset.nbexportErrors;
      }
    }
  };

  editors?.addExtension({
    name: 'nbexport:findings',
    factory: ({ model }) => {
      const id = (model as { id?: string }).id;
      return id === undefined ? null : EditorExtensionRegistry.createImmutableExtension(underlines(findings, id));
    }
  });
  toolbars?.addFactory<Cell>('Cell', 'nbexport-role', cell => new RolePicker(cell.model, catalogue, trans));
  // a section of its own: those of JupyterLab are made later, from its settings
  if (inspector) {
    const tool = new RolesTool(inspector, catalogue, trans);
    inspector.addSection({ sectionName: 'nbexport', label: trans.__('Export to production'), tool, rank: 10 });
  }

  // ------------------------------------------------------------------ commands and settings

  app.commands.addCommand(OPEN, {
    label: trans.__('Export to production'),
    caption: trans.__('Check this notebook and turn it into a project'),
    icon: launchIcon,
    isEnabled: () => notebooks.currentWidget !== null,
    execute: () => {
      follow();
      show();
    }
  });
  app.commands.addCommand(CHECK, {
    label: trans.__('Check for hidden state'),
    isEnabled: () => notebooks.currentWidget !== null,
    execute: async () => {
      const current = notebooks.currentWidget;
      show();
      await (current && sessions.get(current)?.run());
    }
  });
  app.commands.addCommand(OPEN_FILE, {
    label: trans.__('Export to production'),
    icon: launchIcon,
    isVisible: () => selected(browsers).length === 1,
    execute: async () => {
      const [path] = selected(browsers);
      const widget = path === undefined ? undefined : documents?.openOrReveal(path);
      await widget?.revealed;
      follow();
      show();
    }
  });
  for (const command of [OPEN, CHECK]) {
    palette?.addItem({ command, category: trans.__('Notebook Operations') });
  }
  void registry?.load(PLUGIN).then(loaded => {
    const update = () => {
      const found = loaded.composite as Partial<Settings>;
      settings = { ...settings, ...found };
      notebooks.forEach(notebook => void sessions.get(notebook)?.run());
    };
    loaded.changed.connect(update);
    update();
  });
}

function selected(browsers: IFileBrowserFactory | null): string[] {
  const items = [...(browsers?.tracker.currentWidget?.selectedItems() ?? [])];
  return items.filter(item => item.type === 'notebook').map(item => item.path);
}

export default plugin;
