import { createHash, randomUUID } from 'node:crypto';
import { publicKeyOf, type Certificate, type DigestAlgorithm, type SignatureAlgorithm } from '#formats/x509';
import { signerCertificate, type Signer } from '../signer.ts';
import type { TimestampSource } from '../tsp.ts';
import { digestBeside, ecdsaFromDer, type Canonicalization } from './algorithms.ts';
import { canonicalize } from './canonical.ts';
import { gate, idsOf, withDocument } from './document.ts';
import { XmlSignatureError } from './errors.ts';
import { budget, dereference, signaturesOf, type ExternalContent } from './references.ts';
import {
  digestMark,
  signatureTemplate,
  unsignedMark,
  unsignedProperties,
  valueMark,
  type ReferencePlan,
  type TemplateInput,
  type UnsignedInput,
} from './template.ts';
import { readSignature } from './read.ts';
import { curveOctets } from './verify.ts';

/** What is signed, and where the signature stands. */
export type XmlTarget =
  /** The whole document; the signature becomes the root's last child. */
  | { readonly form: 'enveloped'; readonly document: Uint8Array }
  /** XML inside the signature. */
  | { readonly form: 'enveloping'; readonly content: string; readonly mimeType?: string }
  /** Files beside the signature. */
  | {
      readonly form: 'detached';
      readonly files: readonly {
        readonly uri: string;
        readonly bytes: Uint8Array;
        readonly mimeType?: string;
      }[];
      /** XML around the signature, with `@signature@` in its place; default none. */
      readonly wrapper?: string;
    };

export interface SignXmlOptions {
  readonly signer: Signer;
  /** Default exclusive. */
  readonly canonicalization?: Canonicalization['method'];
  /** With it the signature is XAdES B-B. */
  readonly xades?: { readonly signingTime: Date };
  /** With it XAdES B-T. */
  readonly timestamp?: TimestampSource;
  /** With it B-LT: certificates and their states, for the signer and the time-stamping authority. */
  readonly evidence?: (
    timestampToken: Uint8Array,
  ) => Promise<Omit<UnsignedInput, 'timestampToken' | 'canonicalization'>>;
}

/** Between the phases when the key is elsewhere. */
export interface XmlSigningSession {
  /** Octets to sign: canonical SignedInfo. */
  readonly tbs: Uint8Array;
  /** @param signature ECDSA as DER, as keys give it @returns the document, and the octets for a timestamp */
  complete(signature: Uint8Array): { readonly document: Uint8Array; readonly toStamp: Uint8Array };
}

interface Draft {
  readonly text: (signature: string) => string;
  readonly references: readonly ReferencePlan[];
  readonly objects: readonly string[];
  readonly external: ExternalContent;
}

function draftOf(target: XmlTarget, id: string): Draft {
  switch (target.form) {
    case 'enveloped': {
      const { document } = target;
      const { root, rangeOf } = gate(document);
      if (root.selfClosing) throw new XmlSignatureError('root-not-open', root.name);
      const at = rangeOf(root).closeStart;
      const text = Buffer.from(document.buffer, document.byteOffset, document.length);
      const [before, after] = [text.toString('utf8', 0, at), text.toString('utf8', at)];
      return {
        text: (signature) => before + signature + after,
        references: [{ uri: '', enveloped: true, canonicalized: true, mimeType: 'text/xml' }],
        objects: [],
        external: () => undefined,
      };
    }
    case 'enveloping':
      return {
        text: (signature) => signature,
        references: [{ uri: `#${id}-object`, canonicalized: true, mimeType: target.mimeType ?? 'text/xml' }],
        objects: [`<ds:Object Id="${id}-object">${target.content}</ds:Object>`],
        external: () => undefined,
      };
    case 'detached': {
      const files = new Map(target.files.map(({ uri, bytes }) => [uri, bytes]));
      if (files.size !== target.files.length || files.size === 0 || files.has(''))
        throw new XmlSignatureError('bad-target', 'files need names of their own');
      const wrapper = target.wrapper ?? '@signature@';
      return {
        text: (signature) => wrapper.replace('@signature@', () => signature),
        references: target.files.map(({ uri, mimeType }) => ({
          uri,
          canonicalized: false,
          ...(mimeType === undefined ? {} : { mimeType }),
        })),
        objects: [],
        external: (uri) => files.get(uri),
      };
    }
  }
}

/**
 * First phase of an XML signature with any key: XML-DSig, or XAdES B-B with `xades`.
 * @param chain the signing certificate first
 * @throws XmlSignatureError
 */
