// biome-ignore lint/correctness/noUndeclaredDependencies: the editor provides it
import * as vscode from 'vscode';
import { LanguageClient, type LanguageClientOptions, TransportKind } from 'vscode-languageclient/node';

const ROLES: readonly [string, string][] = [
  ['parameters', 'plain assignments, which become options of train.py'],
  ['data', 'loads and splits'],
  ['features', 'prepares inputs'],
  ['model', 'builds the untrained model'],
  ['train', 'trains it'],
  ['evaluate', 'fills a dict `metrics`'],
  ['predict', 'one annotated function `predict(...)`'],
  ['define', 'helpers and constants'],
  ['skip', 'stays in the notebook']
];

let client: LanguageClient | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  context.subscriptions.push(
    vscode.commands.registerCommand('nbexport.pickRole', pickRole),
    vscode.commands.registerCommand('nbexport.restart', restart),
    vscode.workspace.onDidChangeConfiguration(async event => {
      if (event.affectsConfiguration('nbexport.command')) {
        await restart();
      }
    })
  );
  await start();
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}

async function start(): Promise<void> {
  const [command, ...args] = vscode.workspace.getConfiguration('nbexport').get<string[]>('command', []);
  if (command === undefined) {
    return;
  }
  const options: LanguageClientOptions = {
    documentSelector: [
      { language: 'python', scheme: 'file' },
      { notebook: 'jupyter-notebook', language: '*' }
    ],
    initializationOptions: { pickRole: true }
  };
  client = new LanguageClient('nbexport', 'nbexport', { command, args, transport: TransportKind.stdio }, options);
  try {
    await client.start();
  } catch (error) {
    const chosen = await vscode.window.showErrorMessage(
      `nbexport did not start: ${error instanceof Error ? error.message : error}. ` +
        "Run pip install 'nbexport[editors]', or name the command in the settings.",
      'Open settings'
    );
    if (chosen !== undefined) {
      await vscode.commands.executeCommand('workbench.action.openSettings', 'nbexport.command');
    }
  }
}

async function restart(): Promise<void> {
  await client?.stop();
  await start();
}

/** Ask for a role and write it: tags of a notebook's cell are the editor's, those of a script the server's to write. */
async function pickRole(uri: string, index: number): Promise<void> {
  const picked = await vscode.window.showQuickPick(
    ROLES.map(([label, description]) => ({ label, description })),
    { title: 'What does this cell become?' }
  );
  if (picked === undefined) {
    return;
  }
  const notebook = vscode.workspace.notebookDocuments.find(document => document.uri.toString() === uri);
  if (notebook === undefined) {
    await vscode.commands.executeCommand('nbexport.addRole', uri, index, picked.label);
    return;
  }
  const edit = new vscode.WorkspaceEdit();
  edit.set(notebook.uri, [
    vscode.NotebookEdit.updateCellMetadata(index, withRole(notebook.cellAt(index).metadata, picked.label))
  ]);
  await vscode.workspace.applyEdit(edit);
}

/** Metadata of a cell with a role in place of those that it had; other tags stay. */
function withRole(metadata: Record<string, unknown>, role: string): Record<string, unknown> {
  const inner = (metadata.metadata ?? {}) as { tags?: unknown };
  const names = new Set(ROLES.map(([name]) => name));
  const tags = Array.isArray(inner.tags) ? inner.tags.filter(tag => !names.has(String(tag))) : [];
  return { ...metadata, metadata: { ...inner, tags: [...tags, role] } };
}
