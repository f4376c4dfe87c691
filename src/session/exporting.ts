import { outputFor } from '../output-folder';
import { RefusedRequest } from '../problem';
import type { Ci, PlanRequest, Server } from '../server';
import type { Settings } from '../settings';
import type { Job, Plan, Undo } from '../wire';
import type { Attempts } from './attempts';
import { carriedChoices, type FileChoice, type FileChoices } from './choices';
import type { NotebookDocument } from './document';
import type { Together } from './together';

/** The status with which a server answers that its contents are not files. */
const NO_FILES = 501;

/** From the level above it on, a verification can run the workflows of the project, which takes minutes. */
const LEVEL_WITHOUT_WORKFLOWS = 2;

/** An export that was taken back, and the folder of its project. */
export interface TakenBack {
  readonly output: string;
  readonly undo: Undo;
}

/** What a notebook is exported as: the level, the folder and the choices, which hold until somebody changes them. */
export class Exporting {
  plan: Plan | null = null;
  choices: FileChoices = {};
  isPlanning = false;
  /** Whether the server answered that it can write no files: then the project comes as an archive. */
  hasNoFiles = false;
  /** What was taken back last, and of which folder, until somebody has read it or something is exported. */
  takenBack: TakenBack | null = null;
  /** What the plan was made for, and what was written last. */
  private planKey = '';
  private writtenKey = '';
  private running: AbortController | null = null;
  private chosenLevel: number | null = null;
  private chosenOutput: string | null = null;
  /** The folder of the last export of this notebook. */
  private keptOutput: string | null = null;
  private chosenCi: Ci | null = null;
  private chosenStrict: boolean | null = null;

  constructor(
    private readonly notebook: NotebookDocument,
    private readonly together: Together,
    private readonly server: Pick<Server, 'plan' | 'archive'>,
    private readonly settings: () => Settings,
    private readonly attempts: Attempts,
    private readonly changed: () => void
  ) {}

  get level(): number {
    return this.chosenLevel ?? this.settings().level;
  }

  /** The folder; a project of several notebooks has the name of the last one. */
  get output(): string {
    const { isSeveral, known, notebooks } = this.together;
    const kept = isSeveral ? known?.project || null : this.keptOutput;
    return this.chosenOutput ?? kept ?? outputFor(notebooks[notebooks.length - 1] ?? '', this.settings().output);
  }

  get ci(): Ci {
    return this.chosenCi ?? this.settings().ci;
  }

  get strict(): boolean {
    return this.chosenStrict ?? this.settings().strict;
  }

  /** What is exported, in one text: notebooks, level, folder and CI. */
  get key(): string {
    return JSON.stringify([this.level, this.output, this.ci, this.notebook.sourceKey, this.together.key]);
  }

  get request(): PlanRequest {
    const { level, output, ci, strict } = this;
    return { ...this.notebook.snapshot(), ...this.together.members, level, output, ci, strict };
  }

  /** What a job is asked with: a verification runs workflows only if asked to. */
  requestFor(kind: Job['kind'], isRehearsing: boolean): PlanRequest {
    const { request, level } = this;
    return kind === 'verify' && !isRehearsing
      ? { ...request, level: Math.min(level, LEVEL_WITHOUT_WORKFLOWS) }
      : request;
  }

  /** Whether the plan says what would be written now. */
  get isPlanCurrent(): boolean {
    return this.plan !== null && this.planKey === this.key;
  }

  /** Whether the folder holds what would be written now. */
  get isWritten(): boolean {
    return this.writtenKey !== '' && this.writtenKey === this.key;
  }

  /** Whether the folder holds a project, as far as its last preview, the exports and what was taken back tell. */
  isProjectThere(jobs: readonly Job[]): boolean {
    const { output, plan, takenBack } = this;
    if (this.isWritten) {
      return true;
    }
    if (takenBack?.output === output) {
      return takenBack.undo.left > 0;
    }
    if (plan?.folder === output && plan.refused.length === 0) {
      return plan.files.some(file => file.action !== 'create');
    }
    return jobs.some(job => job.kind === 'export' && job.state === 'done' && job.folder === output);
  }

