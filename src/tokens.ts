import { Token } from '@lumino/coreutils';

import type { OpenSessions } from './open-sessions';
import type { Server } from './server';
import type { Settings } from './settings';
import type { Catalogue } from './wire';

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

/** The side panel. */
export interface IExportPanel {
  /** Bring the panel to the front, with the notebook that is in front. */
  readonly reveal: () => void;
}

export const IExportPanel = new Token<IExportPanel>('nbexport:IExportPanel', 'The side panel.');
