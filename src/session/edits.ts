import type { FixChoice, ParameterEdit, Server } from '../server';
import { startOf } from '../start-of';
import type { Fixed, Place } from '../wire';
import type { Attempts } from './attempts';
import type { NotebookDocument } from './document';

/** A cell that the server wrote, with what is to be checked in it. */
export interface WrittenCell {
  readonly id: string;
  readonly reasons: readonly string[];
}

/** The changes that the server makes in a notebook. Each is one transaction, so one undo takes it back. */
export class Edits {
  isRunning = false;
  private lastWritten: WrittenCell | null = null;

  constructor(
    private readonly notebook: NotebookDocument,
    private readonly server: Pick<Server, 'fix' | 'insert' | 'options' | 'parameter'>,
    private readonly attempts: Attempts,
    private readonly edited: () => void
  ) {}

  /** The cell that was written last, until somebody has seen to it or taken it back. */
  get written(): (WrittenCell & { place: Place }) | null {
    const index = this.notebook.cells.findIndex(cell => cell.id === this.lastWritten?.id);
    return this.lastWritten && index >= 0 ? { ...this.lastWritten, place: startOf(index, this.lastWritten.id) } : null;
  }

  /** The cell that was written last has been looked through. */
  dismissWritten(): void {
    this.lastWritten = null;
    this.edited();
  }

  fix(choice: FixChoice): Promise<void> {
    return this.take(() => this.server.fix({ ...this.notebook.snapshot(), ...choice }));
  }

  /** Write a cell, and go to it. */
  insert(what: 'metrics' | 'predict'): Promise<void> {
    const ask = async () => {
      const { cells, reasons } = await this.server.insert({ ...this.notebook.snapshot(), what });
      const index = this.notebook.applyFix(cells);
      const id = this.notebook.cells[index]?.id;
      if (id !== undefined) {
        this.lastWritten = { id, reasons };
        await this.notebook.jump(startOf(index, id));
      }
    };
    return this.make(ask);
  }

  /** Make the numbers of the stages options. */
  hoistOptions(): Promise<void> {
    return this.take(() => this.server.options(this.notebook.snapshot()));
  }

  editParameter(edit: ParameterEdit): Promise<void> {
    return this.take(() => this.server.parameter({ ...this.notebook.snapshot(), ...edit }));
  }

  /** Take over the cells that the server answers with. */
  private take(ask: () => Promise<Fixed>): Promise<void> {
    return this.make(async () => void this.notebook.applyFix((await ask()).cells));
  }

  private async make(work: () => Promise<void>): Promise<void> {
    this.isRunning = true;
    await this.attempts.run('edit', work, () => void this.make(work));
    this.isRunning = false;
    this.edited();
  }
}
