import type { Run } from './story';

/** More runs than this are not remembered: the report then says only what the latest show. */
export const MAX_RUNS = 3000;

/** The runs that a page has seen in one kernel, and whether it can have missed any. */
export class KernelHistory {
  private seen: Run[] = [];
  private lastCount: number | null = null;
  private complete = false;

  get runs(): readonly Run[] {
    return this.seen;
  }

  /** Whether these are all runs since the kernel started. */
  get isComplete(): boolean {
    return this.complete;
  }

  /** The kernel has been restarted: nothing is in it. */
  restart(): void {
    this.seen = [];
    this.lastCount = 0;
    this.complete = true;
  }

  /** Another kernel: what ran in it before is not known. */
  replace(): void {
    this.seen = [];
    this.lastCount = null;
    this.complete = false;
  }

  /**
   * Add a run. `count` is the kernel's number of it, null for a cell without code.
   *
   * The kernel numbers its runs: the first is 1, and a gap is a run that this page has not seen, of a console or of
   * another page.
   */
  add(run: Run, count: number | null): void {
    if (count !== null) {
      this.follow(count);
    }
    this.seen.push(run);
    if (this.seen.length > MAX_RUNS) {
      this.seen.shift();
      this.complete = false;
    }
  }

  private follow(count: number): void {
    if (this.lastCount !== null && count <= this.lastCount) {
      // it was restarted and this page has not been told
      this.restart();
    }
    if (count !== (this.lastCount ?? 0) + 1) {
      this.complete = false;
    } else if (this.lastCount === null) {
      this.complete = true;
    }
    this.lastCount = count;
  }
}
