import { caretDownIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Session } from '../session';
import type { FindingLine } from '../session/finding-lines';
import type { Finding } from '../wire';
import { CellLink } from './cell-link';
import type { PanelHost } from './host';
import { IconButton } from './icon-button';
import { SeverityIcon } from './icons';
import { Message } from './message';
import { severityName } from './severity-name';

interface FindingRowProps {
  line: FindingLine;
  session: Session;
  host: PanelHost;
}

/** One line of findings; opened, it says more and offers what can be done. */
export function FindingRow({ line, session, host }: FindingRowProps): JSX.Element {
  const { trans } = host;
  const { code, severity, findings, text } = line;
  const [first] = findings;
  const notebook = first?.place.notebook ?? '';
  const part = `finding ${notebook} ${code}`;
  // where two notebooks are in conflict, both places are shown
  const isOpen = session.view.isOpen(part, findings.some(isBetweenNotebooks));
  const fixable = findings.filter(finding => finding.fix?.safe);
  const plainText = text.replace(/`/g, '');
  return (
    <li
      className="nbexport-finding"
      data-severity={severity}
      data-code={code}
      data-notebook={notebook}
      data-wraps={isOpen && findings.length === 1}
    >
      <div className="nbexport-row">
        <SeverityIcon severity={severity} label={severityName(severity, trans)} />
        <button
          type="button"
          className="nbexport-link nbexport-line"
          title={plainText}
          onClick={() => first && void session.goTo(first)}
        >
          <Message text={text} />
        </button>
        {findings.length === 1 && first ? (
          <CellLink place={first.place} onJump={() => void session.goTo(first)} trans={trans} />
        ) : (
          <span className="nbexport-place">{trans._n('%1 place', '%1 places', findings.length)}</span>
        )}
        {fixable.length > 0 && (
          <button
            type="button"
            title={fixable[0]?.fix?.message}
            aria-label={trans.__('Fix: %1', plainText)}
            aria-disabled={session.edits.isRunning}
            onClick={() => void fix(session, line, fixable)}
          >
            {trans.__('Fix')}
          </button>
        )}
        {fixable.length === 0 && findings.some(finding => finding.fix) && (
          <button
            type="button"
            aria-label={trans.__('Fix: %1', plainText)}
            aria-expanded={isOpen}
            onClick={() => session.view.setOpen(part, true)}
          >
            {trans.__('Fix…')}
          </button>
        )}
        <IconButton
          icon={caretDownIcon}
          label={trans.__('More about: %1', plainText)}
          isOpen={isOpen}
          onPress={() => session.view.setOpen(part, !isOpen)}
        />
      </div>
      {isOpen && <FindingDetails line={line} session={session} host={host} />}
    </li>
  );
}

function FindingDetails({ line, session, host }: FindingRowProps): JSX.Element {
  const { trans } = host;
  const { code, severity, findings } = line;
  return (
    <div className="nbexport-details">
      <ul className="nbexport-list">
        {findings.map(finding => (
          <li key={finding.key}>
            {findings.length > 1 && (
              <>
                <CellLink place={finding.place} onJump={() => void session.goTo(finding)} trans={trans} />{' '}
              </>
            )}
            {findings.length > 1 && <Message text={finding.message} />}
            <p className="nbexport-quiet">
              <Message text={finding.fix ? finding.fix.message : finding.hint} />
            </p>
            {finding.related.length > 0 && (
              <ul className="nbexport-list" aria-label={trans.__('Related places')}>
                {finding.related.map(({ place, message }) => (
                  <li key={`${place.notebook} ${place.cell} ${place.row} ${message}`}>
                    <CellLink place={place} onJump={() => void session.notebook.jump(place)} trans={trans} />:{' '}
                    <Message text={message} />
                  </li>
                ))}
              </ul>
            )}
            {finding.fix && !finding.fix.safe && (
              <button type="button" onClick={() => void session.edits.fix({ key: finding.key })}>
                {trans.__('Fix (may change results)')}
              </button>
            )}
          </li>
        ))}
      </ul>
      <div className="nbexport-actions">
        <button type="button" onClick={() => host.explainRule(code)}>
          {trans.__('Explain %1', code)}
        </button>
        {severity !== 'error' && (
          <button type="button" onClick={() => host.ignoreRule(code, true)}>
            {trans.__('Ignore this rule')}
          </button>
        )}
      </div>
    </div>
  );
}

/** Whether a finding is about this notebook and about another one. */
function isBetweenNotebooks({ place, related }: Finding): boolean {
  return related.some(other => other.place.notebook !== place.notebook);
}

/** Fix all of a line that can be fixed safely, in one transaction. */
function fix(session: Session, { code }: FindingLine, fixable: readonly Finding[]): Promise<void> {
  const [first, ...others] = fixable;
  return session.edits.fix(first && others.length === 0 ? { key: first.key } : { codes: [code] });
}
