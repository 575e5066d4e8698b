import { SaxesParser } from 'saxes';
import { refuseAxis } from './refusals.ts';

/** What the axis must know of a package to route it. */
export interface Routing {
  readonly kind: 'edoc' | 'status';
  readonly from: string;
  /** Codes of `To` in their order; of a status: the sender of the document that it answers. */
  readonly to: readonly string[];
  readonly documentId: string;
  readonly notation: string;
  readonly title: string;
  /** yyyy-MM-dd, or empty. */
  readonly documentDate: string;
  /** `new`, `recall`, `update`, `replace`, or `status`. */
  readonly business: string;
  readonly urgency: number;
}

export function readRouting(bytes: Uint8Array): Routing {
  const p = new SaxesParser();
  const path: string[] = [];
  const v: Record<string, string> = {};
  const to: string[] = [];
  let text = '';
  p.on('doctype', () => {
    throw refuseAxis('not-a-package', { reason: 'DTD' });
  });
  p.on('opentag', (t) => {
    path.push(t.name.replace(/^.*:/, ''));
    text = '';
    if (path.length > 40) throw refuseAxis('not-a-package', { reason: 'depth' });
  });
  p.on('text', (t) => {
    text += t;
  });
  p.on('closetag', () => {
    const at = path.slice(3).join('/');
    if (at === 'MessageHeader/To/OrganId') to.push(text.trim());
    else v[at] = text.trim();
    path.pop();
    text = '';
  });
  p.on('error', (e) => {
    throw refuseAxis('not-a-package', { reason: e.message });
  });
  // Attachments come after the header and have no say in routing.
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = all.indexOf('edXMLHeader>', all.indexOf('edXMLHeader>') + 1);
  if (end < 0) p.write(all.toString('utf8')).close();
  else p.write(all.toString('utf8', 0, end + 12));
  const kind = v['MessageHeader/StatusCode'] === undefined ? 'edoc' : 'status';
  const business = ['new', 'recall', 'update', 'replace'];
  return {
    kind,
    from: v['MessageHeader/From/OrganId'] ?? '',
    to: kind === 'status' ? [v['MessageHeader/ResponseFor/OrganId'] ?? ''].filter(Boolean) : to,
    documentId: kind === 'status' ? '' : (v['MessageHeader/DocumentId'] ?? ''),
    notation: `${v['MessageHeader/Code/CodeNumber']}/${v['MessageHeader/Code/CodeNotation']}`,
    title: v['MessageHeader/Subject'] ?? '',
    documentDate: (v['MessageHeader/PromulgationInfo/PromulgationDate'] ?? '').replaceAll('/', '-'),
    business:
      kind === 'status'
        ? 'status'
        : (business[Number(v['TraceHeaderList/Bussiness/BussinessDocType'] ?? 0)] ?? 'new'),
    urgency: Number(v['MessageHeader/OtherInfo/Priority'] ?? 0),
  };
}

/**
 * The package with the axis's own TraceHeader as the last of its TraceHeaderList, inserted as text: every other byte
 * stays. A package without such a list (every status) is handed out as it is. The axis names no OrganId, as the
 * national axis does (edXML §5).
 */
export function withTrace(bytes: Buffer, at: Date): Buffer {
  const attachments = bytes.indexOf('edXMLHeader>', bytes.indexOf('edXMLHeader>') + 1);
  const header = bytes.toString('latin1', 0, attachments < 0 ? bytes.length : attachments);
  const end = /<\/((?:[A-Za-z_][\w.-]*:)?)TraceHeaderList\s*>(?![^]*TraceHeaderList)/.exec(header);
  if (!end) return bytes;
  const prefix = end[1] as string;
  const time = new Date(at.getTime() + 7 * 3_600_000).toISOString();
  const stamp = `${time.slice(0, 10).replaceAll('-', '/')} ${time.slice(11, 19)}`;
  const inserted = `<${prefix}TraceHeader><${prefix}Timestamp>${stamp}</${prefix}Timestamp></${prefix}TraceHeader>`;
  return Buffer.concat([bytes.subarray(0, end.index), Buffer.from(inserted), bytes.subarray(end.index)]);
}

export function codePairOf(code: string): { readonly code: string; readonly code102: string } | null {
  const parts = /^(\d{3})\.(\d{2})\.(\d{2})\.([A-Z]\d{2})$/i.exec(code.trim());
  if (!parts) return null;
  return { code: [parts[4], parts[3], parts[2]].join('.').replace(/(\.00)+$/, ''), code102: code };
}
