/** A cluster's configuration file as text. */

export type Settings = Readonly<Record<string, string | number>>;

/**
 * Surviving a power cut only costs time here. Commits stay synchronous: with `synchronous_commit = off` an immediate
 * stop loses what was committed, and tests of crashes would blame the code under test. Each can be overridden.
 */
const DEFAULTS: Settings = {
  fsync: 'off',
  full_page_writes: 'off',
  max_connections: 50,
  // Files of the cluster's instead of /dev/shm, which containers keep small and a killed server litters.
  dynamic_shared_memory_type: 'mmap',
  log_line_prefix: '%m [%p] ',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/** Later groups win over earlier ones, and all over the defaults. Throws on a name that is not a parameter's. */
export const renderSettings = (...groups: readonly Settings[]): string => {
  const lines = Object.entries(Object.assign({}, DEFAULTS, ...groups) as Settings).map(([name, value]) => {
    if (!/^[a-z_][\w.]*$/i.test(name)) throw new TypeError(`not the name of a PostgreSQL setting: ${name}`);
    return `${name} = ${quote(String(value))}\n`;
  });
  return lines.join('');
};

// Inside the quotes a configuration file knows '' and C-style escapes (PostgreSQL manual, 20.1.2 and guc-file.l).
const quote = (value: string): string =>
  `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll('\n', '\\n')}'`;
