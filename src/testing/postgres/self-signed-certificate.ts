/**
 * A certificate authority of our own and one server certificate signed by it, without OpenSSL's command: Node makes
 * keys and signatures, and the little DER around them (ITU-T X.690) is written here. X.509 v3 as RFC 5280 has it.
 */
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** All in PEM. */
export interface ServerCertificate {
  /** What a client has to trust. */
  readonly ca: string;
  /** For the server: `localhost` and 127.0.0.1, its private key, and nobody else's. */
  readonly certificate: string;
  readonly privateKey: string;
}

/** New keys (ECDSA P-256) with every call. The authority's own key is thrown away. */
export const createServerCertificate = (): ServerCertificate => {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const server = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = { name: 'sluice testing CA', ...authority };
  const subject = { name: 'localhost', publicKey: server.publicKey };
  return {
    ca: certificate(issuer, issuer, authorityExtensions(authority.publicKey)),
    certificate: certificate(subject, issuer, serverExtensions(server.publicKey, authority.publicKey)),
    privateKey: server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
};

interface Party {
  readonly name: string;
  readonly publicKey: KeyObject;
}

interface Issuer extends Party {
  readonly privateKey: KeyObject;
}

const certificate = (subject: Party, issuer: Issuer, extensions: Buffer): string => {
  const signed = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(randomBytes(16)),
    ECDSA_WITH_SHA256,
    commonName(issuer.name),
    // Wide enough for any clock, a faked one included. UTCTime ends with 2049.
    sequence(utcTime('200101000000Z'), utcTime('491231235959Z')),
    commonName(subject.name),
    publicKeyInfo(subject.publicKey),
    tagged(0xa3, extensions),
  );
  const signature = sign('sha256', signed, issuer.privateKey);
  return pem(sequence(signed, ECDSA_WITH_SHA256, bitString(signature)));
};

const authorityExtensions = (key: KeyObject): Buffer =>
  sequence(
    critical(BASIC_CONSTRAINTS, sequence(TRUE, integer(Buffer.from([0])))),
    // keyCertSign and cRLSign, bits 5 and 6.
    critical(KEY_USAGE, bitString(Buffer.from([0b0000_0110]), 1)),
    extension(SUBJECT_KEY_IDENTIFIER, octets(keyIdentifier(key))),
  );

const serverExtensions = (key: KeyObject, authority: KeyObject): Buffer =>
  sequence(
    critical(BASIC_CONSTRAINTS, sequence()),
    // digitalSignature, bit 0.
    critical(KEY_USAGE, bitString(Buffer.from([0b1000_0000]), 7)),
    extension(EXTENDED_KEY_USAGE, sequence(SERVER_AUTH)),
    extension(
      SUBJECT_ALTERNATIVE_NAME,
      sequence(tagged(0x82, Buffer.from('localhost')), tagged(0x87, Buffer.from([127, 0, 0, 1]))),
    ),
    extension(SUBJECT_KEY_IDENTIFIER, octets(keyIdentifier(key))),
    extension(AUTHORITY_KEY_IDENTIFIER, sequence(tagged(0x80, keyIdentifier(authority)))),
  );

const extension = (id: Buffer, value: Buffer): Buffer => sequence(id, octets(value));
const critical = (id: Buffer, value: Buffer): Buffer => sequence(id, TRUE, octets(value));
const commonName = (name: string): Buffer => sequence(tagged(0x31, sequence(COMMON_NAME, utf8(name))));
const publicKeyInfo = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });

/** RFC 5280, 4.2.1.2: SHA-1 of the bare public key, which for P-256 is the last 65 bytes. Names a key, protects nothing. */
const keyIdentifier = (key: KeyObject): Buffer => createHash('sha1').update(publicKeyInfo(key).subarray(-65)).digest();

const pem = (der: Buffer): string => {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
};

const tagged = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(content.length)]), content]);
};

const lengthBytes = (length: number): number[] => {
  if (length < 0x80) return [length];
  if (length < 0x100) return [0x81, length];
  return [0x82, length >> 8, length & 0xff];
};

const sequence = (...parts: readonly Buffer[]): Buffer => tagged(0x30, ...parts);
const octets = (content: Buffer): Buffer => tagged(0x04, content);
const utf8 = (text: string): Buffer => tagged(0x0c, Buffer.from(text));
const utcTime = (text: string): Buffer => tagged(0x17, Buffer.from(text));
const bitString = (content: Buffer, unused = 0): Buffer => tagged(0x03, Buffer.from([unused]), content);

/** Positive and shortest: one zero byte in front when the first bit is set, none otherwise (X.690, 8.3.2). */
const integer = (magnitude: Buffer): Buffer => {
  const start = magnitude.findIndex((byte) => byte !== 0);
  const shortest = start < 0 ? Buffer.from([0]) : magnitude.subarray(start);
  return (shortest[0] ?? 0) < 0x80 ? tagged(0x02, shortest) : tagged(0x02, Buffer.from([0]), shortest);
};

const objectIdentifier = (dotted: string): Buffer => {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
};

const base128 = (value: number): number[] => {
  const bytes = [value & 0x7f];
  for (let left = value >> 7; left > 0; left >>= 7) bytes.unshift((left & 0x7f) | 0x80);
  return bytes;
};

const TRUE = tagged(0x01, Buffer.from([0xff]));
const ECDSA_WITH_SHA256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'));
const COMMON_NAME = objectIdentifier('2.5.4.3');
const BASIC_CONSTRAINTS = objectIdentifier('2.5.29.19');
const KEY_USAGE = objectIdentifier('2.5.29.15');
const EXTENDED_KEY_USAGE = objectIdentifier('2.5.29.37');
const SUBJECT_ALTERNATIVE_NAME = objectIdentifier('2.5.29.17');
const SUBJECT_KEY_IDENTIFIER = objectIdentifier('2.5.29.14');
const AUTHORITY_KEY_IDENTIFIER = objectIdentifier('2.5.29.35');
const SERVER_AUTH = objectIdentifier('1.3.6.1.5.5.7.3.1');
