import { RefusedRequest } from '../problem';
import type { CheckRequest, Server } from '../server';
import type { Settings } from '../settings';
import type { Check } from '../wire';
import type { Attempts } from './attempts';
import { deltaOf, type KnownRevision, knownRevision } from './delta';
import type { NotebookDocument } from './document';
import type { Together } from './together';

/** The status with which a server answers a delta of a revision that it does not know. */
const UNKNOWN_REVISION = 410;

/** The checks of one notebook: only what has changed is sent, and a newer check aborts the one that runs. */
export class Checking {
  check: Check | null = null;
  /** `NotebookDocument.sourceKey` of what was checked. */
  checkedKey = '';
  /** The sources of the cells that `check` is about, all of them, in order. */
  checkedSources: readonly string[] = [];
  private known: KnownRevision | null = null;
  private running: AbortController | null = null;

  constructor(
    private readonly notebook: NotebookDocument,
    private readonly together: Together,
    private readonly server: Pick<Server, 'check'>,
    private readonly settings: () => Settings,
    private readonly attempts: Attempts
  ) {}

  get isRunning(): boolean {
    return this.running !== null;
  }

  abort(): void {
    this.running?.abort();
    this.running = null;
  }

  /** Check the notebook as it is in the browser. */
  async run(): Promise<void> {
    this.abort();
    const control = new AbortController();
    this.running = control;
    const { cells, sourceKey, sources } = this.notebook;
    await this.attempts.run(
      'check',
      async () => {
        const sent = knownRevision('', cells);
        const check = await this.ask(control.signal);
        if (!control.signal.aborted) {
          this.check = check;
          this.checkedKey = sourceKey;
          this.checkedSources = sources;
          this.known = { ...sent, revision: check.revision };
          this.running = null;
        }
      },
      () => void this.run(),
      control.signal
    );
    if (this.running === control) {
      this.running = null;
    }
  }

  private async ask(signal: AbortSignal): Promise<Check> {
    const { path, cells, metadata } = this.notebook;
    const { ignore } = this.settings();
    const { members } = this.together;
    const whole = (): CheckRequest => ({ ...this.notebook.snapshot(), ...members, ignore });
    const delta = deltaOf(this.known, cells, metadata);
    try {
      return await this.server.check(delta ? { path, ...members, ignore, delta } : whole(), signal);
    } catch (error) {
      if (delta && error instanceof RefusedRequest && error.status === UNKNOWN_REVISION) {
        return this.server.check(whole(), signal);
      }
      throw error;
    }
  }
}
