import {
  Asn1Error,
  children,
  contentBytes,
  cursor,
  derIa5,
  derOid,
  derPrintable,
  derSequence,
  derSetOf,
  derUtf8,
  expectTag,
  oidOf,
  rawBytes,
  sequence,
  stringOf,
  tags,
  type Asn1,
} from '#formats/asn1';

export interface NameAttribute {
  readonly oid: string;
  /** Text, or undefined when the value is not of a string type. */
  readonly text: string | undefined;
  /** DER of the value as it stands. */
  readonly raw: Buffer;
}
export type RelativeName = readonly NameAttribute[];

/** A distinguished name. Its DER is kept byte for byte; text is for people and for comparing. */
export interface Name {
  readonly der: Buffer;
  readonly rdns: readonly RelativeName[];
}

const shortNames = {
  CN: '2.5.4.3',
  SN: '2.5.4.4',
  serialNumber: '2.5.4.5',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  street: '2.5.4.9',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  title: '2.5.4.12',
  GN: '2.5.4.42',
  organizationIdentifier: '2.5.4.97',
  UID: '0.9.2342.19200300.100.1.1',
  DC: '0.9.2342.19200300.100.1.25',
  emailAddress: '1.2.840.113549.1.9.1',
} as const;
export type NameAttributeType = keyof typeof shortNames;
const shortByOid = new Map<string, string>(Object.entries(shortNames).map(([short, oid]) => [oid, short]));

export function readRelativeName(element: Asn1): RelativeName {
  const attributes = children(element).map((pair) => {
    const items = cursor(sequence(pair, 'AttributeTypeAndValue'));
    const oid = oidOf(items.next('type'));
    const value = items.next('value');
    items.end('AttributeTypeAndValue');
    return { oid, text: stringOf(value), raw: rawBytes(value) };
  });
  if (attributes.length === 0) throw new Asn1Error('bad-value', 'RelativeDistinguishedName');
  return attributes;
}

/** Reads a Name (RFC 5280 §4.1.2.4); attributes are decoded on first use, so a name that is not shown costs nothing. */
export function readName(element: Asn1): Name {
  const parts = sequence(element, 'Name');
  let rdns: readonly RelativeName[] | undefined;
  return {
    der: rawBytes(element),
    get rdns() {
      rdns ??= parts.map((part) => readRelativeName(expectTag(part, tags.set, 'RelativeDistinguishedName')));
      return rdns;
    },
  };
}

/** A name from (type, text) pairs, in order, one pair in each RDN. */
export function makeName(parts: readonly (readonly [NameAttributeType, string])[]): Name {
  const rdns = parts.map(([type, text]) => {
    const value =
      type === 'C' || type === 'serialNumber'
        ? derPrintable(text)
        : type === 'DC' || type === 'emailAddress'
          ? derIa5(text)
          : derUtf8(text.normalize('NFC'));
    return [{ oid: shortNames[type], text: text.normalize('NFC'), raw: value }];
  });
  return nameOf(rdns);
}

/** A name from RDNs that have been read: an issuer with a distribution point's relative name behind it. */
export function nameOf(rdns: readonly RelativeName[]): Name {
  const sets = rdns.map((rdn) => derSetOf(rdn.map(({ oid, raw }) => derSequence(derOid(oid), raw))));
  return { der: derSequence(...sets), rdns };
}

/** RFC 4518 as RFC 5280 §7.1 uses it: NFKC, case folded, white space collapsed. */
function prepared(text: string): string {
  return text.normalize('NFKC').toLowerCase().normalize('NFKC').replace(/\s+/gu, ' ').trim();
}

function relativeKey(rdn: RelativeName): string {
  return rdn
    .map(
      ({ oid, text, raw }) =>
        `${oid}=${text === undefined ? `#${raw.toString('hex')}` : JSON.stringify(prepared(text))}`,
    )
    .sort()
    .join('+');
}

const keys = new WeakMap<Name, readonly string[]>();

/** One comparable string for each RDN. */
export function relativeKeys(name: Name): readonly string[] {
  let known = keys.get(name);
  if (!known) {
    known = name.rdns.map(relativeKey);
    keys.set(name, known);
  }
  return known;
}

/** A string that is equal for names that RFC 5280 §7.1 holds equal. */
export const nameKey = (name: Name): string => relativeKeys(name).join(',');

export function sameName(a: Name, b: Name): boolean {
  return a.der.equals(b.der) || nameKey(a) === nameKey(b);
}

export const isEmptyName = (name: Name): boolean => name.der.length === 2;

/** Whether a name lies in the subtree below (or at) a base name. */
export function isWithin(name: Name, base: Name): boolean {
  const own = relativeKeys(name);
  return relativeKeys(base).every((key, index) => own[index] === key);
}

/** All texts of an attribute, in order. */
export function attributesOf(name: Name, type: NameAttributeType): readonly string[] {
  return name.rdns
    .flat()
    .filter((attribute) => attribute.oid === shortNames[type])
    .map((attribute) => attribute.text ?? '');
}

export interface DisplayName {
  readonly commonName: string | undefined;
  readonly title: string | undefined;
  readonly organisation: string | undefined;
  /** Units from the largest to the smallest, as they stand in the name. */
  readonly units: readonly string[];
  readonly uid: string | undefined;
  readonly organisationIdentifier: string | undefined;
}

/** The parts of a name that a clerk wants to read. */
export function displayName(name: Name): DisplayName {
  const first = (type: NameAttributeType): string | undefined => attributesOf(name, type)[0];
  return {
    commonName: first('CN'),
    title: first('title'),
    organisation: first('O'),
    units: attributesOf(name, 'OU'),
    uid: first('UID'),
    organisationIdentifier: first('organizationIdentifier'),
  };
}

/** `CN=…, O=…`, in the order of the name, for logs and screens; not for comparing. */
export function nameToString(name: Name): string {
  const escape = (text: string): string => text.replace(/[,+"\\<>;=]/g, (mark) => `\\${mark}`);
  return name.rdns
    .map((rdn) =>
      rdn
        .map(
          ({ oid, text, raw }) =>
            `${shortByOid.get(oid) ?? oid}=${text === undefined ? `#${raw.toString('hex')}` : escape(text)}`,
        )
        .join('+'),
    )
    .join(', ');
}

export type GeneralName =
  | { readonly type: 'email' | 'dns' | 'uri'; readonly value: string }
  | { readonly type: 'directory'; readonly name: Name }
  | { readonly type: 'ip'; readonly value: Buffer }
  | { readonly type: 'other'; readonly tag: number; readonly raw: Buffer };

/** GeneralName (RFC 5280 §4.2.1.6). */
export function readGeneralName(element: Asn1): GeneralName {
  const text = (): string => contentBytes(element).toString('latin1');
  switch (element.tag) {
    case 0x81:
      return { type: 'email', value: text() };
    case 0x82:
      return { type: 'dns', value: text() };
    case 0x86:
      return { type: 'uri', value: text() };
    case 0x87:
      return { type: 'ip', value: contentBytes(element) };
    case 0xa4: {
      const [inner, ...more] = children(element);
      if (!inner || more.length > 0) throw new Asn1Error('bad-value', 'directoryName');
      return { type: 'directory', name: readName(inner) };
    }
    case 0xa0:
    case 0xa3:
    case 0xa5:
    case 0x88:
      return { type: 'other', tag: element.tag, raw: rawBytes(element) };
    default:
      throw new Asn1Error('bad-value', `GeneralName ${element.tag}`);
  }
}

export const readGeneralNames = (element: Asn1): readonly GeneralName[] =>
  children(element).map(readGeneralName);