export function prepareXml(
  target: XmlTarget,
  options: Pick<SignXmlOptions, 'canonicalization' | 'xades'>,
  chain: readonly Certificate[],
  algorithm: SignatureAlgorithm,
): XmlSigningSession {
  const id = `sig-${randomUUID()}`;
  const draft = draftOf(target, id);
  const digest: DigestAlgorithm = digestBeside(algorithm);
  const input: TemplateInput = {
    id,
    references: draft.references,
    objects: draft.objects,
    certificates: chain,
    algorithm,
    digest,
    canonicalization: options.canonicalization ?? 'exclusive',
    xades: options.xades,
  };
  const unmarked = draft.text(signatureTemplate(input).replace(unsignedMark, ''));
  const digests = digestsOf(unmarked, id, draft.external, digest);
  const fill = (text: string): string =>
    digests.reduce((filled, value, index) => filled.replace(digestMark(index), value), text);
  const signed = draft.text(fill(signatureTemplate(input)));
  const tbs = onSignature(signed.replace(valueMark, 'AA==').replace(unsignedMark, ''), id, (element) => {
    const { signedInfo, canonicalizer } = readSignature(element);
    return canonicalize(signedInfo, canonicalizer, canonicalizer.prefixes);
  });
  return {
    tbs,
    complete(signature) {
      const octets = algorithm.startsWith('ecdsa-')
        ? ecdsaFromDer(signature, curveOctets(publicKeyOf(chain[0] as Certificate)))
        : Buffer.from(signature);
      const text = signed.replace(valueMark, octets.toString('base64'));
      const bare = text.replace(unsignedMark, '');
      const toStamp = onSignature(bare, id, (element) =>
        canonicalize(readSignature(element).signatureValueElement, {
          method: input.canonicalization,
          comments: false,
        }),
      );
      return { document: Buffer.from(text, 'utf8'), toStamp };
    },
  };
}

/** Runs on the signature that is being made. */
function onSignature<Result>(
  text: string,
  id: string,
  use: (element: ReturnType<typeof signaturesOf>[number]) => Result,
): Result {
  return withDocument(Buffer.from(text, 'utf8'), (document) => {
    const own = signaturesOf(document).find((one) => one.attr('Id')?.value === id);
    if (own === undefined)
      throw new XmlSignatureError('bad-target', 'the signature did not come to stand in the document');
    return use(own);
  });
}

/** Digests of all references, by the same code that verifies them. */
function digestsOf(text: string, id: string, external: ExternalContent, digest: DigestAlgorithm): string[] {
  const bytes = Buffer.from(text.replace(/@digest-\d+@/g, 'AA==').replace(valueMark, 'AA=='), 'utf8');
  return withDocument(bytes, (document) => {
    const signatures = signaturesOf(document);
    const own = signatures.find((one) => one.attr('Id')?.value === id);
    if (own === undefined) throw new XmlSignatureError('bad-target', 'no signature');
    const around = { bytes, document, ids: idsOf(document), signatures, external, spend: budget() };
    return readSignature(own).references.map((reference) =>
      createHash(digest)
        .update(dereference(reference, own, around).bytes)
        .digest('base64'),
    );
  });
}

/**
 * Signs XML or files: XML-DSig, XAdES B-B with `xades`, B-T with a timestamp, B-LT with evidence.
 * @returns the signed document; for `detached` the signature alone, or in its wrapper
 * @throws XmlSignatureError, SigningError of key or timestamp
 */
export async function signXml(target: XmlTarget, options: SignXmlOptions): Promise<Uint8Array> {
  const { signer, timestamp, evidence } = options;
  signerCertificate(signer);
  if (timestamp !== undefined && options.xades === undefined)
    throw new XmlSignatureError('bad-target', 'a timestamp needs XAdES');
  const session = prepareXml(target, options, signer.certificateChain, signer.algorithm);
  const { document, toStamp } = session.complete(await signer.sign(session.tbs));
  let unsigned = '';
  if (timestamp !== undefined) {
    const token = await timestamp.timestamp(createHash('sha256').update(toStamp).digest(), 'sha256');
    unsigned = unsignedProperties({
      timestampToken: token,
      canonicalization: options.canonicalization ?? 'exclusive',
      ...(await evidence?.(token)),
    });
  }
  return Buffer.from(
    Buffer.from(document)
      .toString('utf8')
      .replace(unsignedMark, () => unsigned),
    'utf8',
  );
}
