import type { JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget } from '@jupyterlab/apputils';
import type { LabIcon } from '@jupyterlab/ui-components';
import { SplitPanel, type Widget } from '@lumino/widgets';

import type { AreaSource } from './source';

export type AreaKind = 'plan' | 'verdict' | 'readme';

/** A lower part with less than this share of the height is as good as closed. */
const MIN_SHARE = 0.2;

/** One of the views of a notebook, with what its tab says. */
interface View<T extends Widget> {
  kind: AreaKind;
  create: () => T;
  icon: LabIcon;
  /** The title for the name of the notebook. */
  title: (name: string) => string;
}

/** The views that are open beside notebooks: one of each kind for each notebook, closed with it. */
export class AreaShelf {
  private readonly open: { source: AreaSource; kind: AreaKind; widget: MainAreaWidget }[] = [];
  private count = 0;

  constructor(
    private readonly shell: JupyterFrontEnd.IShell,
    /** The id of the widget beside which the first view goes. */
    private readonly neighborId: () => string | undefined
  ) {}

  /** Bring a view to the front; gives its content, that of an earlier time where it is still open. */
  show<T extends Widget>(source: AreaSource, view: View<T>): T {
    const found = this.open.find(one => one.source === source && one.kind === view.kind);
    const widget = (found?.widget as MainAreaWidget<T> | undefined) ?? this.create(source, view);
    if (!widget.isAttached) {
      this.attach(widget);
    }
    this.shell.activateById(widget.id);
    return widget.content;
  }

  private create<T extends Widget>(source: AreaSource, view: View<T>): MainAreaWidget<T> {
    const widget = new MainAreaWidget({ content: view.create() });
    this.count += 1;
    widget.id = `nbexport-${view.kind}-${this.count}`;
    widget.addClass('nbexport-Area');
    // it has no items: an empty one is a strip above the content
    widget.toolbar.hide();
    widget.title.icon = view.icon;
    widget.title.closable = true;
    widget.title.dataset = { ...widget.title.dataset, nbexportView: view.kind };
    const { notebook, changed } = source;
    const close = () => widget.dispose();
    const name = () => {
      widget.title.label = view.title(notebook.path.split('/').pop() ?? '');
      widget.title.caption = view.title(notebook.path);
      widget.content.node.setAttribute('aria-label', widget.title.label);
    };
    widget.content.node.setAttribute('role', 'region');
    name();
    changed.connect(name);
    notebook.disposed.connect(close);
    const entry = { source, kind: view.kind, widget };
    this.open.push(entry);
    widget.disposed.connect(() => {
      changed.disconnect(name);
      notebook.disposed.disconnect(close);
      this.open.splice(this.open.indexOf(entry), 1);
    });
    return widget;
  }

  /** Beside the notebook the first time, then behind one another. */
  private attach(widget: MainAreaWidget): void {
    const other = this.open.find(one => one.widget !== widget && one.widget.isAttached);
    const neighborId = this.neighborId();
    if (other) {
      this.shell.add(widget, 'main', { mode: 'tab-after', ref: other.widget.id });
    } else {
      this.shell.add(widget, 'main', { mode: 'split-right', ...(neighborId ? { ref: neighborId } : {}) });
    }
    if (!widget.isAttached) {
      // the main area of Notebook 7 holds the notebook alone: below it there is room for more
      this.shell.add(widget, 'down');
      giveHeight(widget);
    }
  }
}

/** Share the height equally between the notebook and what is below it: a lower part that was empty has none. */
function giveHeight(widget: Widget): void {
  for (let parent = widget.parent; parent; parent = parent.parent) {
    if (parent instanceof SplitPanel && parent.orientation === 'vertical') {
      const [, lower] = parent.relativeSizes();
      if (lower !== undefined && lower < MIN_SHARE) {
        parent.setRelativeSizes([1, 1]);
      }
      return;
    }
  }
}
