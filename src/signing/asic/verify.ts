import type { SignaturePolicy } from '../ades/judge.ts';
import { CadesError, verifyCades } from '../cades/index.ts';
import { presentOf } from '../pades/stamps.ts';
import { worstOf, type Finding, type SignatureReport, type ValidationReport } from '../report/types.ts';
import { verifyXml, XmlSignatureError } from '../xmldsig/index.ts';
import { openAsic, type AsicContainer } from './container.ts';
import { AsicError } from './errors.ts';
import type { AsicManifest } from './manifest.ts';
import { isCadesName, isManifestName, isXadesName, nameOfUri } from './names.ts';

export interface AsicReport extends ValidationReport {
  readonly kind: 'asic-s' | 'asic-e';
  /** The files of the container, each with whether a valid signature covers it. */
  readonly files: readonly { readonly name: string; readonly bytes: Uint8Array; readonly signed: boolean }[];
}

/** Signature files in one container. */
const maxSignatureFiles = 16;

/**
 * Verifies every signature of an ASiC-S or ASiC-E container, with XAdES or CAdES, and names what is not signed
 * (ETSI EN 319 162-1).
 * @throws AsicError when the container cannot be read, or can be read in two ways
 */
export async function verifyAsic(bytes: Uint8Array, policy: SignaturePolicy): Promise<AsicReport> {
  const container = openAsic(bytes);
  const { kind, dataObjects, files } = container;
  const names = [...files.keys()].filter((name) => isXadesName(name) || isCadesName(name));
  if (names.length > maxSignatureFiles)
    throw new AsicError('asic-damaged', `${names.length} signature files`);
  const manifests = await manifestsOf(container);
  const signatures: SignatureReport[] = [];
  for (const name of names)
    signatures.push(
      ...(isXadesName(name)
        ? await xadesReports(name, container, policy)
        : await cadesReports(name, container, manifests, policy)),
    );
  const signed = new Set(
    signatures.filter((one) => one.indication === 'TOTAL-PASSED').flatMap(({ covers = [] }) => covers),
  );
  const unsigned = names.length === 0;
  const findings = fileFindings(container, signatures, unsigned);
  const indication = worstOf([
    ...signatures.map((one) => one.indication),
    ...(findings.length > 0 || unsigned ? (['INDETERMINATE'] as const) : []),
  ]);
  const decisive = signatures.find((one) => one.indication === indication)?.subIndication;
  return {
    kind,
    indication,
    ...(decisive === undefined ? {} : { subIndication: decisive }),
    unsigned,
    signatures,
    findings,
    checkedAt: policy.now,
    ...(policy.name === undefined ? {} : { policy: policy.name }),
    files: dataObjects.map((name) => ({
      name,
      bytes: files.get(name) as Uint8Array,
      signed: signed.has(name),
    })),
  };
}

function fileFindings(
  { kind, dataObjects }: AsicContainer,
  signatures: readonly SignatureReport[],
  unsigned: boolean,
): Finding[] {
  const covered = new Set(signatures.flatMap(({ covers = [] }) => covers));
  const bare = unsigned ? [] : dataObjects.filter((name) => !covered.has(name));
  const findings = bare.map((name) => ({
    code: 'unsigned-file',
    vi: `tệp “${name}” trong gói không được chữ ký nào phủ`,
    en: `no signature covers the file “${name}” of the container`,
  }));
  if (kind === 'asic-s' && dataObjects.length !== 1)
    findings.push({
      code: 'asic-s-files',
      vi: 'gói ASiC-S phải chứa đúng một tệp',
      en: 'an ASiC-S container must hold exactly one file',
    });
  return findings;
}

type Manifests = ReadonlyMap<string, readonly (AsicManifest & { readonly bytes: Uint8Array })[]>;

/** The manifests by the name of the signature file that they name. */
async function manifestsOf({ files }: AsicContainer): Promise<Manifests> {
  const found = new Map<string, (AsicManifest & { readonly bytes: Uint8Array })[]>();
  const names = [...files.keys()].filter(isManifestName);
  if (names.length === 0) return found;
  const { readManifest } = await import('./manifest.ts');
  for (const name of names) {
    const bytes = files.get(name) as Uint8Array;
    const manifest = readManifest(bytes, files);
    if (manifest !== undefined)
      found.set(manifest.signature, [...(found.get(manifest.signature) ?? []), { bytes, ...manifest }]);
  }
  return found;
}

