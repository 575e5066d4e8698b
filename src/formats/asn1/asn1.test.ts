import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  Asn1Error,
  bigintOf,
  bitsSet,
  bitStringOf,
  booleanOf,
  children,
  derBits,
  derBmp,
  derBoolean,
  derExplicit,
  derGeneralizedTime,
  derIa5,
  derInteger,
  derNamedBits,
  derNull,
  derOctets,
  derOid,
  derPrintable,
  derSequence,
  derSetOf,
  derTime,
  derUtf8,
  encode,
  isDer,
  octetsOf,
  oidOf,
  rawBytes,
  readAsn1,
  readAsn1Prefix,
  stringOf,
  timeOf,
  type Asn1,
  type Asn1ErrorCode,
} from './index.ts';

function refuses(run: () => unknown, code: Asn1ErrorCode): void {
  assert.throws(run, (error) => error instanceof Asn1Error && error.code === code);
}

/** Reads everything that can be read of an element. */
function exhaust(element: Asn1): void {
  for (const read of [oidOf, bigintOf, booleanOf, octetsOf, bitStringOf, bitsSet, stringOf, timeOf, isDer]) {
    try {
      read(element);
    } catch (error) {
      if (!(error instanceof Asn1Error)) throw error;
    }
  }
  if (element.tag & 0x20) for (const kid of children(element)) exhaust(kid);
}

const samples: readonly Buffer[] = [
  derSequence(derInteger(5), derOid('1.2.840.113549.1.7.2'), derExplicit(0, derOctets(Buffer.from('abc')))),
  derSetOf([derUtf8('Nguyễn'), derPrintable('abc'), derBmp('Ủy ban'), derIa5('a@b.vn')]),
  derSequence(
    derTime(new Date('2026-11-24T01:02:03Z')),
    derGeneralizedTime(new Date('2051-01-01T00:00:00.5Z'), true),
  ),
  derSequence(derBoolean(true), derNull, derBits(Buffer.of(0xf0), 4), derNamedBits([0, 5])),
];

test('openssl asn1parse reads what is written here', () => {
  const shown = execFileSync('openssl', ['asn1parse', '-inform', 'DER'], {
    input: derSequence(...samples),
    encoding: 'utf8',
  });
  for (const part of [
    'pkcs7-signedData',
    'Nguyễn',
    '261124010203Z',
    '20510101000000.5Z',
    'BOOLEAN',
    'BIT STRING',
  ])
    assert.ok(shown.includes(part), part);
});

test('integers, oids, octets, texts and times come back as they went', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 520n), max: 2n ** 520n }), (value) => {
      assert.equal(bigintOf(readAsn1(derInteger(value))), value);
    }),
  );
  const arc = fc.bigInt({ min: 0n, max: 2n ** 120n });
  fc.assert(
    fc.property(fc.nat(2), fc.nat(39), fc.array(arc, { maxLength: 3 }), (root, second, rest) => {
      const oid = [root, second, ...rest].join('.');
      assert.equal(oidOf(readAsn1(derOid(oid))), oid);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70_000 }), (bytes) => {
      assert.deepEqual(octetsOf(readAsn1(derOctets(bytes))), Buffer.from(bytes));
    }),
    { numRuns: 50 },
  );
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      assert.equal(stringOf(readAsn1(derUtf8(text))), text);
    }),
  );
  const years = { min: new Date('1950-01-01'), max: new Date('9999-12-30'), noInvalidDate: true };
  fc.assert(
    fc.property(fc.date(years), (time) => {
      time.setUTCMilliseconds(0);
      assert.deepEqual(timeOf(readAsn1(derTime(time))), time);
    }),
  );
});

