#!/usr/bin/env node
// An independent verifier of receipt proofs of Phi Giấy (docs/protocol/log-1.md §6). One file, no dependency
// but Node's own crypto, no code shared with the system: read it, then trust it.
//
//   node verifier.mjs receipt.json [--key VKEY] [--jwk FILE] [--witness VKEY]
//
// Exit status: 0 valid, 1 invalid, 2 indeterminate (no trusted log key given), 3 unreadable.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';

class Unreadable extends Error {}
class Invalid extends Error {}

const sha256 = (...parts) => {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return digest.digest();
};
const need = (condition, Kind, why) => {
  if (!condition) throw new Kind(why);
};
/** Decodes only the canonical spelling. */
const decode = (text, encoding) => {
  need(typeof text === 'string', Unreadable, 'a text is missing');
  const bytes = Buffer.from(text, encoding);
  need(bytes.toString(encoding) === text, Unreadable, `not ${encoding}`);
  return bytes;
};
const decimal = (text) => {
  need(/^(0|[1-9][0-9]*)$/.test(text ?? ''), Unreadable, 'not a number');
  return BigInt(text);
};

function ed25519Key(vkey) {
  const [, name, id, encoded] = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/.exec(vkey) ?? [];
  need(name, Unreadable, 'not a verifier key');
  const material = decode(encoded, 'base64');
  need(material.length === 33 && (material[0] === 1 || material[0] === 4), Unreadable, 'unknown kind of key');
  need(sha256(`${name}\n`, material).toString('hex').startsWith(id), Unreadable, 'key hash');
  const x = material.subarray(1).toString('base64url');
  return {
    name,
    id,
    type: material[0],
    key: createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }),
  };
}

/** A signed note: whether `key` signed it. */
function signedBy(note, key) {
  const at = note.lastIndexOf('\n\n') + 1;
  const text = note.slice(0, at);
  for (const line of note.slice(at + 1).split('\n')) {
    const [, name, encoded] = /^— (\S+) (\S+)$/.exec(line) ?? [];
    if (name !== key.name) continue;
    const bytes = decode(encoded, 'base64');
    if (bytes.subarray(0, 4).toString('hex') !== key.id) continue;
    const isCosignature = key.type === 4;
    if (bytes.length !== (isCosignature ? 76 : 68)) return false;
    const message = isCosignature ? `cosignature/v1\ntime ${bytes.readBigUInt64BE(4)}\n${text}` : text;
    return verify(null, Buffer.from(message), key.key, bytes.subarray(-64));
  }
  return false;
}

/** RFC 6962 §2.1.1, walked from the root's side: which half holds the entry decides where its sibling stands. */
function rootOf(index, size, leaf, path) {
  if (size === 1n) {
    need(path.length === 0, Invalid, 'the inclusion proof is too long');
    return leaf;
  }
  need(path.length > 0, Invalid, 'the inclusion proof is too short');
  let half = 1n;
  while (half * 2n < size) half *= 2n;
  const sibling = path.at(-1);
  const rest = path.slice(0, -1);
  return index < half
    ? sha256(Buffer.of(1), rootOf(index, half, leaf, rest), sibling)
    : sha256(Buffer.of(1), sibling, rootOf(index - half, size - half, leaf, rest));
}

/** RFC 6962 §2.1: the root of the leaves' hashes. */
function treeHash(hashes) {
  if (hashes.length === 0) return sha256();
  if (hashes.length === 1) return hashes[0];
  let half = 1;
  while (half * 2 < hashes.length) half *= 2;
  return sha256(Buffer.of(1), treeHash(hashes.slice(0, half)), treeHash(hashes.slice(half)));
}

function readFile(path) {
  let file;
  try {
    file = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Unreadable(error.message);
  }
  need(file?.format === 'phigiay-receipt-proof/1', Unreadable, 'not a receipt proof');
  need(
    [file.receipt, file.logKey, file.entry, file.proof].every((one) => typeof one === 'string') &&
      Array.isArray(file.recipients) &&
      file.recipients.every((one) => typeof one === 'string'),
    Unreadable,
    'a part is missing',
  );
  return file;
}

function ecKey(jwk) {
  try {
    const { kty, crv, x, y } = jwk;
    need(kty === 'EC' && crv === 'P-256', Unreadable, 'not a P-256 key');
    return createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' });
  } catch (error) {
    throw new Unreadable(error.message);
  }
}

