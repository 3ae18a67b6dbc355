/** The fault of a reply whose checksums are of other bytes. */
import type { Reply } from '../store-server/reply.ts';
import { otherDigest } from '../store-server/reply-faults.ts';
import { CHECKSUM_ALGORITHMS, checksumHeader } from './checksums.ts';

export function withWrongChecksum(reply: Reply): Reply {
  const names = CHECKSUM_ALGORITHMS.map(checksumHeader).filter((name) => name in reply.headers);
  if (names.length > 0) {
    const wrong = Object.fromEntries(names.map((name) => [name, otherDigest(reply.headers[name] ?? '')]));
    return { ...reply, headers: { ...reply.headers, ...wrong } };
  }
  if (reply.headers['content-type'] !== 'application/xml') return reply;
  const text = Buffer.concat(reply.body).toString();
  const element = new RegExp(`<(Checksum(?:${CHECKSUM_ALGORITHMS.join('|')}))>([^<]*)<`, 'g');
  const changed = text.replace(element, (_, name: string, value: string) => `<${name}>${otherDigest(value)}<`);
  return changed === text ? reply : { ...reply, body: [Buffer.from(changed)] };
}
