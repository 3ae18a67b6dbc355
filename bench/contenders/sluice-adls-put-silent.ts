/** An upload whose source falls silent and is aborted, or destroyed without an error; tells whether the upload ended. */
import { pipeline } from 'node:stream/promises';
import { adlsFileSink } from 'sluice';
import { args, report, silentAfter } from './pipe.ts';

interface Put {
  readonly connectionString: string;
  readonly container: string;
  readonly bytes: number;
  readonly by: 'abort' | 'destroy';
}

const { connectionString, container, bytes, by } = args() as Put;
const sink = adlsFileSink({ container, path: 'ours', config: { connectionString } });
const stop = new AbortController();
const source = silentAfter(bytes, () => {
  if (by === 'abort') stop.abort();
  else source.destroy();
});
await pipeline(source, sink, { signal: stop.signal }).catch(() => undefined);
report({ ended: (await sink.settled).cleanup === 'confirmed' ? 1 : 0 });
