/** Writes a file to ADLS in a process of its own, which runs to its end unless somebody kills it. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { adlsFileSink } from '../../../src/connectors/adls2/index.ts';
import type { AdlsFileSinkOptions } from '../../../src/connectors/adls2/index.ts';

const options = JSON.parse(process.argv[2] ?? '{}') as AdlsFileSinkOptions & { readonly partSize: number };
const part = Buffer.alloc(options.partSize, 'x');
await pipeline(Readable.from([part, part, part, part]), adlsFileSink(options));
process.exit();
