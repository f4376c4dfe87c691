import { RefusedRequest } from '../problem';
import type { Members, Server } from '../server';
import type { Together as Known } from '../wire';
import type { Attempts } from './attempts';
import type { NotebookDocument } from './document';

/** The status of a server that does not know the question: an older one. */
const NOT_FOUND = 404;

/** Another notebook that is open in this browser; null where it is not. */
export type Neighbour = (path: string) => Pick<NotebookDocument, 'savedKey' | 'sourceKey' | 'save'> | null;

/**
 * The notebooks that become one project with this one, in the order in which they run: as a configuration or the last
 * export says, until somebody chooses others here.
 */
export class Together {
  known: Known | null = null;
  private chosen: readonly string[] | null = null;
  private path: string;

  constructor(
    private readonly notebook: NotebookDocument,
    private readonly server: Pick<Server, 'together' | 'keepTogether'>,
    private readonly neighbour: Neighbour,
    private readonly attempts: Attempts,
    private readonly regrouped: () => void
  ) {
    this.path = notebook.path;
  }

  /** The paths of all of them, this one among them. */
  get notebooks(): readonly string[] {
    const path = this.notebook.path;
    const named = this.chosen ?? this.known?.notebooks ?? [];
    return named.includes(path) ? named : [path];
  }

  get others(): readonly string[] {
    return this.notebooks.filter(path => path !== this.notebook.path);
  }

  get isSeveral(): boolean {
    return this.notebooks.length > 1;
  }

  /** The notebooks of the folder that could be added. */
  get candidates(): readonly string[] {
    const { others = [], notebooks = [], configured = [] } = this.known ?? {};
    const all = new Set([...others, ...notebooks, ...configured]);
    return [...all].filter(path => !this.notebooks.includes(path)).sort();
  }

  /** What a request says of them. */
  get members(): Members {
    return this.isSeveral ? { notebooks: [...this.notebooks] } : {};
  }

  /** Them and what is stored of the others that are open here, in one text: equal texts are exported equal. */
  get key(): string {
    return JSON.stringify([this.notebooks, this.others.map(path => this.neighbour(path)?.savedKey)]);
  }

  /** Whether a configuration says what is exported here. */
  get isKept(): boolean {
    const wanted = this.isSeveral ? this.notebooks : [];
    return isSame(wanted, this.known?.configured ?? []);
  }

  /** Whether another notebook is open here with changes that are not stored, and so are not exported. */
  isUnsaved(path: string): boolean {
    const found = path === this.notebook.path ? null : this.neighbour(path);
    return found !== null && found.savedKey !== null && found.savedKey !== found.sourceKey;
  }

  async save(path: string): Promise<void> {
    await this.neighbour(path)?.save();
  }

  add(path: string): void {
    this.choose([...this.notebooks, path]);
  }

  remove(path: string): void {
    this.choose(this.notebooks.filter(other => other !== path));
  }

  /** Let a notebook run earlier (by -1) or later (by 1). */
  move(path: string, by: number): void {
    const moved = [...this.notebooks];
    const index = moved.indexOf(path);
    moved.splice(index, 1);
    moved.splice(index + by, 0, path);
    this.choose(moved);
  }

  /** The notebook has another name: what was chosen here holds for that. */
  renamed(): void {
    const { path } = this.notebook;
    this.chosen = this.chosen?.map(other => (other === this.path ? path : other)) ?? null;
    this.path = path;
  }

  /** Ask what the folder says, and a project that may lie in another folder; a failure is told to the person. */
  async load(project: string): Promise<void> {
    await this.attempts.run(
      'together',
      () => this.refresh(project),
      () => void this.load(project)
    );
  }

  /** Ask what the folder says, and a project that may lie in another folder. */
  async refresh(project: string): Promise<void> {
    const before = this.notebooks;
    this.known = await this.orUnknown(() => this.server.together(this.notebook.path, project));
    if (!isSame(before, this.notebooks)) {
      this.regrouped();
    }
  }

  /** Write it where the command line reads it. */
  async keep(): Promise<void> {
    const work = async () => {
      this.known = await this.server.keepTogether({ path: this.notebook.path, notebooks: this.notebooks });
      this.chosen = null;
    };
    await this.attempts.run('together', work, () => void this.keep());
  }

  private choose(notebooks: readonly string[]): void {
    this.chosen = notebooks;
    this.regrouped();
  }

  private async orUnknown(ask: () => Promise<Known>): Promise<Known | null> {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof RefusedRequest && error.status === NOT_FOUND) {
        return null;
      }
      throw error;
    }
  }
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((path, index) => path === other[index]);
}
