import { type IRenderMimeRegistry, RenderMimeRegistry } from '@jupyterlab/rendermime';
import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { PanelLayout, Widget } from '@lumino/widgets';

import { readmePlace } from './readme-place';
import type { AreaSource } from './source';

const MARKDOWN = 'text/markdown';

export interface ReadmeHost {
  readonly rendermime: IRenderMimeRegistry;
  readonly contents: Contents.IManager;
  /** Open a file of the project. */
  readonly openFile: (path: string) => void;
  readonly trans: TranslationBundle;
}

/** The README of an exported project, rendered. It is read again after each export. */
export class Readme extends Widget {
  private shown = '';

  constructor(
    private readonly source: AreaSource,
    private readonly host: ReadmeHost
  ) {
    super();
    this.addClass('nbexport-Readme');
    this.node.tabIndex = 0;
    this.layout = new PanelLayout();
    source.changed.connect(this.follow, this);
    this.follow();
  }

  override dispose(): void {
    this.source.changed.disconnect(this.follow, this);
    super.dispose();
  }

  private follow(): void {
    const place = readmePlace(this.source);
    const key = JSON.stringify(place);
    if (key !== this.shown) {
      this.shown = key;
      this.load(place?.path ?? null, key).catch(error => {
        console.warn('nbexport: the README could not be shown', error);
        this.say(this.host.trans.__('The README could not be read.'));
      });
    }
  }

  private async load(path: string | null, key: string): Promise<void> {
    const { contents, rendermime, trans } = this.host;
    if (path === null) {
      this.say(trans.__('Nothing was exported from this notebook yet.'));
      return;
    }
    const model = await contents.get(path, { content: true, type: 'file', format: 'text' });
    const renderer = rendermime
      .clone({
        resolver: new RenderMimeRegistry.UrlResolver({ path, contents }),
        linkHandler: { handleLink: (node, target) => this.linkTo(node, target) }
      })
      .createRenderer(MARKDOWN);
    const data = { [MARKDOWN]: String(model.content) };
    await renderer.renderModel(rendermime.createModel({ data, trusted: false }));
    if (!this.isDisposed && this.shown === key) {
      this.clear();
      (this.layout as PanelLayout).addWidget(renderer);
    }
  }

  private linkTo(node: HTMLElement, path: string): void {
    node.addEventListener('click', event => {
      event.preventDefault();
      this.host.openFile(path);
    });
  }

  private say(text: string): void {
    if (!this.isDisposed) {
      this.clear();
      const message = new Widget();
      message.addClass('nbexport-Area-empty');
      message.node.textContent = text;
      (this.layout as PanelLayout).addWidget(message);
    }
  }

  private clear(): void {
    for (const widget of [...(this.layout as PanelLayout).widgets]) {
      widget.dispose();
    }
  }
}
