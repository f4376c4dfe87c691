import type { Finding, Rule } from '../wire';

/** Findings that are told in one line: one, or all of one rule. */
export interface FindingLine {
  code: string;
  severity: Finding['severity'];
  /** What they have in common. */
  text: string;
  findings: readonly Finding[];
}

const SEVERITIES: readonly Finding['severity'][] = ['error', 'warning', 'advice'];

/** The severities that findings have, the worst first, with how many there are of each. */
export function severityCounts(findings: readonly Finding[]): { severity: Finding['severity']; count: number }[] {
  return SEVERITIES.map(severity => ({
    severity,
    count: findings.filter(finding => finding.severity === severity).length
  })).filter(({ count }) => count > 0);
}

/** One line for each rule, the worst first, then in the order of the cells. */
export function findingLines(findings: readonly Finding[], rules: readonly Rule[]): FindingLine[] {
  const byKind = new Map<string, Finding[]>();
  for (const finding of inOrder(findings)) {
    const kind = `${finding.severity} ${finding.code}`;
    byKind.set(kind, [...(byKind.get(kind) ?? []), finding]);
  }
  return [...byKind.values()].flatMap(ofKind => {
    const [first] = ofKind;
    return first ? [{ code: first.code, severity: first.severity, text: textOf(ofKind, rules), findings: ofKind }] : [];
  });
}

/** The finding to go to after another one; the first where that one is gone. */
export function findingAfter(findings: readonly Finding[], key: string): Finding | null {
  const ordered = inOrder(findings);
  const index = ordered.findIndex(finding => finding.key === key);
  return ordered[index + 1] ?? ordered[0] ?? null;
}

function inOrder(findings: readonly Finding[]): Finding[] {
  const rank = (severity: Finding['severity']) => SEVERITIES.indexOf(severity);
  return [...findings].sort(
    ({ place: one, ...a }, { place: other, ...b }) =>
      rank(a.severity) - rank(b.severity) ||
      // this notebook has no name here, so it comes first
      one.notebook.localeCompare(other.notebook) ||
      one.cell - other.cell ||
      one.row - other.row
  );
}

function textOf(findings: readonly Finding[], rules: readonly Rule[]): string {
  const messages = new Set(findings.map(finding => finding.message));
  const [message = ''] = messages;
  const [first] = findings;
  return messages.size > 1 ? (rules.find(rule => rule.code === first?.code)?.title ?? message) : message;
}