  setLevel(level: number): void {
    this.chosenLevel = level;
    this.changed();
  }

  setOutput(output: string): void {
    this.chosenOutput = output;
    this.changed();
  }

  /** Keep the folder of the last export, unless another was chosen: a renamed notebook stays with its project. */
  keepOutputOf(jobs: readonly Job[]): void {
    this.keptOutput = jobs.find(job => job.kind === 'export' && job.state === 'done')?.folder ?? null;
  }

  setCi(ci: Ci): void {
    this.chosenCi = ci;
    this.changed();
  }

  setStrict(isStrict: boolean): void {
    this.chosenStrict = isStrict;
    this.changed();
  }

  choose(path: string, choice: FileChoice | null): void {
    const { [path]: _, ...others } = this.choices;
    this.choices = choice === null ? others : { ...others, [path]: choice };
    this.changed();
  }

  /** Ask what would be written. */
  async preview(): Promise<void> {
    this.running?.abort();
    const control = new AbortController();
    this.running = control;
    this.isPlanning = true;
    this.changed();
    const work = async () => {
      await this.together.refresh(this.output);
      control.signal.throwIfAborted();
      const key = this.key;
      const plan = await this.server.plan(this.request, control.signal);
      if (!control.signal.aborted) {
        this.choices = this.plan ? carriedChoices(this.choices, this.plan, plan) : {};
        this.plan = plan;
        this.planKey = key;
        const isSame = plan.refused.length === 0 && plan.files.every(file => file.action === 'same');
        this.writtenKey = isSame ? key : '';
        this.hasNoFiles = false;
      }
    };
    const again = () => void this.preview();
    await this.attempts.run('plan', () => this.orWithoutFiles(work), again, control.signal);
    if (this.running === control) {
      this.running = null;
      this.isPlanning = false;
      this.changed();
    }
  }

  cancelPreview(): void {
    this.running?.abort();
    this.running = null;
    this.isPlanning = false;
    this.changed();
  }

  /** Notebook or project are no longer what was previewed, as the server says. */
  outdatePlan(): void {
    this.planKey = '';
    this.changed();
  }

  /** Somebody else may have changed the folder: what was said of it holds no longer, and is asked again. */
  async previewAgain(): Promise<void> {
    const isTold = this.isPlanning || this.isPlanCurrent || this.isWritten;
    this.takenBack = null;
    this.writtenKey = '';
    this.outdatePlan();
    if (isTold) {
      await this.preview();
    }
  }

  /** The last export to the folder was taken back. */
  tookBack(output: string, undo: Undo): void {
    this.takenBack = { output, undo };
    this.writtenKey = '';
    this.outdatePlan();
    this.notebook.announce();
  }

  /** What was taken back has been read. */
  dismissTakenBack(): void {
    this.takenBack = null;
    this.changed();
  }

  /** The folder holds what was exported under this key. */
  written(key: string): void {
    // what was asked before it was written says nothing of it
    this.running?.abort();
    this.writtenKey = key;
    this.takenBack = null;
    this.keptOutput = this.output;
    this.plan = null;
    this.choices = {};
    this.changed();
    // the project now says which notebooks it is made of
    void this.together.load(this.output);
  }

  /** Save the project as a zip archive. */
  async archive(save: (archive: Blob) => void): Promise<void> {
    const work = async () => {
      const { path, content, level, ci } = this.request;
      save(await this.server.archive({ path, content, level, ci }));
    };
    await this.attempts.run('archive', work, () => void this.archive(save));
  }

  private async orWithoutFiles(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof RefusedRequest && error.status === NO_FILES) {
        this.hasNoFiles = true;
        return;
      }
      throw error;
    }
  }
}
