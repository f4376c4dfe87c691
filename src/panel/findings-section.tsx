import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Session } from '../session';
import { findingLines, severityCounts } from '../session/finding-lines';
import type { Finding, Rule } from '../wire';
import { FindingRow } from './finding-row';
import type { PanelHost } from './host';
import { SeverityIcon } from './icons';
import { NotebookLink, nameOf } from './notebook-link';
import { Section } from './section';
import { severityName } from './severity-name';

interface FindingsSectionProps {
  session: Session;
  rules: readonly Rule[];
  host: PanelHost;
}

/** The findings, one line for each rule, the worst first. */
export function FindingsSection({ session, rules, host }: FindingsSectionProps): JSX.Element {
  const { trans } = host;
  const { view, findings, elsewhere, edits } = session;
  const isShown = ({ severity }: Finding) => !view.hiddenSeverities.includes(severity);
  const all = [...findings, ...elsewhere];
  const notebooks = [...new Set(elsewhere.map(({ place }) => place.notebook))];
  const fixable = findings.filter(finding => finding.fix?.safe).length;
  const { ignore } = host.settings();
  return (
    <Section part="findings" title={trans.__('Findings')} summary={all.length} view={view}>
      {findings.length === 0 && <p className="nbexport-quiet">{nothingFound(session, trans)}</p>}
      {all.length > 0 && (
        <div className="nbexport-actions">
          {severityCounts(all).map(({ severity, count }) => (
            <button
              key={severity}
              type="button"
              className="nbexport-filter"
              aria-pressed={!view.hiddenSeverities.includes(severity)}
              title={trans.__('Show or hide')}
              onClick={() => view.toggleSeverity(severity)}
            >
              <SeverityIcon severity={severity} label={severityName(severity, trans)} />
              {count}
            </button>
          ))}
          {fixable > 1 && (
            <button type="button" aria-disabled={edits.isRunning} onClick={() => void edits.fix({ all: true })}>
              {trans.__('Fix all (%1)', fixable)}
            </button>
          )}
        </div>
      )}
      <ul className="nbexport-list" aria-label={trans.__('Findings')}>
        {findingLines(findings.filter(isShown), rules).map(line => (
          <FindingRow key={`${line.severity} ${line.code}`} line={line} session={session} host={host} />
        ))}
      </ul>
      {notebooks.map(notebook => (
        <React.Fragment key={notebook}>
          <h4>
            {trans.__('In')} <NotebookLink path={notebook} host={host} />
          </h4>
          <ul className="nbexport-list" aria-label={trans.__('Findings in %1', nameOf(notebook))}>
            {findingLines(
              elsewhere.filter(finding => finding.place.notebook === notebook && isShown(finding)),
              rules
            ).map(line => (
              <FindingRow key={`${line.severity} ${line.code}`} line={line} session={session} host={host} />
            ))}
          </ul>
        </React.Fragment>
      ))}
      {ignore.length > 0 && (
        <p className="nbexport-quiet">
          {trans.__('Ignored:')}{' '}
          {ignore.map(code => (
            <button
              key={code}
              type="button"
              className="nbexport-link"
              title={trans.__('Report %1 again', code)}
              onClick={() => host.ignoreRule(code, false)}
            >
              {code}
            </button>
          ))}
        </p>
      )}
    </Section>
  );
}

function nothingFound({ check, isCheckCurrent }: Session, trans: TranslationBundle): string {
  if (!check || check.unread) {
    return trans.__('Not checked.');
  }
  return isCheckCurrent ? trans.__('Nothing is hidden in this notebook.') : trans.__('Nothing before the last change.');
}
