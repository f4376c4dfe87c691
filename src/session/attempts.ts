import { toProblem } from '../problem';
import type { Problem } from '../wire';

/** What went wrong last, and the same once more. */
export interface Trouble {
  readonly problem: Problem;
  readonly retry: () => void;
}

/** Requests to the server that may fail. The last failure is kept until the same kind of request succeeds. */
export class Attempts {
  private failed: (Trouble & { kind: string }) | null = null;

  constructor(private readonly changed: () => void) {}

  get trouble(): Trouble | null {
    return this.failed;
  }

  /**
   * Do some work. Gives whether it succeeded; a failure after it was aborted is nobody's trouble. `again` makes the
   * whole request once more.
   */
  async run(kind: string, work: () => Promise<void>, again: () => void, signal?: AbortSignal): Promise<boolean> {
    try {
      await work();
      if (this.failed?.kind === kind && !signal?.aborted) {
        this.failed = null;
      }
      return true;
    } catch (error) {
      if (!signal?.aborted) {
        const retry = () => {
          this.dismiss();
          again();
        };
        this.failed = { kind, problem: toProblem(error), retry };
      }
      return false;
    } finally {
      if (!signal?.aborted) {
        this.changed();
      }
    }
  }

  dismiss(): void {
    this.failed = null;
    this.changed();
  }
}
