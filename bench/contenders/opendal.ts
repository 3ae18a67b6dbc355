/** OpenDAL, as far as it is used here: it is installed beside the contenders, and no package of this one. */
import type { Readable, Writable } from 'node:stream';

interface Operator {
  reader(key: string, options: object): Promise<{ createReadStream(options: object): Readable }>;
  writer(key: string, options: object): Promise<{ createWriteStream(): Writable }>;
}

export async function openDal(store: Record<string, string>): Promise<Operator> {
  const name = 'opendal';
  const { Operator } = (await import(name)) as { Operator: new (scheme: string, store: object) => Operator };
  return new Operator('s3', store);
}
