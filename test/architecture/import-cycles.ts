/** Finds import cycles. */

/** One cycle per way back, each as the files on it with the first repeated at its end. */
export function importCycles(arrows: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (file: string): void => {
    const seen = trail.indexOf(file);
    if (seen !== -1) cycles.push([...trail.slice(seen), file]);
    if (seen !== -1 || done.has(file)) return;
    trail.push(file);
    for (const target of arrows.get(file) ?? []) visit(target);
    trail.pop();
    done.add(file);
  };
  for (const file of arrows.keys()) visit(file);
  return cycles;
}
