import type { CellFlow } from '../kernel/flow';
import { importsIn } from '../kernel/imports';
import { type KernelReport, reportOf } from '../kernel/reasoning';
import type { Run } from '../kernel/story';

/** `x y < a b`: code that binds `x` and `y` and reads `a` and `b`. Words after `#` tell two versions apart. */
function flowOf(source: string): CellFlow | null {
  if (source.startsWith('?')) {
    return null;
  }
  if (source.startsWith('import')) {
    return { binds: [...importsIn(source).keys()], reads: [] };
  }
  const [binds = '', reads = ''] = (source.split('#')[0] ?? '').split('<');
  const names = (text: string) => text.split(' ').filter(name => name !== '');
  return { binds: names(binds), reads: names(reads) };
}

/** A notebook that somebody works with, and the report on it. */
export class Work {
  isComplete = true;
  private cells: { id: string; source: string }[] = [];
  private runs: Run[] = [];

  /** Cells in order, with the ids `a`, `b`, `c`… */
  constructor(...sources: string[]) {
    this.cells = sources.map((source, index) => ({ id: String.fromCharCode(97 + index), source }));
  }

  run(ids: string, succeeded = true): this {
    for (const id of ids) {
      this.runs.push({ cellId: id, source: this.cells.find(cell => cell.id === id)?.source ?? '', succeeded });
    }
    return this;
  }

  edit(id: string, source: string): this {
    this.cells = this.cells.map(cell => (cell.id === id ? { id, source } : cell));
    return this;
  }

  /** Bring the cells into an order; those that are not named are deleted. */
  order(ids: string): this {
    this.cells = Array.from(ids, id => this.cells.find(cell => cell.id === id) ?? { id, source: '' });
    return this;
  }

  restart(): this {
    this.runs = [];
    return this;
  }

  get report(): KernelReport {
    return reportOf({ cells: this.cells, runs: this.runs, isComplete: this.isComplete, flowOf });
  }

  get stale(): string {
    return [...this.report.stale.keys()].join('');
  }

  get toRun(): string {
    return this.report.toRun.join('');
  }

  get lost(): string[] {
    return this.report.lostNames.map(({ name, reason, cellId }) => `${name} ${reason} ${cellId}`);
  }
}
