import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { contentDigest, signRequest } from '#signing';

/** DER: one element. */
function element(tagByte: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, Math.floor(size / 256), size % 256];
  return Buffer.concat([Buffer.from([tagByte, ...length]), content]);
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => element(0x30, ...parts);
const ecdsaWithSha256 = sequence(Buffer.from('06082a8648ce3d040302', 'hex'));
const nameOf = (text: string): Buffer =>
  sequence(
    element(0x31, sequence(Buffer.from('0603550403', 'hex'), element(0x0c, Buffer.from(text, 'utf8')))),
  );
const timeOf = (at: Date): Buffer =>
  element(0x18, Buffer.from(`${at.toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`));

/** A self-signed P-256 certificate, which is all that registering a member asks for. */
function selfSigned(
  name: string,
  publicKey: KeyObject,
  privateKey: KeyObject,
  from: Date,
  until: Date,
): string {
  const body = sequence(
    element(0xa0, element(0x02, Buffer.from([2]))),
    element(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    nameOf(name),
    sequence(timeOf(from), timeOf(until)),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = element(0x03, Buffer.from([0]), sign('sha256', body, privateKey));
  const text = sequence(body, ecdsaWithSha256, signature)
    .toString('base64')
    .match(/.{1,64}/g)!;
  return `-----BEGIN CERTIFICATE-----\n${text.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** An agency that speaks axis-1 in tests and benchmarks: an invented name, a key made now. */
export interface TestAgency {
  readonly code: string;
  readonly certificatePem: string;
  /** Headers of a signed request; with a body its digest as well. */
  sign(request: {
    readonly method: string;
    readonly url: string;
    readonly now: Date;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: Uint8Array | undefined;
    readonly keyId: string;
    readonly nonce?: string;
  }): Record<string, string>;
}

export function testAgency(
  code: string,
  validity: { readonly from: string; readonly until: string } = { from: '2020-01-01', until: '2040-01-01' },
): TestAgency {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    code,
    certificatePem: selfSigned(
      `Thử nghiệm ${code}`,
      publicKey,
      privateKey,
      new Date(validity.from),
      new Date(validity.until),
    ),
    sign({ method, url, now, headers = {}, body, keyId, nonce }) {
      const all = { ...headers, ...(body ? { 'content-digest': contentDigest(body) } : {}) };
      const created = Math.floor(now.getTime() / 1000);
      return {
        ...all,
        ...signRequest({ method, url, headers: all, privateKey, keyId, created, nonce }),
      };
    },
  };
}

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** A document package in the shape of the official writer. */
export function testDocument(message: {
  readonly from: string;
  readonly to: readonly string[];
  readonly number: string;
  readonly date?: string;
  readonly subject?: string;
  readonly urgency?: number;
  readonly business?: number;
  /** Raw bytes of the one attachment. */
  readonly attachment?: Uint8Array;
}): Buffer {
  const date = message.date ?? '2026/11/24';
  const organisation = (element: string, code: string): string =>
    `<edXML:${element}><edXML:OrganId>${escape(code)}</edXML:OrganId><edXML:OrganName>Cơ quan ${escape(code)}</edXML:OrganName></edXML:${element}>\r\n`;
  const encoded = Buffer.from(message.attachment ?? Buffer.from('%PDF-1.7 thử')).toString('base64');
  return Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\r
<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016">\r
<edXML:edXMLEnvelope xmlns:edXML="http://www.mic.gov.vn/TBT/QCVN_102_2016"><edXML:edXMLHeader><edXML:MessageHeader>\r
${organisation('From', message.from)}${message.to.map((code) => organisation('To', code)).join('')}<edXML:DocumentId>${escape(`${message.from},${date},${message.number}`)}</edXML:DocumentId>\r
<edXML:Code><edXML:CodeNumber>${escape(message.number.split('/')[0]!)}</edXML:CodeNumber><edXML:CodeNotation>${escape(message.number.split('/')[1] ?? 'VP')}</edXML:CodeNotation></edXML:Code>\r
<edXML:PromulgationInfo><edXML:Place>Hà Nội</edXML:Place><edXML:PromulgationDate>${date}</edXML:PromulgationDate></edXML:PromulgationInfo>\r
<edXML:DocumentType><edXML:Type>2</edXML:Type><edXML:TypeDetail>18</edXML:TypeDetail><edXML:TypeName>Công văn</edXML:TypeName></edXML:DocumentType>\r
<edXML:Subject>${escape(message.subject ?? 'V/v thử nghiệm')}</edXML:Subject>\r
<edXML:SignerInfo><edXML:FullName>Nguyễn Văn Thử</edXML:FullName></edXML:SignerInfo>\r
<edXML:OtherInfo><edXML:Priority>${message.urgency ?? 0}</edXML:Priority><edXML:Direction>false</edXML:Direction></edXML:OtherInfo><edXML:SteeringType>0</edXML:SteeringType></edXML:MessageHeader>\r
<edXML:TraceHeaderList><edXML:Bussiness><edXML:BussinessDocType>${message.business ?? 0}</edXML:BussinessDocType></edXML:Bussiness><edXML:TraceHeader><edXML:OrganId>${escape(message.from)}</edXML:OrganId><edXML:Timestamp>${date} 08:00:00</edXML:Timestamp></edXML:TraceHeader></edXML:TraceHeaderList></edXML:edXMLHeader>\r
<edXML:edXMLBody><edXML:edXMLManifest version="1.0"><edXML:Reference><edXML:ContentId>cid:a1</edXML:ContentId><edXML:ContentType>application/pdf</edXML:ContentType><edXML:AttachmentName>vb.pdf</edXML:AttachmentName></edXML:Reference></edXML:edXMLManifest></edXML:edXMLBody></edXML:edXMLEnvelope>\r
<AttachmentEncoded><Attachment><ContentId>cid:a1</ContentId><AttachmentName>vb.pdf</AttachmentName><ContentType>application/pdf</ContentType><edXML:ContentTransferEncoded xmlns:edXML="http://www.mic.gov.vn/TBT/QCVN_102_2016">${encoded}</edXML:ContentTransferEncoded></Attachment></AttachmentEncoded>\r
</edXML>\r
`,
    'utf8',
  );
}

/** A status package that answers a document. */
export function testStatus(message: {
  readonly from: string;
  readonly to: string;
  readonly documentId: string;
  readonly status: string;
  readonly at?: string;
}): Buffer {
  return Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\r
<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016">\r
<edXML:edXMLEnvelope xmlns:edXML="http://www.mic.gov.vn/TBT/QCVN_102_2016"><edXML:edXMLHeader><edXML:MessageHeader><edXML:From><edXML:OrganId>${escape(message.from)}</edXML:OrganId></edXML:From>\r
<edXML:ResponseFor><edXML:OrganId>${escape(message.to)}</edXML:OrganId><edXML:Code>05/VP</edXML:Code><edXML:DocumentId>${escape(message.documentId)}</edXML:DocumentId><edXML:PromulgationDate>2026/11/24</edXML:PromulgationDate></edXML:ResponseFor>\r
<edXML:StatusCode>${message.status}</edXML:StatusCode><edXML:Description>Đã đến</edXML:Description><edXML:Timestamp>${message.at ?? '2026/11/24 08:00:00'}</edXML:Timestamp></edXML:MessageHeader></edXML:edXMLHeader></edXML:edXMLEnvelope>\r
</edXML>\r
`,
    'utf8',
  );
}
