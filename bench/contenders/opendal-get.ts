/** The peer of sluice-get: a reader of OpenDAL as a stream, read to the end. */
import { pipeline } from 'node:stream/promises';
import { openDal } from './opendal.ts';
import { args, drain, report } from './pipe.ts';

interface Get {
  readonly store: Record<string, string>;
  readonly key: string;
  readonly reading: object;
}

const { store, key, reading } = args() as Get;
const sink = drain();
const reader = await (await openDal(store)).reader(key, reading);
await pipeline(reader.createReadStream({ highWaterMark: 1024 * 1024 }), sink);
report({ bytes: sink.bytes });
