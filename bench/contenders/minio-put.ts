/** The peer of sluice-put: minio-js with parts of the same size, which it sends one after the other. */
import { createReadStream, statSync } from 'node:fs';
import { Client } from 'minio';
import type { ClientOptions } from 'minio';
import { args, report } from './pipe.ts';

interface Put {
  readonly client: ClientOptions;
  readonly key: string;
  readonly file: string;
  readonly readBytes: number;
  readonly partSize: number;
}

const { client: config, key, file, readBytes, partSize } = args() as Put;
const source = createReadStream(file, { highWaterMark: readBytes });
await new Client({ ...config, partSize }).putObject('bench', key, source, statSync(file).size);
report({ bytes: source.bytesRead });
