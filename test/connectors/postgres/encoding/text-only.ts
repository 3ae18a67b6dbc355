/** Types that the binary format cannot be written for: names of what the server alone knows, and forms that are its own. */
export const TEXT_ONLY: ReadonlySet<string> = new Set([
  ...['aclitem', 'money', 'tsquery', 'tsvector'],
  ...['regclass', 'regcollation', 'regconfig', 'regdictionary', 'regnamespace', 'regoper', 'regoperator', 'regproc'],
  ...['regprocedure', 'regrole', 'regtype'],
]);
