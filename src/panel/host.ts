import type { TranslationBundle } from '@jupyterlab/translation';

import type { Server } from '../server';
import type { Settings } from '../settings';
import type { Applied, Catalogue } from '../wire';

/** What the panel needs of the application. */
export interface PanelHost {
  readonly server: Server;
  readonly catalogue: Promise<Catalogue>;
  readonly trans: TranslationBundle;
  readonly settings: () => Settings;
  /** Show the page of a rule. */
  readonly explainRule: (code: string) => void;
  readonly openFile: (path: string) => void;
  readonly notifyExported: (applied: Applied) => void;
  readonly notifyVerified: (isEqual: boolean, lines: readonly string[]) => void;
}
