import type { Dataset } from './toc-marks';

/**
 * Marks the cells of a notebook in its minimap.
 *
 * The items are elements that JupyterLab keeps for each cell, without a way for others to make them; it makes them
 * when the minimap is switched on, and for new cells.
 */
export class MinimapMarks {
  private readonly observer = new MutationObserver(() => this.draw());
  private datasets: readonly Dataset[] = [];

  /** `notebook` is the node of the notebook. */
  constructor(private readonly notebook: HTMLElement) {
    const list = notebook.querySelector('.jp-WindowedPanel-scrollbar-content');
    if (list) {
      this.observer.observe(list, { childList: true });
    }
  }

  dispose(): void {
    this.observer.disconnect();
  }

  /** Show what there is to say of each cell. */
  show(datasets: readonly Dataset[]): void {
    this.datasets = datasets;
    this.draw();
  }

  private draw(): void {
    const items = this.notebook.querySelectorAll<HTMLElement>('.jp-WindowedPanel-scrollbar-item');
    items.forEach((item, index) => {
      for (const name of ['title', 'data-nbexport-mark', 'data-nbexport-severity']) {
        const value = this.datasets[index]?.[name] ?? '';
        if (value !== (item.getAttribute(name) ?? '')) {
          item.setAttribute(name, value);
        }
      }
    });
  }
}
