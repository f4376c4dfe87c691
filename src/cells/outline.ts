import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TableOfContents } from '@jupyterlab/toc';
import type { TranslationBundle } from '@jupyterlab/translation';

import { cellRoles } from '../cell-tags';
import { RestTimer } from '../rest-timer';
import type { Session } from '../session';
import type { Finding } from '../wire';
import { MinimapMarks } from './minimap-marks';
import { type CellSummary, sectionsOf } from './sections';
import { type Dataset, markHeadings } from './toc-marks';

/** How long the notebook rests before its outline is drawn again. */
const OUTLINE_REST_MS = 200;

/** Where JupyterLab keeps the model of the headings of a notebook, once it has made one. */
export type FindHeadings = () => TableOfContents.IModel<TableOfContents.IHeading> | null | undefined;

/** The roles and findings of one notebook, in its table of contents and its minimap. */
export class NotebookOutline {
  private readonly minimap: MinimapMarks;
  private readonly restTimer = new RestTimer(() => this.draw(), OUTLINE_REST_MS);
  private summaries: readonly CellSummary[] = [];

  constructor(
    private readonly panel: NotebookPanel,
    private readonly session: Session,
    private readonly knownRoles: readonly string[],
    private readonly findHeadings: FindHeadings,
    private readonly trans: TranslationBundle
  ) {
    this.minimap = new MinimapMarks(panel.content.node);
    panel.context.model.contentChanged.connect(() => this.restTimer.restart());
    session.changed.connect(() => this.restTimer.restart());
    // JupyterLab makes the model of the headings when the notebook comes to the front
    panel.content.activeCellChanged.connect(() => this.restTimer.restart());
    panel.disposed.connect(() => {
      this.restTimer.cancel();
      this.minimap.dispose();
    });
    this.restTimer.restart();
  }

  private draw(): void {
    this.summaries = this.cellSummaries();
    this.minimap.show(this.summaries.map(summary => datasetOf(summary, this.trans)));
    const headings = this.findHeadings();
    if (headings) {
      markHeadings(headings, cells => this.headingDatasets(cells));
    }
  }

  private headingDatasets(cells: readonly (Cell | undefined)[]): Dataset[] {
    const indexes = cells.map(cell => (cell ? this.panel.content.widgets.indexOf(cell) : -1));
    return sectionsOf(this.summaries, indexes).map(section => datasetOf(section, this.trans));
  }

  private cellSummaries(): CellSummary[] {
    const findings = this.session.check?.findings ?? [];
    return Array.from(this.panel.context.model.cells, (cell, index) => {
      const own = findings.filter(({ place }) => isIn(place, cell.id, index));
      return {
        roles: cellRoles(cell, this.knownRoles),
        errors: own.filter(({ severity }) => severity === 'error').length,
        warnings: own.filter(({ severity }) => severity === 'warning').length
      };
    });
  }
}

/** Whether a place is in a cell; a notebook of before nbformat 4.5 has no ids in its file. */
function isIn(place: Finding['place'], id: string, index: number): boolean {
  return place.cell_id === null ? place.cell === index : place.cell_id === id;
}

/** What is said of a cell or a section: in words for all to read, and the worst of it for the style sheet. */
function datasetOf({ roles, errors, warnings }: CellSummary, trans: TranslationBundle): Dataset {
  const counts = [
    ...(errors > 0 ? [trans._n('%1 error', '%1 errors', errors)] : []),
    ...(warnings > 0 ? [trans._n('%1 warning', '%1 warnings', warnings)] : [])
  ];
  const words = [...roles, ...counts].join(' · ');
  return {
    ...(words ? { title: words, 'data-nbexport-mark': words } : {}),
    ...(counts.length > 0 ? { 'data-nbexport-severity': errors > 0 ? 'error' : 'warning' } : {})
  };
}