function check(path, trust) {
  const file = readFile(path);
  const said = [];

  // The receipt: a compact JWS with ES256 by the axis.
  const parts = file.receipt.split('.');
  need(parts.length === 3, Unreadable, 'the receipt is not a compact JWS');
  const [header, payload, signature] = parts.map((part) => decode(part, 'base64url'));
  let head, claims;
  try {
    head = JSON.parse(header);
    claims = JSON.parse(payload);
  } catch (error) {
    throw new Unreadable(error.message);
  }
  need(head.alg === 'ES256' && head.typ === 'phigiay-receipt+jwt' && !('crit' in head), Unreadable, 'header');
  need(claims.version === 1, Unreadable, 'version of the receipt');
  const receiptKey = ecKey(file.key);
  const input = Buffer.from(`${parts[0]}.${parts[1]}`);
  need(
    verify('sha256', input, { key: receiptKey, dsaEncoding: 'ieee-p1363' }, signature),
    Invalid,
    'the signature on the receipt',
  );
  said.push(
    `receipt of ${claims.document?.notation} by ${claims.sender}, accepted ${claims.acceptedAt}: signature good`,
  );

  // The recipients: the receipt binds their codes, in their order, by an RFC 6962 root.
  const root = treeHash(file.recipients.map((code) => sha256(Buffer.of(0), code)));
  need(
    claims.recipients?.count === file.recipients.length && claims.recipients.root === root.toString('hex'),
    Invalid,
    'the list of recipients',
  );
  said.push(`sent to ${file.recipients.length} recipients: ${file.recipients.slice(0, 5).join(', ')}`);

  // The entry: commits, with the receipt's salt, to the receipt's payload.
  const entry = decode(file.entry, 'base64');
  const commitment = sha256('phigiay-commitment/1\0', decode(claims.salt, 'base64url'), payload).toString(
    'base64',
  );
  const minute = String(claims.acceptedAt).slice(0, 16);
  const expected = `phigiay-log/1\nkind accept\ntime ${minute}+07:00\ncommitment ${commitment}\n`;
  need(entry.equals(Buffer.from(expected)), Invalid, 'the entry is not of this receipt');
  said.push('entry commits to the receipt');

  // The proof: C2SP tlog-proof around a checkpoint.
  const split = file.proof.indexOf('\n\n');
  const lines = file.proof.slice(0, split).split('\n');
  need(split > 0 && lines.shift() === 'c2sp.org/tlog-proof@v1', Unreadable, 'not a tlog-proof');
  if (lines[0]?.startsWith('extra ')) lines.shift();
  const index = decimal(/^index (.*)$/.exec(lines.shift() ?? '')?.[1]);
  const hashes = lines.map((line) => decode(line, 'base64'));
  need(hashes.length < 64 && hashes.every((hash) => hash.length === 32), Unreadable, 'the hashes');
  const checkpoint = file.proof.slice(split + 2);
  const [origin, sizeText, rootText] = checkpoint.split('\n');
  const size = decimal(sizeText);
  const treeRoot = decode(rootText, 'base64');
  const logKey = ed25519Key(file.logKey);
  need(logKey.type === 1 && logKey.name === origin && origin === claims.log?.origin, Invalid, 'another log');
  need(signedBy(checkpoint, logKey), Invalid, 'the signature on the checkpoint');
  need(index === BigInt(claims.log.index) && index < size, Invalid, 'the index');
  need(
    rootOf(index, size, sha256(Buffer.of(0), entry), hashes).equals(treeRoot),
    Invalid,
    'the entry is not in the tree',
  );
  said.push(`entry ${index} is in the log ${origin} of ${size} entries`);

  // What the caller trusts.
  if (trust.jwks.length > 0)
    need(
      trust.jwks.some((jwk) => ecKey(jwk).equals(receiptKey)),
      Invalid,
      'the receipt key is not the trusted one',
    );
  if (trust.keys.length > 0)
    need(trust.keys.includes(file.logKey), Invalid, 'the log key is not the trusted one');
  for (const vkey of trust.witnesses) {
    const witness = ed25519Key(vkey);
    need(witness.type === 4 && signedBy(checkpoint, witness), Invalid, `no cosignature of ${witness.name}`);
    said.push(`cosigned by ${witness.name}`);
  }
  return { said, trusted: trust.keys.length > 0 };
}

function main(args) {
  const trust = { keys: [], jwks: [], witnesses: [] };
  let path;
  try {
    while (args.length > 0) {
      const word = args.shift();
      if (word === '--key') trust.keys.push(args.shift());
      else if (word === '--witness') trust.witnesses.push(args.shift());
      else if (word === '--jwk') {
        const jwk = JSON.parse(readFileSync(args.shift(), 'utf8'));
        trust.jwks.push(...(jwk.keys ?? [jwk]));
      } else path = word;
    }
    need(path, Unreadable, 'usage: verifier.mjs receipt.json [--key VKEY] [--jwk FILE] [--witness VKEY]');
    const { said, trusted } = check(path, trust);
    for (const line of said) console.log(line);
    console.log(
      trusted
        ? 'VALID'
        : 'INDETERMINATE: the file agrees with itself, but no trusted log key was given (--key)',
    );
    return trusted ? 0 : 2;
  } catch (error) {
    console.log(`${error instanceof Invalid ? 'INVALID' : 'UNREADABLE'}: ${error.message}`);
    return error instanceof Invalid ? 1 : 3;
  }
}

process.exitCode = main(process.argv.slice(2));
