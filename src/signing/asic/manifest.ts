import { createHash } from 'node:crypto';
import { dsNamespace } from '../xmldsig/algorithms.ts';
import { attributeOf, isNamed, strictBase64, strictElements, withDocument } from '../xmldsig/document.ts';
import { XmlSignatureError, XmlSignatureFault } from '../xmldsig/errors.ts';
import { readDigestMethod } from '../xmldsig/read.ts';
import { asicNamespace, nameOfUri } from './names.ts';

/** What an ASiCManifest says. */
export interface AsicManifest {
  /** Name of the signature file over the manifest. */
  readonly signature: string;
  /** Names of the files whose digests are right. */
  readonly covers: readonly string[];
  /** Names or URIs of files that are missing or differ. */
  readonly broken: readonly string[];
}

/** Reads a manifest and checks the digest of each file it names; undefined when it is malformed. */
export function readManifest(
  bytes: Uint8Array,
  files: ReadonlyMap<string, Uint8Array>,
): AsicManifest | undefined {
  try {
    return withDocument(bytes, ({ root }) => {
      if (!isNamed(root, asicNamespace, 'ASiCManifest')) return undefined;
      const [first, ...references] = strictElements(root);
      const signature = first && nameOfUri(attributeOf(first, 'URI') ?? '');
      if (first === undefined || signature === undefined || !isNamed(first, asicNamespace, 'SigReference'))
        return undefined;
      const covers: string[] = [];
      const broken: string[] = [];
      for (const reference of references) {
        if (!isNamed(reference, asicNamespace, 'DataObjectReference')) return undefined;
        const uri = attributeOf(reference, 'URI') ?? '';
        const [method, value] = strictElements(reference).filter((one) => one.namespaceUri === dsNamespace);
        if (method === undefined || value === undefined) return undefined;
        const name = nameOfUri(uri);
        const content = name === undefined ? undefined : files.get(name);
        const digest = readDigestMethod(method);
        const right =
          content !== undefined && createHash(digest).update(content).digest().equals(strictBase64(value));
        (right ? covers : broken).push(name ?? uri);
      }
      return { signature, covers, broken };
    });
  } catch (error) {
    if (error instanceof XmlSignatureError || error instanceof XmlSignatureFault) return undefined;
    throw error;
  }
}
