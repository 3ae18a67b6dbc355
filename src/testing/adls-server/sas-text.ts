/** What a shared access signature signs: of an account, of a service, of a user delegation. Versions since 2020-12-06. Pure. */

type Query = Readonly<Record<string, string>>;

/** "Create an account SAS". */
export function accountSasText(query: Query, account: string): string {
  const fields = ['sp', 'ss', 'srt', 'st', 'se', 'sip', 'spr', 'sv', 'ses'];
  return [account, ...valuesOf(query, fields), ''].join('\n');
}

const OVERRIDES = ['rscc', 'rscd', 'rsce', 'rscl', 'rsct'];

/** "Create a service SAS". `resource` is `/blob/account/container[/path]`. */
export function serviceSasText(query: Query, resource: string): string {
  return [
    ...valuesOf(query, ['sp', 'st', 'se']),
    resource,
    ...valuesOf(query, ['si', 'sip', 'spr', 'sv', 'sr', 'sst', 'ses', ...OVERRIDES]),
  ].join('\n');
}

/** "Create a user delegation SAS"; later versions sign more fields. */
export function delegationSasText(query: Query, resource: string): string {
  const version = query['sv'] ?? '';
  const delegated = version >= '2025-07-05' ? ['skdutid', 'sduoid'] : [];
  const bound = version >= '2026-04-06' ? ['srh', 'srq'] : [];
  const key = ['skoid', 'sktid', 'skt', 'ske', 'sks', 'skv', 'saoid', 'suoid', 'scid', ...delegated];
  return [
    ...valuesOf(query, ['sp', 'st', 'se']),
    resource,
    ...valuesOf(query, [...key, 'sip', 'spr', 'sv', 'sr', 'sst', 'ses', ...bound, ...OVERRIDES]),
  ].join('\n');
}

/** What a user delegation key is derived from; only this server needs to know. */
export function delegationKeyText(query: Query): string {
  return valuesOf(query, ['skoid', 'sktid', 'skt', 'ske', 'sks', 'skv']).join('\n');
}

const valuesOf = (query: Query, names: readonly string[]): string[] => names.map((name) => query[name] ?? '');
