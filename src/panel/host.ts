import type { TranslationBundle } from '@jupyterlab/translation';

import type { Session } from '../session';
import type { Settings } from '../settings';
import type { IExportArea } from '../tokens';
import type { Catalogue } from '../wire';

/** What the panel needs of the application. */
export interface PanelHost {
  /** The catalogue; a request that failed is made again. */
  readonly catalogue: () => Promise<Catalogue>;
  readonly trans: TranslationBundle;
  readonly settings: () => Settings;
  /** The main area, where the application has one for what is large. */
  readonly area: IExportArea | null;
  /** Show the page of a rule. */
  readonly explainRule: (code: string) => void;
  /** Report the findings of a rule no more, or again. */
  readonly ignoreRule: (code: string, isIgnored: boolean) => void;
  readonly openFile: (path: string) => void;
  /** Ask for a folder of the server; null where none was chosen. */
  readonly browse: ((path: string) => Promise<string | null>) | null;
  /** Restart the kernel, run all cells and verify; nothing happens where the person decides against it. */
  readonly restartRunVerify: (session: Session) => Promise<void>;
  /** Show what taking back the last export would do, and do it where the person agrees. */
  readonly takeBack: (session: Session) => Promise<void>;
  /** Save a file where the browser puts downloads. */
  readonly download: (file: Blob, name: string) => void;
}
