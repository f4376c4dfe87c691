import * as React from 'react';

import type { Session } from '../session';
import { isActive } from '../session/job-list';
import type { PanelHost } from './host';
import { JobItem } from './job-item';
import { showReadme } from './perform';
import { Section } from './section';
import { ServiceArea } from './service-area';

interface RunsSectionProps {
  session: Session;
  host: PanelHost;
}

/** What runs on the server and what has run: verify, tests, service, exports. */
export function RunsSection({ session, host }: RunsSectionProps): JSX.Element {
  const { trans } = host;
  const { jobs, view, exporting } = session;
  const service = jobs.find(job => job.kind === 'serve' && isActive(job) && job.ready);
  const isProjectThere = exporting.isProjectThere(jobs);
  const isBusy = jobs.some(job => isActive(job) && !job.ready);
  // the name of each is the next step that would offer it: what that offers is not offered twice
  const offered: [string, string, () => Promise<void> | void][] = [
    ['verify', trans.__('Verify'), () => session.startJob('verify')],
    ['restart', trans.__('Restart, run all, verify'), () => host.restartRunVerify(session)]
  ];
  if (isProjectThere) {
    offered.push(['test', trans.__('Run tests'), () => session.startJob('test')]);
    if (exporting.level > 1 && !service) {
      offered.push(['serve', trans.__('Start service'), () => session.startJob('serve')]);
    }
    offered.push(['done', trans.__('Open README'), () => showReadme(session, host)]);
    offered.push(['undo', trans.__('Take the last export back'), () => host.takeBack(session)]);
  }
  return (
    <Section part="runs" title={trans.__('Verify and run')} view={view}>
      <div className="nbexport-actions">
        {offered
          .filter(([kind]) => kind !== session.nextStep.kind)
          .map(([kind, label, action]) => (
            <button key={kind} type="button" aria-disabled={isBusy} onClick={() => !isBusy && void action()}>
              {label}
            </button>
          ))}
      </div>
      {service && <ServiceArea key={service.id} job={service} session={session} trans={trans} />}
      {jobs.length === 0 ? (
        <p className="nbexport-quiet">{trans.__('Verify runs notebook and project, and compares.')}</p>
      ) : (
        <ul className="nbexport-list" aria-label={trans.__('History')}>
          {jobs.map(job => (
            <JobItem key={job.id} job={job} session={session} host={host} />
          ))}
        </ul>
      )}
    </Section>
  );
}
