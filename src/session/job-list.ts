import { RefusedRequest } from '../problem';
import { RestTimer } from '../rest-timer';
import type { JobRequest, Server, ServiceRequest } from '../server';
import type { Answer, Job } from '../wire';
import type { Attempts } from './attempts';

/** How often a running job is asked for. */
export const POLL_MS = 1000;

/** How often a service that answers is asked for, and a server that does not. */
export const SLOW_POLL_MS = 5000;

const NOT_FOUND = 404;

export function isActive(job: Job): boolean {
  return job.state === 'waiting' || job.state === 'running';
}

function byId(jobs: readonly Job[], id: string): Job | undefined {
  return jobs.find(job => job.id === id);
}

/** The jobs of one notebook. They run on the server: this list only follows them. */
export class JobList {
  /** Newest first. */
  jobs: readonly Job[] = [];
  /** The last answer of each service, by the id of its job. */
  readonly answers = new Map<string, Answer>();
  private path = '';
  private disposed = false;
  private readonly timer = new RestTimer(() => void this.poll(), POLL_MS);

  constructor(
    private readonly server: Pick<Server, 'jobs' | 'job' | 'startJob' | 'cancelJob' | 'ask'>,
    private readonly attempts: Attempts,
    private readonly ended: (job: Job) => void
  ) {}

  get active(): readonly Job[] {
    return this.jobs.filter(isActive);
  }

  dispose(): void {
    this.disposed = true;
    this.timer.cancel();
  }

  /**
   * Ask for the jobs of a notebook, those that began before this page was opened included. Gives whether the server told
   * them.
   */
  async load(path: string): Promise<boolean> {
    this.path = path;
    const work = async () => {
      const before = this.jobs;
      const told = await this.server.jobs(path);
      const begunMeanwhile = this.jobs.filter(job => !byId(before, job.id) && !byId(told, job.id));
      const ended = told.filter(job => !isActive(job) && byId(this.active, job.id));
      this.jobs = [...begunMeanwhile, ...told];
      ended.forEach(this.ended);
    };
    const isTold = await this.attempts.run('jobs', work, () => void this.load(path));
    this.continue();
    return isTold;
  }

  /** Begin a job. Gives whether the server took it. */
  start(request: () => Promise<JobRequest>, onBegun: (job: Job) => void): Promise<boolean> {
    const work = async () => {
      const job = await this.server.startJob(await request());
      this.jobs = [job, ...this.jobs.filter(({ id }) => id !== job.id)];
      onBegun(job);
      if (!isActive(job)) {
        // it was quick
        this.ended(job);
      }
      this.continue();
    };
    return this.attempts.run('job', work, () => void this.start(request, onBegun));
  }

  async cancel(id: string): Promise<void> {
    const work = async () => this.update(await this.server.cancelJob(id));
    await this.attempts.run('job', work, () => void this.cancel(id));
  }

  async ask(id: string, request: ServiceRequest): Promise<void> {
    const work = async () => void this.answers.set(id, await this.server.ask(id, request));
    await this.attempts.run('ask', work, () => void this.ask(id, request));
  }

  private async poll(): Promise<void> {
    const work = async () => {
      for (const job of this.active) {
        const now = await this.ofServer(job.id);
        if (now) {
          this.update(now);
        } else {
          this.jobs = await this.server.jobs(this.path);
        }
      }
    };
    this.continue(await this.attempts.run('jobs', work, () => void this.poll()));
  }

  /** A job as it is now; null where a server that was started again knows it no more. */
  private async ofServer(id: string): Promise<Job | null> {
    try {
      return await this.server.job(id);
    } catch (error) {
      if (error instanceof RefusedRequest && error.status === NOT_FOUND) {
        return null;
      }
      throw error;
    }
  }

  private update(job: Job): void {
    const known = byId(this.jobs, job.id);
    this.jobs = this.jobs.map(other => (other.id === job.id ? job : other));
    if (known && isActive(known) && !isActive(job)) {
      this.ended(job);
    }
  }

  private continue(isReached = true): void {
    if (!this.disposed && this.active.length > 0) {
      const isQuick = isReached && this.active.some(job => !job.ready);
      this.timer.restart(isQuick ? POLL_MS : SLOW_POLL_MS);
    }
  }
}
