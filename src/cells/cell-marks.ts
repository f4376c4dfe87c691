import type { Cell } from '@jupyterlab/cells';
import type { PanelLayout } from '@lumino/widgets';
import { Widget } from '@lumino/widgets';

const marksByCell = new WeakMap<Cell, CellMarks>();

/**
 * What we show at a cell, in a row above its code, as part of the cell: a notebook that draws only what is in sight
 * takes it away and puts it back with the cell.
 */
export class CellMarks extends Widget {
  private readonly chips = document.createElement('div');
  private readonly state = document.createElement('div');

  /** The marks of a cell, or null where it has none yet. */
  static find(cell: Cell): CellMarks | null {
    return marksByCell.get(cell) ?? null;
  }

  /** The marks of a cell, made where it has none yet. */
  static of(cell: Cell): CellMarks {
    const marks = marksByCell.get(cell) ?? new CellMarks(cell);
    marksByCell.set(cell, marks);
    return marks;
  }

  private constructor(cell: Cell) {
    super();
    this.addClass('nbexport-CellMarks');
    this.chips.className = 'nbexport-CellMarks-roles';
    this.state.className = 'nbexport-CellMarks-state';
    this.node.append(this.state, this.chips);
    // the parts of a cell out of sight are made late
    void cell.ready.then(() => {
      if (!cell.isDisposed) {
        (cell.layout as PanelLayout).insertWidget(0, this);
      }
    });
  }

  showChips(chips: readonly HTMLElement[]): void {
    replace(this.chips, chips);
  }

  showState(mark: HTMLElement | null): void {
    replace(this.state, mark ? [mark] : []);
  }
}

/** Replace the children; those that stay keep the keyboard's focus. */
function replace(parent: HTMLElement, children: readonly HTMLElement[]): void {
  for (const child of Array.from(parent.children)) {
    if (!children.includes(child as HTMLElement)) {
      child.remove();
    }
  }
  children.forEach((child, index) => {
    if (parent.children[index] !== child) {
      parent.insertBefore(child, parent.children[index] ?? null);
    }
  });
}