/** Data objects among what is covered, and whether those are all. */
const coverage = (
  covers: readonly string[],
  { dataObjects }: AsicContainer,
): Pick<SignatureReport, 'covers' | 'coversWholeFile'> => ({
  covers: dataObjects.filter((name) => covers.includes(name)),
  coversWholeFile: dataObjects.every((name) => covers.includes(name)),
});

const failed = (field: string, finding: Finding, policy: SignaturePolicy): SignatureReport => ({
  field,
  role: 'other',
  indication: 'TOTAL-FAILED',
  subIndication: finding.code === 'manifest-mismatch' ? 'HASH_FAILURE' : 'FORMAT_FAILURE',
  findings: [finding],
  judgedAt: presentOf(policy),
  judgedBy: 'given-time',
  coversWholeFile: false,
  covers: [],
  changes: [],
});

async function xadesReports(
  name: string,
  container: AsicContainer,
  policy: SignaturePolicy,
): Promise<SignatureReport[]> {
  const external = (uri: string): Uint8Array | undefined => {
    const target = nameOfUri(uri);
    return target === undefined ? undefined : container.files.get(target);
  };
  try {
    const { signatures } = await verifyXml(container.files.get(name) as Uint8Array, policy, { external });
    if (signatures.length === 0) return [failed(name, noSignature, policy)];
    return signatures.map((one) => ({
      ...one,
      field: signatures.length === 1 ? name : `${name} ${one.field}`,
      ...coverage(
        (one.covers ?? []).flatMap((uri) => nameOfUri(uri) ?? []),
        container,
      ),
    }));
  } catch (error) {
    if (!(error instanceof XmlSignatureError)) throw error;
    return [failed(name, { code: error.code, vi: error.text.vi, en: error.text.en }, policy)];
  }
}

const noSignature: Finding = {
  code: 'no-signature',
  vi: 'tệp chữ ký trong gói không có chữ ký',
  en: 'the signature file of the container holds no signature',
};

async function cadesReports(
  name: string,
  container: AsicContainer,
  manifests: Manifests,
  policy: SignaturePolicy,
): Promise<SignatureReport[]> {
  const target = signedBy(name, container, manifests);
  if ('code' in target) return [failed(name, target, policy)];
  try {
    const { signatures } = await verifyCades(container.files.get(name) as Uint8Array, policy, {
      content: target.bytes,
    });
    if (signatures.length === 0) return [failed(name, noSignature, policy)];
    return signatures.map((one) => ({ ...one, field: name, ...coverage(target.covers, container) }));
  } catch (error) {
    if (!(error instanceof CadesError)) throw error;
    return [failed(name, { code: error.code, vi: error.text.vi, en: error.text.en }, policy)];
  }
}

/** What a CAdES signature file signs: the only file of ASiC-S, the manifest that names it in ASiC-E. */
function signedBy(
  name: string,
  { kind, dataObjects, files }: AsicContainer,
  manifests: Manifests,
): { readonly bytes: Uint8Array; readonly covers: readonly string[] } | Finding {
  if (kind === 'asic-s') {
    const [only, ...more] = dataObjects;
    if (only !== undefined && more.length === 0)
      return { bytes: files.get(only) as Uint8Array, covers: [only] };
  }
  const [manifest, ...others] = manifests.get(name) ?? [];
  if (manifest === undefined || others.length > 0)
    return {
      code: 'no-manifest',
      vi: 'không xác định được chữ ký phủ những tệp nào (thiếu bản kê)',
      en: 'which files the signature covers cannot be told (no manifest)',
    };
  if (manifest.broken.length > 0)
    return {
      code: 'manifest-mismatch',
      vi: `tệp đã bị sửa hoặc thiếu: ${manifest.broken.join(', ')}`,
      en: `files were altered or are missing: ${manifest.broken.join(', ')}`,
    };
  return manifest;
}
