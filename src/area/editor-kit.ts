import { Compartment, EditorState, type Extension } from '@codemirror/state';
import { EditorView, keymap, lineNumbers } from '@codemirror/view';
import { CodeEditor, type IEditorServices } from '@jupyterlab/codeeditor';
import type {
  CodeMirrorEditor,
  IEditorExtensionRegistry,
  IEditorLanguageRegistry,
  IEditorThemeRegistry
} from '@jupyterlab/codemirror';

/** What JupyterLab offers for editors; without the registries a text has no colors. */
export interface EditorServices {
  readonly services: IEditorServices;
  readonly languages: IEditorLanguageRegistry | null;
  readonly themes: IEditorThemeRegistry | null;
  readonly extensions: IEditorExtensionRegistry | null;
}

/** Views that show one file, and how to give them its language once it is loaded. */
export interface ReadOnlySetup {
  readonly extension: (label: string) => Extension;
  /** Color some views in the language of the file, unless `isGone` by then. */
  readonly color: (views: readonly EditorView[], isGone: () => boolean) => Promise<void>;
}

interface EditorOptions {
  host: HTMLElement;
  path: string;
  text: string;
  extensions: readonly Extension[];
}

/** Makes editors that look like those of JupyterLab: its theme, its languages. */
export class EditorKit {
  constructor(private readonly offered: EditorServices) {}

  /** The setup of editors that show a file and cannot change it. */
  readOnly(path: string): ReadOnlySetup {
    const language = new Compartment();
    return {
      extension: label => [
        this.theme(),
        lineNumbers(),
        EditorState.readOnly.of(true),
        language.of([]),
        EditorView.contentAttributes.of({ 'aria-label': label })
      ],
      color: async (views, isGone) => {
        const support = await this.language(path);
        if (support && !isGone()) {
          for (const view of views) {
            view.dispatch({ effects: language.reconfigure(support) });
          }
        }
      }
    };
  }

  /** A full editor of JupyterLab, with its keys; JupyterLab's own undo is for notebooks and files. */
  createEditor({ host, path, text, extensions }: EditorOptions): { view: EditorView; dispose: () => void } {
    const { factoryService, mimeTypeService } = this.offered.services;
    const model = new CodeEditor.Model({ mimeType: mimeTypeService.getMimeTypeByFilePath(path) });
    model.sharedModel.setSource(text);
    const config = { scrollPastEnd: false, lineNumbers: true };
    // the text that it begins with is nothing to undo
    model.sharedModel.clearUndoHistory();
    const history = keymap.of([
      { key: 'Mod-z', run: () => done(() => editor.undo()) },
      { key: 'Mod-y', mac: 'Mod-Shift-z', run: () => done(() => editor.redo()) }
    ]);
    const editor = factoryService.newDocumentEditor({ host, model, config, extensions: [history, ...extensions] });
    return {
      view: (editor as CodeMirrorEditor).editor,
      dispose: () => {
        editor.dispose();
        model.dispose();
      }
    };
  }

  private theme(): Extension {
    const { themes, extensions } = this.offered;
    return themes?.getTheme(String(extensions?.baseConfiguration.theme ?? 'jupyter')) ?? [];
  }

  private async language(path: string): Promise<Extension | null> {
    const { languages } = this.offered;
    const found = languages?.findByFileName(path);
    return (found && (await languages?.getLanguage(found))?.support) ?? null;
  }
}

/** Do what a key asks for, and say that it is dealt with. */
function done(act: () => void): boolean {
  act();
  return true;
}