test('times with zones, fractions and impossible days', () => {
  const time = (tag: number, text: string): Date => timeOf(readAsn1(encode(tag, Buffer.from(text))));
  assert.deepEqual(time(0x18, '20260101070000+0700'), new Date('2026-01-01T00:00:00Z'));
  assert.deepEqual(time(0x18, '20260101000000.25Z'), new Date('2026-01-01T00:00:00.250Z'));
  assert.deepEqual(time(0x17, '500101000000Z'), new Date('1950-01-01T00:00:00Z'));
  for (const bad of ['20260230000000Z', '20261301000000Z', '20260101250000Z', '20260101000000', 'x'])
    refuses(() => time(0x18, bad), 'bad-value');
});

test('a set in DER is sorted, and a set out of order is seen not to be DER', () => {
  const [a, b] = [derInteger(2), derInteger(1)];
  assert.ok(isDer(readAsn1(derSetOf([a, b]))));
  assert.ok(!isDer(readAsn1(encode(0x31, a, b))));
});

test('indefinite lengths are read, kept as they stand, and refused where DER is asked for', () => {
  const bytes = Buffer.from('3080248004016104016200000401630000', 'hex');
  const root = readAsn1(bytes);
  assert.deepEqual(rawBytes(root), bytes);
  assert.deepEqual(octetsOf(children(root)[0] as Asn1), Buffer.from('ab'));
  assert.equal(children(root).length, 2);
  assert.ok(!isDer(root));
  refuses(() => readAsn1(bytes, { rules: 'der' }), 'not-der');
  refuses(() => readAsn1(bytes.subarray(0, -1)), 'truncated');
});

test('non-minimal lengths are BER and not DER', () => {
  const bytes = Buffer.from('0481026162', 'hex');
  assert.deepEqual(octetsOf(readAsn1(bytes)), Buffer.from('ab'));
  refuses(() => readAsn1(bytes, { rules: 'der' }), 'not-der');
  assert.ok(!isDer(readAsn1(bytes)));
});

test('hostile lengths, depths and numbers of elements end in coded errors', () => {
  refuses(() => readAsn1(Buffer.from('0484ffffffff', 'hex')), 'truncated');
  refuses(() => readAsn1(Buffer.from('0486ffffffffffff', 'hex')), 'truncated');
  refuses(() => readAsn1(Buffer.from('0488ffffffffffffffff', 'hex')), 'bad-length');
  refuses(() => readAsn1(Buffer.from('04ff', 'hex')), 'bad-length');
  refuses(() => readAsn1(Buffer.from('0480', 'hex')), 'bad-length');
  refuses(() => readAsn1(Buffer.concat([derNull, Buffer.of(0)])), 'trailing-bytes');
  assert.equal(readAsn1Prefix(Buffer.concat([derNull, Buffer.of(0)])).end, 2);
  refuses(() => readAsn1(Buffer.alloc(0)), 'truncated');
  refuses(() => readAsn1(Buffer.from('3080'.repeat(100_000), 'hex')), 'too-deep');
  let nested: Buffer = derNull;
  for (let depth = 0; depth < 70; depth++) nested = derSequence(nested);
  refuses(() => exhaust(readAsn1(nested)), 'too-deep');
  const many = derSequence(...Array.from({ length: 1000 }, () => derNull));
  refuses(() => children(readAsn1(many, { limits: { elements: 500 } })), 'too-many-elements');
  refuses(() => readAsn1(Buffer.alloc(101), { limits: { bytes: 100 } }), 'too-large');
});

test('whatever the bytes, the reader throws nothing but its own error', () => {
  const survives = (bytes: Uint8Array): void => {
    try {
      exhaust(readAsn1(bytes));
    } catch (error) {
      assert.ok(error instanceof Asn1Error, String(error));
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), survives), { numRuns: 3000 });
  fc.assert(
    fc.property(fc.constantFrom(...samples), fc.nat(500), fc.nat(255), (sample, at, octet) => {
      const damaged = Buffer.from(sample);
      damaged[at % damaged.length] = octet;
      survives(damaged);
    }),
    { numRuns: 3000 },
  );
});
