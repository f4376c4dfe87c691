import type { NotebookPanel } from '@jupyterlab/notebook';
import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';

import type { OpenSessions } from './open-sessions';
import type { Server } from './server';
import type { Session } from './session';
import type { Settings } from './settings';
import type { Catalogue, Job } from './wire';

/** What all plugins share: the server, what it offers, and the sessions of the open notebooks. */
export interface IExportContext {
  readonly server: Server;
  readonly catalogue: Promise<Catalogue>;
  readonly sessions: OpenSessions;
  /** The settings as they are now. */
  readonly settings: () => Settings;
}

export const IExportContext = new Token<IExportContext>(
  'nbexport:IExportContext',
  'The server, its catalogue and the sessions of the open notebooks.'
);

/** The pages that explain rules. */
export interface IRulePages {
  /** Open the page of a rule, or bring it to the front. */
  readonly open: (code: string) => Promise<void>;
}

export const IRulePages = new Token<IRulePages>('nbexport:IRulePages', 'The pages that explain rules.');

/** What is large and stands in the main area. */
export interface IExportArea {
  /** Show the files of the session's plan. */
  readonly showPlan: (session: Session) => void;
  /** Show what a verification found. */
  readonly showVerdict: (session: Session, job: Job) => void;
  /** Show the README of the exported project. */
  readonly showReadme: (session: Session) => void;
}

export const IExportArea = new Token<IExportArea>(
  'nbexport:IExportArea',
  'Plans, verdicts and READMEs in the main area.'
);

/** The side panel. */
export interface IExportPanel {
  /** Whether what is in front is a notebook, as such or as text. */
  readonly isUseful: () => boolean;
  /** Bring the panel to the front, with the notebook that is in front. */
  readonly reveal: () => void;
  /** Do what the panel says is next. */
  readonly performNextStep: (session: Session) => Promise<void>;
  /** Restart the kernel, run all cells and verify. */
  readonly restartRunVerify: (session: Session) => Promise<void>;
  /** Take the last export back, where the person agrees. */
  readonly takeBack: (session: Session) => Promise<void>;
}

export const IExportPanel = new Token<IExportPanel>('nbexport:IExportPanel', 'The side panel.');

/** A name in the kernel that is no longer what the notebook says. `cellId` is the cell that binds it there, if any. */
export interface LostName {
  readonly name: string;
  readonly reason: 'changed' | 'deleted' | 'never run';
  readonly cellId: string | null;
}

/** What the kernel of a notebook holds that the notebook no longer says. */
export interface KernelState {
  readonly changed: ISignal<unknown, void>;
  /** The ids of the stale cells, in the order of the notebook. */
  readonly staleCells: readonly string[];
  readonly lostNames: readonly LostName[];
  /** Run the stale cells, and the cells above them whose names have been rebound since. */
  runStale(): Promise<void>;
}

/** What is stale in the kernels of the open notebooks. */
export interface IKernelState {
  /** The state of a notebook's kernel; null while the notebook is loading. */
  readonly stateOf: (panel: NotebookPanel) => KernelState | null;
}

export const IKernelState = new Token<IKernelState>('nbexport:IKernelState', 'What is stale in the kernels.');
