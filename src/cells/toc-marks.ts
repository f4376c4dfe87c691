import type { Cell } from '@jupyterlab/cells';
import type { TableOfContents } from '@jupyterlab/toc';

/** What the table of contents adds to the element of a heading. */
export type Dataset = Readonly<Record<string, string>>;

interface Heading extends TableOfContents.IHeading {
  cellRef?: Cell;
}

/** The parts of JupyterLab's model of a notebook's headings by which it makes them again; protected there. */
interface HeadingSource {
  getHeadings?(): Promise<Heading[] | null>;
  isHeadingEqual?(one: Heading, other: Heading): boolean;
  refresh?(): Promise<void>;
}

const marked = new WeakSet<object>();

/**
 * Have the headings of a notebook carry data of ours, as it is now.
 *
 * JupyterLab asks only the first factory for the headings of a notebook, its own, so another one is never asked; but
 * it puts the `dataset` of each heading on its element. That is added where the model makes its headings.
 */
export function markHeadings(
  model: TableOfContents.IModel<TableOfContents.IHeading>,
  datasets: (cells: readonly (Cell | undefined)[]) => readonly Dataset[]
): void {
  const source = model as unknown as HeadingSource;
  if (!marked.has(model)) {
    marked.add(model);
    addDatasets(source, datasets);
  }
  void source.refresh?.();
}

function addDatasets(
  source: HeadingSource,
  datasets: (cells: readonly (Cell | undefined)[]) => readonly Dataset[]
): void {
  const getHeadings = source.getHeadings?.bind(source);
  const isHeadingEqual = source.isHeadingEqual?.bind(source);
  if (!getHeadings || !isHeadingEqual) {
    return;
  }
  source.getHeadings = async () => {
    const headings = await getHeadings();
    const added = datasets(headings?.map(heading => heading.cellRef) ?? []);
    return (
      headings?.map((heading, index) => ({ ...heading, dataset: { ...heading.dataset, ...added[index] } })) ?? null
    );
  };
  source.isHeadingEqual = (one, other) =>
    isHeadingEqual(one, other) && JSON.stringify(one.dataset) === JSON.stringify(other.dataset);
}
