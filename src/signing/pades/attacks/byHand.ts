import { documentAt, isKind, openPdf, pagesOf } from '#formats/pdf';
import type { Attack } from './after.ts';

/** A table of its own under hand-written entries, put behind the file. */
function appendUpdate(
  signed: Uint8Array,
  object: string,
  trailer: string,
  entry: (at: number) => string,
): Uint8Array {
  const at = signed.length;
  const table = at + object.length;
  const text = `${object}xref\n${entry(at)}trailer\n<<${trailer}>>\nstartxref\n${table}\n%%EOF\n`;
  return Buffer.concat([signed, Buffer.from(text, 'latin1')]);
}

const line = (offset: number, gen = 0): string =>
  `${String(offset).padStart(10, '0')} ${String(gen).padStart(5, '0')} n \n`;

interface Bones {
  readonly root: number;
  readonly size: number;
  readonly previous: number;
  readonly first: number;
  readonly content: number;
  readonly id: string;
}

/** What an update must name of the file it continues. */
function bonesOf(signed: Uint8Array): Bones {
  const document = documentAt(openPdf(signed));
  const { revisions } = document.file;
  const root = document.trailer.entries.get('Root');
  const content = pagesOf(document).at(-1)?.dict.entries.get('Contents');
  const text = Buffer.from(signed).toString('latin1');
  return {
    root: isKind(root, 'ref') ? root.num : 0,
    size: document.trailer.entries.get('Size') as number,
    previous: revisions.at(-1)?.sections[0]?.offset ?? 0,
    first: revisions[0]?.sections[0]?.offset ?? 0,
    content: isKind(content, 'ref') ? content.num : 0,
    id: /\/ID \[[^\]]*\]/.exec(text)?.[0] ?? '',
  };
}

const stream = (num: number, gen = 0): string =>
  `${num} ${gen} obj\n<</Length 3>>\nstream\n1 g\nendstream\nendobj\n`;

/** Updates that well-behaved writers do not make. */
export const attacksByHand: Readonly<Record<string, Attack>> = {
  'revision cut out: /Prev leads past the signed revision': (signed) => {
    const { root, size, first, content, id } = bonesOf(signed);
    return appendUpdate(
      signed,
      stream(content),
      `/Size ${size}/Root ${root} 0 R/Prev ${first}${id}`,
      (at) => `${content} 1\n${line(at)}`,
    );
  },
  'revision cut out: no /Prev at all': (signed) => {
    const { root, size, content, id } = bonesOf(signed);
    return appendUpdate(
      signed,
      stream(content),
      `/Size ${size}/Root ${root} 0 R${id}`,
      (at) => `${content} 1\n${line(at)}`,
    );
  },
  'generation raised: the page content under a new generation': (signed) => {
    const { root, size, previous, content, id } = bonesOf(signed);
    return appendUpdate(
      signed,
      stream(content, 1),
      `/Size ${size}/Root ${root} 0 R/Prev ${previous}${id}`,
      (at) => `${content} 1\n${line(at, 1)}`,
    );
  },
  'entry twice: the same object at two offsets': (signed) => {
    const { root, size, previous, content, id } = bonesOf(signed);
    return appendUpdate(
      signed,
      stream(content),
      `/Size ${size}/Root ${root} 0 R/Prev ${previous}${id}`,
      (at) => `${content} 1\n${line(at)}${content} 1\n${line(at)}`,
    );
  },
  'offset inside a stream of the signed part': (signed) => {
    const { root, size, previous, content, id } = bonesOf(signed);
    return appendUpdate(
      signed,
      '',
      `/Size ${size}/Root ${root} 0 R/Prev ${previous}${id}`,
      () => `${content} 1\n${line(15)}`,
    );
  },
  'hybrid: a cross-reference stream contradicts the table': (signed) => {
    const { root, size, previous, content, id } = bonesOf(signed);
    const evil = stream(content);
    const data = Buffer.from([1, 0, 0, 0, 0, 0]);
    data.writeUIntBE(signed.length, 1, 4);
    const hidden = `${size} 0 obj\n<</Type/XRef/Size ${size + 1}/W[1 4 1]/Index[${content} 1]/Length 6>>\nstream\n${data.toString('latin1')}\nendstream\nendobj\n`;
    const stm = signed.length + evil.length;
    return appendUpdate(
      signed,
      evil + hidden,
      `/Size ${size + 1}/Root ${root} 0 R/Prev ${previous}/XRefStm ${stm}${id}`,
      () => `0 1\n0000000000 65535 f \n`,
    );
  },
  'trailer switched to another catalog number': (signed) => {
    const { size, previous, content, id } = bonesOf(signed);
    return appendUpdate(
      signed,
      '',
      `/Size ${size}/Root ${content} 0 R/Prev ${previous}${id}`,
      () => '0 1\n0000000000 65535 f \n',
    );
  },
  'encryption put behind': (signed) => {
    const { root, size, previous, id } = bonesOf(signed);
    return appendUpdate(
      signed,
      '',
      `/Size ${size}/Root ${root} 0 R/Prev ${previous}${id}/Encrypt<</Filter/Standard>>`,
      () => '0 1\n0000000000 65535 f \n',
    );
  },
};
