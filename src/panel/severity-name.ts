import type { TranslationBundle } from '@jupyterlab/translation';

import type { Finding } from '../wire';

/** A severity in a word. */
export function severityName(severity: Finding['severity'], trans: TranslationBundle): string {
  const names: Record<Finding['severity'], string> = {
    error: trans.__('error'),
    warning: trans.__('warning'),
    advice: trans.__('advice')
  };
  return names[severity];
}
