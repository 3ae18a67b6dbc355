/** Types whose binary form says something else than their text. */

/** Those that are refused, beside those that take no literal. */
export const WITHOUT_BINARY: readonly string[] = [
  'aclitem',
  'money',
  'regclass',
  'regcollation',
  'regconfig',
  'regdictionary',
  'regnamespace',
  'regoper',
  'regoperator',
  'regproc',
  'regprocedure',
  'regrole',
  'regtype',
];

/** Their text has times in the zone of the session, which the binary form does not tell: they are shown in UTC. */
export const SHOWN_IN_THE_SESSION_ZONE: readonly string[] = ['tstzmultirange', 'tstzrange'];
