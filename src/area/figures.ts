import type { Compared, Verdict } from '../wire';

/** The figures of a verdict: those that differ, and those that do not. */
export interface FigureRows {
  differing: readonly Compared[];
  equal: readonly Compared[];
}

/** The figures whose kind or name has a word in it, differing ones apart, in their order. */
export function figureRows(figures: readonly Compared[], filter: string): FigureRows {
  const word = filter.trim().toLocaleLowerCase();
  const found = figures.filter(figure => `${figure.kind} ${figure.name}`.toLocaleLowerCase().includes(word));
  return { differing: found.filter(figure => !figure.equal), equal: found.filter(figure => figure.equal) };
}

/** The words that head the columns of a table of figures. */
export interface FigureHeads {
  kind: string;
  name: string;
  notebook: string;
  project: string;
  difference: string;
}

/** A verdict as Markdown, for a pull request or a ticket: summary, cause and fix, then the figures and remarks. */
export function verdictMarkdown(verdict: Verdict, rows: FigureRows, heads: FigureHeads): string {
  const paragraphs = [`**${inline(verdict.summary)}**`, inline(verdict.cause), inline(verdict.fix)];
  const figures = [...rows.differing, ...rows.equal];
  if (figures.length > 0) {
    const columns = ['kind', 'name', 'notebook', 'project', 'difference'] as const;
    const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
    paragraphs.push(
      [
        line(columns.map(column => inline(heads[column]))),
        line(columns.map(() => '---')),
        ...figures.map(figure => line(columns.map(column => code(figure[column], column))))
      ].join('\n')
    );
  }
  paragraphs.push(verdict.remarks.map(remark => `- ${inline(remark)}`).join('\n'));
  return `${paragraphs.filter(paragraph => paragraph !== '').join('\n\n')}\n`;
}

/** A sentence on one line that Markdown takes as it stands: names between backticks stay code, the rest is escaped. */
function inline(text: string): string {
  const parts = text.replace(/\s+/g, ' ').trim().split('`');
  const isBalanced = parts.length % 2 === 1;
  return parts
    .map((part, index) => (isBalanced && index % 2 === 1 ? part : escaped(part)))
    .join(isBalanced ? '`' : '\\`');
}

function escaped(text: string): string {
  return text
    .replace(/[\\[\]|*_]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;');
}

/** A value of the notebook as a code span that ends where it should, even in a cell of a table. */
function code(text: string, column: keyof FigureHeads): string {
  const value = text.replace(/\s+/g, ' ').trim();
  if (value === '' || column === 'kind') {
    return inline(value);
  }
  const longest = Math.max(0, ...(value.match(/`+/g) ?? []).map(run => run.length));
  const fence = '`'.repeat(longest + 1);
  const padding = value.startsWith('`') || value.endsWith('`') ? ' ' : '';
  return `${fence}${padding}${value.replace(/\|/g, '\\|')}${padding}${fence}`;
}
