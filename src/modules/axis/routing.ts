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
  p.write(Buffer.from(bytes).toString('utf8')).close();
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

export function withTrace(bytes: Buffer, _at: Date): Buffer {
  return bytes;
}

export function codePairOf(code: string): { readonly code: string; readonly code102: string } | null {
  const parts = /^(\d{3})\.(\d{2})\.(\d{2})\.([A-Z]\d{2})$/i.exec(code.trim());
  if (!parts) return null;
  return { code: [parts[4], parts[3], parts[2]].join('.').replace(/(\.00)+$/, ''), code102: code };
}
