import type { TranslationBundle } from '@jupyterlab/translation';

import type { NextStep } from '../session/next-step';
import type { Job } from '../wire';

/** The next step in words: what to do, why, and the label of the button that does it (empty where none can). */
export interface StepText {
  title: string;
  detail: string;
  action: string;
}

type Kind = NextStep['kind'];
type Step<K extends Kind> = Extract<NextStep, { kind: K }>;
type Texts = { [K in Kind]: (step: Step<K>, trans: TranslationBundle) => StepText };

const TEXTS: Texts = {
  wait: (_, trans) => ({ title: trans.__('Checking…'), detail: '', action: '' }),
  check: (_, trans) => ({
    title: trans.__('Check the notebook'),
    detail: trans.__('It has changed since the last check.'),
    action: trans.__('Check')
  }),
  unread: ({ why }, trans) => ({ title: trans.__('This notebook cannot be checked'), detail: why, action: '' }),
  propose: ({ missing }, trans) => ({
    title: trans.__('Give cells a role'),
    detail: trans.__('A role says what becomes of a cell. Missing: %1.', missing.join(', ')),
    action: trans.__('Propose roles')
  }),
  accept: ({ count, missing }, trans) => ({
    title: trans._n('Give %1 cell a role', 'Give %1 cells a role', count),
    detail: trans.__('Missing: %1.', missing.join(', ')),
    action: trans.__('Accept all')
  }),
  insert: ({ what }, trans) =>
    what === 'metrics'
      ? {
          title: trans.__('Write metrics'),
          detail: trans.__('A cell with the role evaluate collects the figures of the model in a dict.'),
          action: trans.__('Insert metrics cell')
        }
      : {
          title: trans.__('Write predict'),
          detail: trans.__('A service answers with a function predict, which takes one request.'),
          action: trans.__('Insert predict cell')
        },
  tag: ({ missing }, trans) => ({
    title: trans._n('Give a cell the role %2', 'Give cells the roles %2', missing.length, missing.join(', ')),
    detail: trans.__('No cell could be proposed. Choose the role in the toolbar of the cell.'),
    action: ''
  }),
  resolve: ({ count }, trans) => ({
    title: trans._n('Resolve %1 error', 'Resolve %1 errors', count),
    detail: trans._n(
      'It would change what the project computes.',
      'Each would change what the project computes.',
      count
    ),
    action: trans.__('Go to the next')
  }),
  lacks: ({ needs }, trans) => ({
    title: trans.__('This level needs more'),
    detail: needs.join('\n'),
    action: ''
  }),
  archive: (_, trans) => ({
    title: trans.__('Download the project'),
    detail: trans.__('Notebooks of this server are not files, so the project comes as an archive.'),
    action: trans.__('Download as zip')
  }),
  preview: (_, trans) => ({
    title: trans.__('Preview the export'),
    detail: trans.__('Shows every file that would be written. Writes nothing.'),
    action: trans.__('Preview')
  }),
  refused: ({ finding }, trans) => ({
    title: trans.__('This cannot be exported yet'),
    detail: finding.message,
    action: finding.place.cell < 0 ? '' : trans.__('Go to the cell')
  }),
  settle: ({ count }, trans) => ({
    title: trans._n('Settle %1 conflict', 'Settle %1 conflicts', count),
    detail: trans.__('You and the notebook changed the same lines.'),
    action: trans.__('Compare')
  }),
  'nothing-chosen': (_, trans) => ({
    title: trans.__('Choose a file to write'),
    detail: trans.__('All that would change is left out.'),
    action: trans.__('Show the files')
  }),
  export: ({ created, changed }, trans) => ({
    title: trans._n('Export %1 file', 'Export %1 files', created + changed),
    detail: trans.__('%1 new, %2 changed.', created, changed),
    action: trans.__('Export')
  }),
  running: ({ job }, trans) => ({ title: jobTitle(job, trans), detail: '', action: '' }),
  verify: (_, trans) => ({
    title: trans.__('Verify the project'),
    detail: trans.__('The project is up to date. Verify runs notebook and project, and compares.'),
    action: trans.__('Verify')
  }),
  different: ({ job }, trans) => ({
    title: trans.__('Notebook and project differ'),
    detail: job.verdict?.cause || job.verdict?.summary || '',
    action: trans.__('Show the differences')
  }),
  test: (_, trans) => ({
    title: trans.__('Run the tests of the project'),
    detail: trans.__('Notebook and project compute the same.'),
    action: trans.__('Run tests')
  }),
  serve: (_, trans) => ({
    title: trans.__('Run the service'),
    detail: trans.__('Notebook and project compute the same.'),
    action: trans.__('Start service')
  }),
  ask: (_, trans) => ({
    title: trans.__('Ask the service'),
    detail: trans.__('It is running.'),
    action: trans.__('Write a request')
  }),
  failed: ({ job }, trans) => ({
    title: trans.__('%1 failed', jobName(job.kind, trans)),
    detail: job.problem?.message ?? '',
    action: trans.__('Try again')
  }),
  done: (_, trans) => ({
    title: trans.__('This notebook is in production shape'),
    detail: trans.__('The project is written, verified, and runs.'),
    action: trans.__('Open README')
  })
};

/** The next step in words. */
export function stepText(step: NextStep, trans: TranslationBundle): StepText {
  // each function is called with the step of its own kind, which TypeScript cannot follow
  const text = TEXTS[step.kind] as (step: NextStep, trans: TranslationBundle) => StepText;
  return text(step, trans);
}

/** What a job is called. */
export function jobName(kind: Job['kind'], trans: TranslationBundle): string {
  const names: Record<Job['kind'], string> = {
    export: trans.__('Export'),
    verify: trans.__('Verify'),
    test: trans.__('Tests'),
    serve: trans.__('Service')
  };
  return names[kind];
}

/** What a running job does now. */
export function jobTitle(job: Job, trans: TranslationBundle): string {
  const name = jobName(job.kind, trans);
  if (job.state === 'waiting') {
    return trans.__('%1: waiting', name);
  }
  return job.steps > 0 ? trans.__('%1: step %2 of %3', name, job.step, job.steps) : trans.__('%1: running', name);
}
