/** A local file that appears whole or not at all: written beside its place under another name, and renamed. */
import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/**
 * Writes `bytes` to `file`, which is replaced if it is there. Until all of them are on disk they are in
 * `<file>.<random>.partial`, of which nothing is left after a failure.
 *
 * @param beforeRename - What may still stop it: it throws, or it is too late.
 */
export async function writeWhole(
  file: string,
  bytes: AsyncIterable<Uint8Array>,
  beforeRename: () => void,
): Promise<void> {
  const partial = `${file}.${randomBytes(4).toString('hex')}.partial`;
  const handle = await open(partial, 'wx');
  try {
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    beforeRename();
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  await syncFolder(path.dirname(file));
}

/** So that the new name outlasts a power failure. Some systems open no folder, and some sync none. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
