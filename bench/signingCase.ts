import { randomBytes, type KeyObject } from 'node:crypto';
import { createPdf, deflated, dict, name, reserveFields } from '#formats/pdf';
import { publicKeyOf, type Certificate } from '#formats/x509';
import { createTestAuthority, signPdf, type PdfPolicy, type SignPdfOptions } from '#signing';

/** Files and keys that a measurement signs and verifies with. */
export interface SigningCase {
  /** Two reserved signature fields, nothing drawn in them. */
  readonly unsigned: Uint8Array;
  /** B-B. */
  readonly signed: Uint8Array;
  /** Two B-T signatures, number and date filled between them. */
  readonly twice: Uint8Array;
  readonly policy: PdfPolicy;
  readonly key: KeyObject;
  readonly publicKey: KeyObject;
  readonly chain: readonly Certificate[];
  readonly options: SignPdfOptions;
}

/** One page with text and an image that cannot be compressed, as scanned annexes have; fields are reserved. */
export function documentOf(bytes: number): Uint8Array {
  const writer = createPdf();
  const [catalog, tree] = [writer.allocate(), writer.allocate()];
  const side = Math.max(8, Math.floor(Math.sqrt(Math.max(0, bytes - 1500))));
  const image = writer.addObject({
    kind: 'stream',
    dict: dict({
      Type: name('XObject'),
      Subtype: name('Image'),
      Width: side,
      Height: side,
      ColorSpace: name('DeviceGray'),
      BitsPerComponent: 8,
    }),
    raw: randomBytes(side * side),
  });
  const page = writer.addObject(
    dict({
      Type: name('Page'),
      Parent: tree,
      MediaBox: [0, 0, 595, 842],
      Resources: dict({ XObject: dict({ Im: image }) }),
      Contents: writer.addObject(deflated('q 400 0 0 400 90 300 cm /Im Do Q')),
    }),
  );
  writer.setObject(tree, dict({ Type: name('Pages'), Kids: [page], Count: 1 }));
  writer.setObject(catalog, dict({ Type: name('Catalog'), Pages: tree }));
  writer.setTrailer({ Root: catalog });
  return reserveFields(writer.finish().bytes, [
    { field: 'so_ky_hieu', page: 1, rect: [90, 690, 260, 710] },
    { field: 'ngay_ban_hanh', page: 1, rect: [290, 690, 550, 710] },
    { field: 'ky_nguoi_co_tham_quyen', page: 1, rect: [350, 100, 490, 170] },
    { field: 'ky_co_quan', page: 1, rect: [300, 90, 400, 190] },
  ]);
}

/** Invented people, fresh RSA-2048 keys, a file of about `kilobytes`. */
export async function caseOf(kilobytes: number): Promise<SigningCase> {
  const now = new Date();
  const organisation = 'Văn phòng Đo thử';
  const authority = createTestAuthority({ now, organisation, keyType: 'rsa-2048' });
  const officer = authority.issueOfficer({ commonName: 'Trần Đo Thử', organisation, keyType: 'rsa-2048' });
  const unsigned = documentOf(kilobytes * 1024);
  const base = { signer: officer.signer, signingTime: now };
  const options: SignPdfOptions = { ...base, field: 'ky_nguoi_co_tham_quyen', docMdp: 2 };
  const signed = await signPdf(unsigned, options);
  const timestamp = authority.timestamps;
  const first = await signPdf(unsigned, { ...options, timestamp });
  const twice = await signPdf(first, {
    ...base,
    field: 'ky_co_quan',
    fill: { so_ky_hieu: '274/QĐ-TTg', ngay_ban_hanh: 'ngày 12 tháng 3 năm 2019' },
    fieldMdp: { action: 'All' },
    timestamp,
  });
  return {
    unsigned,
    signed,
    twice,
    policy: { anchors: [{ certificate: authority.root }], now },
    key: officer.key,
    publicKey: publicKeyOf(officer.certificate),
    chain: officer.chain,
    options,
  };
}
