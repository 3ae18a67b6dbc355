/** One guard of the source, and how to switch it off: a rewrite of its file that exists only while its tests are tried. */

export interface Guard {
  /** Unique, kebab-case: what `node test/mutation/run.ts` takes. */
  readonly name: string;
  /** What the guard holds, in plain words. */
  readonly promise: string;
  /** The rows of the fault matrix it belongs to; may be empty. */
  readonly faults: readonly string[];
  /** From the root of the repository. */
  readonly file: string;
  /** Exact text that occurs once in the file. */
  readonly find: string;
  readonly replace: string;
  /** Test files of which at least one test must fail with the switch on; a set-up that fails does not count. */
  readonly tests: readonly string[];
  /** A regular expression over full titles, to run fewer of them. */
  readonly grep?: string;
}

type Entry = Omit<Guard, 'file' | 'tests'> & Partial<Pick<Guard, 'file' | 'tests'>>;

/** Guards that share a file and tests, but for what an entry names itself. */
export function guardsIn(file: string, tests: readonly string[], entries: readonly Entry[]): readonly Guard[] {
  return entries.map((entry) => ({ file, tests, ...entry }));
}

/** The source with the guard switched off. */
export function switchOff({ name, file, find, replace }: Guard, source: string): string {
  const [before, after, ...more] = source.split(find);
  if (before !== undefined && after !== undefined && more.length === 0) return before + replace + after;
  const times = after === undefined ? 'does not occur' : `occurs ${more.length + 1} times`;
  throw new Error(`the guard ${name} is not in ${file} as its entry says: this text ${times} there:\n${find}`);
}
