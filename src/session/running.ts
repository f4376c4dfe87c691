import type { JobRequest, Server } from '../server';
import type { Job } from '../wire';
import type { Attempts } from './attempts';
import { wireChoices } from './choices';
import type { NotebookDocument } from './document';
import type { Exporting } from './exporting';
import { JobList } from './job-list';

/** The jobs of a notebook: what each that began here was about, and what its end says of the project. */
export class Running {
  readonly list: JobList;
  /** What was exported or verified by the jobs that began here, by their ids. */
  private readonly keys = new Map<string, string>();

  constructor(
    private readonly notebook: NotebookDocument,
    private readonly exporting: Exporting,
    server: ConstructorParameters<typeof JobList>[0] & Pick<Server, 'startJob'>,
    attempts: Attempts,
    private readonly ended: (job: Job) => void
  ) {
    this.list = new JobList(server, attempts, job => this.onEnded(job));
  }

  /** Save where that can be done, and begin a job; a verification also runs the workflows of the project if asked to. */
  async start(kind: Job['kind'], isRehearsing: boolean): Promise<void> {
    const { exporting, notebook } = this;
    const request = async (): Promise<JobRequest> => {
      if (notebook.isWritable) {
        await notebook.save();
      }
      const all = { ...exporting.requestFor(kind, isRehearsing), kind };
      const digest = exporting.plan?.digest;
      return kind === 'export' && digest !== undefined ? { ...all, digest, ...wireChoices(exporting.choices) } : all;
    };
    const isBegun = await this.list.start(request, job => void this.keys.set(job.id, exporting.key));
    if (isBegun) {
      notebook.announce();
    } else if (kind === 'export') {
      exporting.outdatePlan();
    }
  }

  /** The jobs of the notebook under the name that it has now: one that was renamed has them all, a copy has none. */
  async load(): Promise<void> {
    if (await this.list.load(this.notebook.path)) {
      this.exporting.keepOutputOf(this.list.jobs);
    }
  }

  /** Whether a job was about notebook and project as they are now. */
  isAboutPresent(job: Job): boolean {
    const { savedAt, path } = this.notebook;
    const key = this.keys.get(job.id);
    const { key: presentKey, level, output } = this.exporting;
    if (key !== undefined) {
      return key === presentKey;
    }
    // it began in another page: the notebook has not been saved since, and is not changed here
    const isSame = job.notebook === path && job.folder === output && (job.kind === 'verify' || job.level === level);
    return isSame && savedAt !== null && savedAt <= Date.parse(job.begun);
  }

  private onEnded(job: Job): void {
    const { exporting } = this;
    const key = this.keys.get(job.id);
    if (job.kind === 'export') {
      if (key === undefined) {
        void exporting.previewAgain();
      } else if (job.state === 'done') {
        exporting.written(key);
      } else {
        exporting.outdatePlan();
      }
    }
    this.ended(job);
  }
}
