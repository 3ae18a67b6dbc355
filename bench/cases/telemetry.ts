/** What spans, metrics and events cost while nobody has asked for them: the same load with telemetry and without. */
import { trips } from '../data/dataset.ts';
import type { BenchCase, Contender } from '../harness/case.ts';
import { withAndWithoutTelemetry } from '../harness/without-telemetry.ts';
import { drainingTarget } from './load-target.ts';

const MIB = 1024 * 1024;

export const telemetry: BenchCase = {
  name: 'telemetry',
  paths: [
    {
      name: 'draining',
      title: 'CSV file into a server that throws it away, with nobody listening to telemetry and with none',
      // A hundredth is to be seen: that takes more rounds than a tenth.
      rounds: { full: 40, short: 5 },
      tools: [],
      open: async (stack, scale) => {
        const data = await trips(scale === 'full' ? 8_000_000 : 4_000_000);
        const target = await drainingTarget(stack);
        const { told, silent } = await withAndWithoutTelemetry('sluice-load');
        const args = (file: string) => ({ dsn: target.dsn, file, readBytes: MIB });
        const contender = (name: string, role: Contender['role'], command: (args: object) => string): Contender => ({
          ...{ name, role, command: command(args(data.csv)), idle: command(args(data.emptyCsv)) },
          prepare: () => target.prepare(),
          verify: (output) => target.verify(data.rows, output),
        });
        return { ...data, contenders: [contender('ours', 'ours', told), contender('no telemetry', 'peer', silent)] };
      },
    },
  ],
};
