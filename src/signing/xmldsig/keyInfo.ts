import { createPublicKey, type KeyObject } from 'node:crypto';
import type { XmlElement } from 'libxml2-wasm';
import type { Certificate } from '#formats/x509';
import { dsNamespace } from './algorithms.ts';
import { attributeOf, isNamed, strictBase64, strictElements } from './document.ts';
import { XmlSignatureFault } from './errors.ts';
import type { XmlKeyInfo } from './read.ts';

const dsig11 = 'http://www.w3.org/2009/xmldsig11#';

/** Whether everything that KeyInfo says of the key is true of the certificate that is used. */
export function checkKeyInfo(keyInfo: XmlKeyInfo, certificate: Certificate, key: KeyObject): boolean {
  const { keyValue, issuerSerials, certificates } = keyInfo;
  if (keyValue !== undefined && !readKeyValue(keyValue).equals(key)) return false;
  // Each X509IssuerSerial belongs to a certificate that is there (XML Signature 1.1 §4.5.4).
  const known = [certificate, ...certificates].map((one) => BigInt(`0x${one.serialNumber.toString('hex')}`));
  return issuerSerials.every(({ serial }) => known.includes(serial));
}

/** The key in a KeyValue: RSA, or EC with a named curve. @throws XmlSignatureFault */
function readKeyValue(element: XmlElement): KeyObject {
  const [value, ...more] = strictElements(element);
  if (value === undefined || more.length > 0) throw new XmlSignatureFault('structure', 'KeyValue');
  const jwk = isNamed(value, dsNamespace, 'RSAKeyValue') ? rsaOf(value) : ecOf(value);
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    throw new XmlSignatureFault('key-info-mismatch', 'KeyValue');
  }
}

function rsaOf(element: XmlElement): Record<string, string> {
  const [modulus, exponent] = strictElements(element);
  if (modulus?.name !== 'Modulus' || exponent?.name !== 'Exponent')
    throw new XmlSignatureFault('structure', 'RSAKeyValue');
  return {
    kty: 'RSA',
    n: strictBase64(modulus).toString('base64url'),
    e: strictBase64(exponent).toString('base64url'),
  };
}

const curves: Readonly<Record<string, string>> = {
  'urn:oid:1.2.840.10045.3.1.7': 'P-256',
  'urn:oid:1.3.132.0.34': 'P-384',
  'urn:oid:1.3.132.0.35': 'P-521',
};

function ecOf(element: XmlElement): Record<string, string> {
  const [named, point] = strictElements(element);
  const crv = named && curves[attributeOf(named, 'URI') ?? ''];
  if (!isNamed(element, dsig11, 'ECKeyValue') || crv === undefined || point?.name !== 'PublicKey')
    throw new XmlSignatureFault('key-info-mismatch', element.name);
  const bytes = strictBase64(point);
  const half = (bytes.length - 1) / 2;
  if (bytes[0] !== 4 || !Number.isInteger(half)) throw new XmlSignatureFault('structure', 'PublicKey');
  return {
    kty: 'EC',
    crv,
    x: bytes.subarray(1, 1 + half).toString('base64url'),
    y: bytes.subarray(1 + half).toString('base64url'),
  };
}
