import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

import { RestTimer } from './rest-timer';
import type { Server } from './server';
import { Attempts, type Trouble } from './session/attempts';
import { Checking } from './session/checking';
import type { FileChoice, FileChoices } from './session/choices';
import type { NotebookDocument } from './session/document';
import { Edits } from './session/edits';
import { Exporting } from './session/exporting';
import { findingAfter } from './session/finding-lines';
import type { JobList } from './session/job-list';
import { LITERAL_IN_STAGE, type NextStep, nextStep, toldFindings, withoutRolesToCome } from './session/next-step';
import { Proposing } from './session/proposing';
import { Running } from './session/running';
import { type Neighbour, Together } from './session/together';
import { ViewState } from './session/view-state';
import type { Settings } from './settings';
import type { Check, Finding, Job, Plan, Proposal, Suggestion } from './wire';

/** How long the keyboard rests before an unsaved notebook is checked. */
export const CHECK_REST_MS = 400;

/** One open notebook: all that is known of it and chosen for it. The panel only shows it, and may come and go. */
export class Session implements IDisposable {
  readonly changed = new Signal<this, void>(this);
  readonly jobEnded = new Signal<this, Job>(this);
  readonly together: Together;
  readonly checking: Checking;
  readonly proposing: Proposing;
  readonly edits: Edits;
  readonly exporting: Exporting;
  readonly running: Running;
  readonly jobList: JobList;
  readonly view = new ViewState(() => this.emitChanged());
  private readonly attempts = new Attempts(() => this.emitChanged());
  private readonly restTimer = new RestTimer(() => void this.onRest(), CHECK_REST_MS);
  private isOpen = false;
  private isCheckDue = true;
  private disposed = false;

