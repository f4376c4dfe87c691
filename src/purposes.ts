import type { TranslationBundle } from '@jupyterlab/translation';

import type { File } from './wire';

export type Purpose = File['purpose'];

/** In the order in which files are shown. */
export const PURPOSES: readonly Purpose[] = [
  'code',
  'service',
  'pipeline',
  'platform',
  'tests',
  'deployment',
  'documentation',
  'settings',
  'runtime',
  'data'
];

/** What a group of files is for, in a word. */
export function purposeWord(purpose: Purpose, trans: TranslationBundle): string {
  const words: Record<Purpose, string> = {
    code: trans.__('Code'),
    service: trans.__('Service'),
    pipeline: trans.__('Pipeline'),
    platform: trans.__('Platform'),
    tests: trans.__('Tests'),
    deployment: trans.__('Deployment'),
    documentation: trans.__('Documentation'),
    settings: trans.__('Settings'),
    runtime: trans.__('Runtime'),
    data: trans.__('Data')
  };
  return words[purpose];
}
