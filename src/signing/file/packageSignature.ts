import { readXml, XmlError, type XmlElement } from '#formats/xml';
import type { PdfPolicy } from '../pades/index.ts';
import type { Finding, ValidationReport } from '../report/types.ts';
import { verifyXml, XmlSignatureError } from '../xmldsig/index.ts';

/**
 * The Signature in the header of an edXML package. It proves nothing: the axis writes every package anew, senders
 * put a constant there, and what counts are the signed files in the package.
 */
export interface PackageSignature {
  /** `decorative`: not an XML signature at all, only shaped like one. */
  readonly state: 'decorative' | 'examined';
  readonly finding: Finding;
  /** Of an XML signature that could be examined. */
  readonly report?: ValidationReport;
}

const decorative: Finding = {
  code: 'package-signature-decorative',
  vi: 'ô chữ ký ở đầu gói tin chỉ là hình thức, không phải chữ ký số; giá trị pháp lý nằm ở các tệp đã ký trong gói',
  en: 'the signature in the package header is a formality and no digital signature; what counts are the signed files in the package',
};

const broken: Finding = {
  code: 'package-signature-broken',
  vi: 'chữ ký ở đầu gói tin không còn khớp (trục viết lại gói tin khi chuyển); giá trị pháp lý nằm ở các tệp đã ký trong gói',
  en: 'the signature in the package header no longer matches (the axis rewrites packages); what counts are the signed files in the package',
};

const sound: Finding = {
  code: 'package-signature-sound',
  vi: 'gói tin còn nguyên chữ ký ở đầu gói; giá trị pháp lý vẫn nằm ở các tệp đã ký trong gói',
  en: 'the signature in the package header is sound; what counts are still the signed files in the package',
};

function signatureIn(element: XmlElement, depth = 0): XmlElement | undefined {
  for (const child of depth > 4 ? [] : element.children) {
    if (child.local === 'Signature') return child;
    if (/^edXML(?:Envelope|Header)$/i.test(child.local)) {
      const found = signatureIn(child, depth + 1);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** Whether the element is of the W3C namespace, declared on itself: that of the package is the usual case. */
const isXmlSignature = (element: XmlElement): boolean =>
  element.attributes.some(
    ({ name, value }) =>
      name === (element.prefix === '' ? 'xmlns' : `xmlns:${element.prefix}`) &&
      value === 'http://www.w3.org/2000/09/xmldsig#',
  );

/** Examines the Signature in a package's header; undefined when there is none. Never changes a verdict. */
export async function packageSignature(
  bytes: Uint8Array,
  policy: PdfPolicy,
): Promise<PackageSignature | undefined> {
  let element: XmlElement | undefined;
  try {
    element = signatureIn(readXml(bytes, { allowJunk: true }).root);
  } catch (error) {
    if (error instanceof XmlError) return undefined;
    throw error;
  }
  if (element === undefined) return undefined;
  if (!isXmlSignature(element)) return { state: 'decorative', finding: decorative };
  try {
    const { parts: _octets, ...report } = await verifyXml(bytes, policy);
    const passed = report.indication === 'TOTAL-PASSED';
    return { state: 'examined', finding: passed ? sound : broken, report };
  } catch (error) {
    if (error instanceof XmlSignatureError) return { state: 'examined', finding: broken };
    throw error;
  }
}