  constructor(
    readonly notebook: NotebookDocument,
    server: Omit<Server, 'catalogue' | 'lastExport' | 'undo'>,
    private readonly settings: () => Settings,
    neighbour: Neighbour = () => null
  ) {
    const changed = () => this.emitChanged();
    const regrouped = () => void this.onRegrouped();
    this.together = new Together(notebook, server, neighbour, this.attempts, regrouped);
    this.checking = new Checking(notebook, this.together, server, settings, this.attempts);
    this.proposing = new Proposing(notebook, server, this.attempts, changed);
    this.edits = new Edits(notebook, server, this.attempts, () => void this.checkNow());
    this.exporting = new Exporting(notebook, this.together, server, settings, this.attempts, changed);
    this.running = new Running(notebook, this.exporting, server, this.attempts, job => this.jobEnded.emit(job));
    this.jobList = this.running.list;
    void notebook.ready.then(() => (this.disposed ? undefined : this.open()));
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  get check(): Check | null {
    return this.checking.check;
  }

  /** The sources of the cells that `check` is about, all of them, in order. */
  get checkedSources(): readonly string[] {
    return this.checking.checkedSources;
  }

  get suggestion(): Suggestion | null {
    return this.proposing.suggestion;
  }

  get trouble(): Trouble | null {
    return this.attempts.trouble;
  }

  /** What would be written, as it was previewed last; `exporting.isPlanCurrent` says whether it still holds. */
  get plan(): Plan | null {
    return this.exporting.plan;
  }

  /** What becomes of the files of the plan, by path. */
  get choices(): FileChoices {
    return this.exporting.choices;
  }

  /** The jobs of this notebook, newest first. */
  get jobs(): readonly Job[] {
    return this.jobList.jobs;
  }

  /** Whether the check says what the notebook is now. */
  get isCheckCurrent(): boolean {
    return this.check !== null && this.checking.checkedKey === this.notebook.sourceKey;
  }

  /** The findings that are told one by one. */
  get findings(): Finding[] {
    return withoutRolesToCome(toldFindings(this.check?.findings ?? []), this.nextStep);
  }

  /** The findings in the other notebooks that become one project with this one. */
  get elsewhere(): Finding[] {
    return withoutRolesToCome(toldFindings(this.check?.elsewhere ?? []), this.nextStep);
  }

  /** The numbers in stages that could be options. */
  get literals(): Finding[] {
    return this.check?.findings.filter(finding => finding.code === LITERAL_IN_STAGE) ?? [];
  }

  get nextStep(): NextStep {
    const { exporting, proposing, jobList } = this;
    return nextStep({
      check: this.check,
      isCheckCurrent: this.isCheckCurrent,
      checkAsYouType: this.settings().checkAsYouType,
      level: exporting.level,
      openProposals: proposing.suggestion && proposing.open.length,
      plan: exporting.plan,
      isPlanCurrent: exporting.isPlanCurrent,
      choices: exporting.choices,
      hasNoFiles: exporting.hasNoFiles,
      isWritten: exporting.isWritten,
      jobs: this.jobs,
      isAboutPresent: job => this.running.isAboutPresent(job),
      hasAnswered: job => jobList.answers.has(job.id)
    });
  }

  dispose(): void {
    this.disposed = true;
    this.restTimer.cancel();
    this.checking.abort();
    this.jobList.dispose();
    Signal.clearData(this);
  }

  dismissTrouble(): void {
    this.attempts.dismiss();
  }

  /** Decide what becomes of a file; null takes a choice back. */
  choose(path: string, choice: FileChoice | null): void {
    this.exporting.choose(path, choice);
  }

  /** Check the notebook as it is in the browser. */
  async checkNow(): Promise<void> {
    this.restTimer.cancel();
    this.isCheckDue = false;
    await this.checking.run();
  }

  /** One of its views is shown again: what was put off while none was is made up for. */
  resume(): void {
    if (this.isOpen && this.isCheckDue && this.notebook.isVisible) {
      void this.checkNow();
    }
  }

  /** Give cells the roles that are proposed for them. */
  async accept(proposals: readonly Proposal[]): Promise<void> {
    this.notebook.addTags(proposals);
    this.emitChanged();
    await this.checkNow();
  }

  /** Go to the finding after the one that was gone to last. */
  async goToNextFinding(): Promise<void> {
    const finding = findingAfter([...this.findings, ...this.elsewhere], this.view.reachedFinding);
    if (finding) {
      await this.goTo(finding);
    }
  }

  async goTo(finding: Finding): Promise<void> {
    this.view.reachedFinding = finding.key;
    await this.notebook.jump(finding.place);
  }

  /** Save where that can be done, and begin a job; a verification also runs the workflows of the project if asked to. */
  async startJob(kind: Job['kind'], isRehearsing = false): Promise<void> {
    await this.running.start(kind, isRehearsing);
    this.emitChanged();
  }

  /** Another notebook was saved: if it goes with this one, the check is of something else. */
  onSaved(path: string): void {
    if (this.together.others.includes(path)) {
      this.onRegrouped();
    }
  }

  private async open(): Promise<void> {
    this.notebook.contentChanged.connect(() => this.restTimer.restart(), this);
    this.notebook.pathChanged.connect(this.onRenamed, this);
    this.notebook.othersActed.connect(() => void this.loadJobs().then(() => this.exporting.previewAgain()), this);
    this.notebook.disposed.connect(this.dispose, this);
    void this.loadJobs();
    // what goes with the notebook decides what is checked
    await this.together.load(this.exporting.output);
    this.isOpen = true;
    await this.onRest();
  }

  private onRenamed(): void {
    this.together.renamed();
    void this.loadJobs();
    void this.together.load(this.exporting.output);
  }

  /** Other notebooks go with this one, or hold something else. */
  private onRegrouped(): void {
    this.isCheckDue = true;
    this.emitChanged();
    this.resume();
  }

  private async loadJobs(): Promise<void> {
    this.emitChanged();
    await this.running.load();
    this.emitChanged();
  }

  private async onRest(): Promise<void> {
    this.isCheckDue = this.isCheckDue || this.settings().checkAsYouType;
    if (this.disposed) {
      return;
    }
    if (this.isCheckDue && this.notebook.isVisible) {
      await this.checkNow();
    } else {
      this.emitChanged();
    }
  }

  private emitChanged(): void {
    if (!this.disposed) {
      this.changed.emit();
    }
  }
}
