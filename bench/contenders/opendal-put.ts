/** The peer of sluice-put: a writer of OpenDAL with the same parts and the same number in flight. */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { openDal } from './opendal.ts';
import { args, report } from './pipe.ts';

interface Put {
  readonly store: Record<string, string>;
  readonly key: string;
  readonly file: string;
  readonly readBytes: number;
  readonly partSize: number;
  readonly concurrency: number;
}

const { store, key, file, readBytes, partSize, concurrency: concurrent } = args() as Put;
const source = createReadStream(file, { highWaterMark: readBytes });
const writer = await (await openDal(store)).writer(key, { chunk: BigInt(partSize), concurrent });
await pipeline(source, writer.createWriteStream());
report({ bytes: source.bytesRead });
