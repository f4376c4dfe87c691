import type { Server } from '../server';
import type { Proposal, Suggestion } from '../wire';
import type { Attempts } from './attempts';
import type { NotebookDocument } from './document';

/** The roles that are proposed for the cells. Whether one is accepted is seen in the tags of its cell, never remembered. */
export class Proposing {
  suggestion: Suggestion | null = null;
  isAsking = false;

  constructor(
    private readonly notebook: NotebookDocument,
    private readonly server: Pick<Server, 'tag'>,
    private readonly attempts: Attempts,
    private readonly changed: () => void
  ) {}

  /** The proposals that give a cell a role, accepted or not, in the order of the cells. */
  get proposals(): Proposal[] {
    const { proposals } = this.suggestion ?? { proposals: [] };
    return proposals.filter(
      ({ tags, tagged, cell, cell_id }) => tags.length > 0 && !tagged && this.notebook.tagsOf(cell_id, cell) !== null
    );
  }

  get open(): Proposal[] {
    return this.proposals.filter(proposal => !this.isAccepted(proposal));
  }

  isAccepted(proposal: Proposal): boolean {
    const tags = this.notebook.tagsOf(proposal.cell_id, proposal.cell);
    return tags !== null && proposal.tags.every(tag => tags.includes(tag));
  }

  async ask(): Promise<void> {
    this.isAsking = true;
    this.changed();
    const work = async () => {
      const { cells } = this.notebook;
      const suggestion = await this.server.tag(this.notebook.snapshot());
      // a file of nbformat before 4.5 has no ids, but its cells have them here, wherever they move
      const proposals = suggestion.proposals.map(one => ({
        ...one,
        cell_id: one.cell_id ?? cells[one.cell]?.id ?? null
      }));
      this.suggestion = { ...suggestion, proposals };
    };
    await this.attempts.run('tag', work, () => void this.ask());
    this.isAsking = false;
    this.changed();
  }
}
