import { createHash } from 'node:crypto';
import { zipFiles, type ZipSource } from '#formats/zip';
import { escapeAttribute } from '#formats/xml';
import { signCades } from '../cades/index.ts';
import type { ValidationData } from '../ades/validationData.ts';
import type { Signer } from '../signer.ts';
import type { TimestampSource } from '../tsp.ts';
import { digestUris, dsNamespace } from '../xmldsig/algorithms.ts';
import { signXml } from '../xmldsig/index.ts';
import { AsicError } from './errors.ts';
import { asicMimeTypes, asicNamespace, metaFolder, mimetypeName, uriOfName } from './names.ts';

/** A file of a container. */
export interface DataObject {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly mimeType: string;
}

export interface SignAsicOptions {
  readonly signer: Signer;
  readonly signingTime: Date;
  /** `asic-s` holds one file, `asic-e` any number. */
  readonly kind: 'asic-s' | 'asic-e';
  readonly format: 'xades' | 'cades';
  readonly timestamp?: TimestampSource;
  readonly evidence?: (timestampToken: Uint8Array) => Promise<ValidationData>;
}

/**
 * Puts files and a signature over all of them into a container (ETSI EN 319 162-1 §4.3, §4.4).
 * @throws AsicError, ZipError, XmlSignatureError, SigningError
 */
export async function signAsic(files: readonly DataObject[], options: SignAsicOptions): Promise<Uint8Array> {
  const { kind, format } = options;
  if (files.length === 0 || (kind === 'asic-s' && files.length > 1))
    throw new AsicError('asic-wrong-files', `${files.length} files`);
  const reserved = files.find(
    ({ name }) => name === mimetypeName || name.toUpperCase().startsWith(metaFolder),
  );
  if (reserved !== undefined) throw new AsicError('asic-wrong-files', reserved.name);
  const signatures = format === 'xades' ? await xadesFiles(files, options) : await cadesFiles(files, options);
  return await zipFiles([
    { name: mimetypeName, bytes: Buffer.from(asicMimeTypes[kind], 'latin1'), stored: true },
    ...files,
    ...signatures,
  ]);
}

const wrapper = `<asic:XAdESSignatures xmlns:asic="${asicNamespace}">@signature@</asic:XAdESSignatures>`;

async function xadesFiles(files: readonly DataObject[], options: SignAsicOptions): Promise<ZipSource[]> {
  const { signer, signingTime, kind, timestamp, evidence } = options;
  const bytes = await signXml(
    {
      form: 'detached',
      files: files.map((file) => ({ ...file, uri: uriOfName(file.name) })),
      wrapper,
    },
    {
      signer,
      xades: { signingTime },
      ...(timestamp === undefined ? {} : { timestamp }),
      ...(evidence === undefined ? {} : { evidence }),
    },
  );
  return [{ name: `${metaFolder}signatures${kind === 'asic-s' ? '' : '0'}.xml`, bytes }];
}

async function cadesFiles(files: readonly DataObject[], options: SignAsicOptions): Promise<ZipSource[]> {
  const { kind } = options;
  const sign = (bytes: Uint8Array): Promise<Uint8Array> => signCades(bytes, { ...options, form: 'detached' });
  if (kind === 'asic-s') {
    const [file] = files as readonly [DataObject];
    return [{ name: `${metaFolder}signature.p7s`, bytes: await sign(file.bytes) }];
  }
  const name = `${metaFolder}signature0.p7s`;
  const manifest = Buffer.from(manifestOf(files, name), 'utf8');
  return [
    { name: `${metaFolder}ASiCManifest0.xml`, bytes: manifest },
    { name, bytes: await sign(manifest) },
  ];
}

/** ASiCManifest (EN 319 162-1 annex A.4): what the signature file signs, by digest. */
function manifestOf(files: readonly DataObject[], signature: string): string {
  const references = files.map(
    ({ name, bytes, mimeType }) =>
      `<asic:DataObjectReference URI="${escapeAttribute(uriOfName(name))}" MimeType="${escapeAttribute(mimeType)}"><ds:DigestMethod Algorithm="${digestUris.sha256}"/><ds:DigestValue>${createHash('sha256').update(bytes).digest('base64')}</ds:DigestValue></asic:DataObjectReference>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<asic:ASiCManifest xmlns:asic="${asicNamespace}" xmlns:ds="${dsNamespace}"><asic:SigReference URI="${signature}" MimeType="application/pkcs7-signature"/>${references.join('')}</asic:ASiCManifest>`;
}
