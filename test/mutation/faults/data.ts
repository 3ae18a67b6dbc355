import type { FaultArea } from '../fault.ts';

export const data: FaultArea = {
  title: 'Data and security',
  faults: [
    {
      id: 'D1',
      fault: 'CSV as people write it: quotes, line breaks, marks, a missing end of line.',
      outcome: 'Each row arrives as it is, or the load fails; records are never run together or lost.',
      tests: [
        'test/faults/postgres-csv.test.ts',
        'test/faults/postgres-end-of-data.test.ts',
        'test/faults/postgres-goldens.test.ts',
      ],
    },
    {
      id: 'D2',
      fault: 'A record or header has no end.',
      outcome: 'It is refused at a limit, with memory flat.',
    },
    {
      id: 'D3',
      fault: 'Chunks are cut anywhere.',
      outcome: 'What comes out does not depend on how the bytes came in.',
    },
    {
      id: 'D4',
      fault: 'Names of tables and columns hold quotes, semicolons, NUL or too many bytes.',
      outcome: 'They mean themselves, or are refused before anything is opened.',
    },
    {
      id: 'D5',
      fault: 'Options are meant to change the SQL.',
      outcome: 'Each has one form that means what it says, or is refused.',
    },
    {
      id: 'D6',
      fault: 'Keys hold any character.',
      outcome: 'They are taken byte for byte; what has no unambiguous form is refused.',
      tests: ['test/connectors/s3/keys-elsewhere.test.ts'],
    },
    {
      id: 'D7',
      fault: 'An error, a log, a span or a setting that is printed holds a secret or a row.',
      outcome: 'It does not: credentials and data are taken out before anything leaves the package.',
      tests: [
        'test/faults/canary/adls.test.ts',
        'test/faults/canary/clients.test.ts',
        'test/faults/canary/copy-formats.test.ts',
        'test/faults/canary/detector.test.ts',
        'test/faults/canary/endings.test.ts',
        'test/faults/canary/foreign.test.ts',
        'test/faults/canary/hearing.test.ts',
        'test/faults/canary/postgres.test.ts',
        'test/faults/canary/programs.test.ts',
        'test/faults/canary/reasons.test.ts',
        'test/faults/canary/s3.test.ts',
        'test/faults/canary/settings.test.ts',
        'test/faults/canary/stages.test.ts',
      ],
    },
    {
      id: 'D8',
      fault: 'The reason of an abort holds data, and the server logs what it is told.',
      outcome: 'The server is told fixed words alone.',
      tests: ['test/faults/postgres-server-log.test.ts'],
    },
    {
      id: 'D9',
      fault: 'The endpoint or the input is hostile: redirects, endless answers, exploding patterns.',
      outcome: 'Signed requests go to no other host, and each answer and pattern has a limit.',
      tests: ['test/faults/s3-hostile.test.ts', 'test/faults/adls-hostile.test.ts'],
    },
    {
      id: 'D10',
      fault: 'A setting is misspelt, malformed or sets a trap.',
      outcome: 'All problems are named at once, before anything is opened, and no value is repeated.',
      tests: ['test/config/explain.test.ts', 'test/faults/canary/settings.test.ts'],
    },
    {
      id: 'D11',
      fault: 'Values beyond what JavaScript holds: integers past 2^53, NaN, infinities, years before 1 and after 9999.',
      outcome: 'They are what node-postgres makes of them, of every built-in type, in every zone and style.',
      tests: ['test/connectors/postgres/rows/types.test.ts'],
    },
    {
      id: 'D12',
      fault: 'Telemetry throws or never answers: a tracer, an exporter, a processor, a meter, a subscriber.',
      outcome: 'The transfer does not notice. Node tells of a subscriber as of an uncaught exception.',
      tests: ['test/observability/process.test.ts'],
    },
  ],
};
