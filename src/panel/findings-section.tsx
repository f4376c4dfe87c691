import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { groupByCell } from '../findings';
import type { Finding, Place } from '../wire';
import { Message } from './message';

interface FindingActions {
  onJump: (place: Place) => void;
  onFix: (finding: Finding) => void;
  onExplain: (code: string) => void;
}

interface FindingsSectionProps extends FindingActions {
  findings: readonly Finding[];
  trans: TranslationBundle;
}

/** The findings, cell by cell. */
export function FindingsSection({ findings, trans, ...actions }: FindingsSectionProps): JSX.Element {
  return (
    <section aria-labelledby="nbexport-findings">
      <h3 id="nbexport-findings">{trans.__('Findings (%1)', findings.length)}</h3>
      {findings.length === 0 && <p>{trans.__('Nothing stands in the way, and nothing is hidden.')}</p>}
      {groupByCell(findings).map(group => (
        <div key={group.cell} className="nbexport-cell">
          <h4>{group.cell < 0 ? trans.__('Notebook') : trans.__('Cell %1', group.cell + 1)}</h4>
          {group.findings.map(finding => (
            <FindingItem key={finding.key} finding={finding} trans={trans} {...actions} />
          ))}
        </div>
      ))}
    </section>
  );
}

interface FindingItemProps extends FindingActions {
  finding: Finding;
  trans: TranslationBundle;
}

function FindingItem({ finding, onJump, onFix, onExplain, trans }: FindingItemProps): JSX.Element {
  return (
    <div className="nbexport-finding" data-severity={finding.severity}>
      <button
        type="button"
        className="nbexport-link"
        onClick={() => onJump(finding.place)}
        title={trans.__('Go to the line')}
      >
        <Message text={finding.message} />
      </button>
      <p>
        <Message text={finding.hint} />
      </p>
      <div className="nbexport-actions">
        <button type="button" onClick={() => onExplain(finding.code)}>
          {trans.__('%1: why?', finding.code)}
        </button>
        {finding.fix && (
          <button type="button" onClick={() => onFix(finding)} title={finding.fix.message}>
            {finding.fix.safe ? trans.__('Fix') : trans.__('Fix (may change results)')}
          </button>
        )}
      </div>
    </div>
  );
}
