/** Replies that are documents, in the namespace of S3. */
import type { Reply } from '../store-server/reply.ts';
import { xmlDocument } from '../store-server/xml.ts';
import type { XmlContent } from '../store-server/xml.ts';

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

export const xmlReply = (root: string, content: XmlContent, headers: Readonly<Record<string, string>> = {}): Reply => ({
  status: 200,
  headers: { 'content-type': 'application/xml', ...headers },
  body: [Buffer.from(xmlDocument(root, content, { xmlns: NAMESPACE }))],
});
