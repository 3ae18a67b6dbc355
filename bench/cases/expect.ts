/** What contenders' scripts report, held against what there was to move. */

/** Throws unless the last line that was printed says `{"bytes": <bytes>}`. */
export function expectBytes(bytes: number): (output: string) => void {
  return expectReport({ bytes });
}

export function expectReport(expected: Readonly<Record<string, number>>): (output: string) => void {
  return (output) => {
    const last = output.trimEnd().split('\n').at(-1) ?? '';
    const said = JSON.parse(last) as Record<string, number>;
    for (const [key, value] of Object.entries(expected)) {
      if (said[key] !== value) throw new Error(`${key}: ${String(said[key])} instead of ${value}`);
    }
  };
}
